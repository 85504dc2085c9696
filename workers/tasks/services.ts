/** What the steps of a task work with on one worker: ports, caches and facts of the machine. Put together in `deploy/`. */
import type { RunId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { Clock } from '#proto/ports/clock.ts';
import type { ResultIndex } from '#proto/ports/result-index.ts';
import type { WorkerIdentity } from '#proto/worker-identity.ts';
import type { Inspector } from '#wasm-inspect/host/inspector.ts';
import type { EnvironmentService } from '../environment/environment-service.ts';
import type { Variables } from '../script/build-variables.ts';
import type { SecretSource } from '../secrets/secret-source.ts';

/** Shared by all slots of a worker. Directories are absolute. */
export interface TaskServices {
  readonly environments: EnvironmentService;
  readonly blobs: BlobStore;
  readonly results: ResultIndex;
  readonly clock: Clock;
  readonly inspector: Inspector;
  /** Root of build places; absent: the one that is the same on every machine. */
  readonly buildRoot?: string;
  /** Verified source archives. */
  readonly sourceCacheDir: string;
  /** One log file an attempt. */
  readonly logDirOf: (run: RunId) => string;
  /** Host tools that scripts can see. */
  readonly identity: WorkerIdentity;
  /** Environment that `--env-isolation` lets through to scripts. */
  readonly caller: Variables;
  /** Values of the secrets that recipes declare. */
  readonly secrets: SecretSource;
}
