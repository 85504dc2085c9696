/** What an S3 server must offer to be started on a machine without anything being set up. */
import type { ServerProcess } from './server-process.ts';

/** Where it runs and who may use it. */
export interface S3Wish {
  /** Its own, on a real disk. */
  readonly directory: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** One kind of server. */
export interface S3Engine {
  /** `MinIO`. */
  readonly name: string;
  /** Once, before the first start: what stays over restarts of the server. */
  readonly prepare: (wish: S3Wish) => Promise<void>;
  /** The process that clients talk to, ready. */
  readonly start: (wish: S3Wish) => Promise<ServerProcess>;
  /** After the last stop: what `prepare` started. */
  readonly end: () => Promise<void>;
}
