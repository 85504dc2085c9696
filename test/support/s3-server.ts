/** A real S3 server (MinIO, the last one that was published) on a free port, with its own data. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client } from 'minio';
import type { S3Place } from '#proto/adapters/s3-calls.ts';
import { serverBinary } from './server-binary.ts';
import { answersOk, ServerProcess } from './server-process.ts';

const wanted = {
  program: 'minio',
  variable: 'MINIO_BIN',
  module: 'github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c',
  duration: '3 to 4 minutes',
  accepts: (version: string) => version.includes('minio version'),
};
const BUCKET = 'stageyard-test';
const REGION = 'us-east-1';

/** See the file's head. */
export class S3Server {
  readonly #directory: string;
  readonly #user = `user${randomBytes(4).toString('hex')}`;
  readonly #password = randomBytes(12).toString('hex');
  #port = 0;
  #process: ServerProcess | undefined;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Finds or builds the program. */
  static program(): Promise<string> {
    return serverBinary(wanted);
  }

  /** Starts one with an empty bucket; the first time on a machine it is built. */
  static async start(): Promise<S3Server> {
    const server = new S3Server(await mkdtemp(join(tmpdir(), 's3-server-')));
    await mkdir(join(server.#directory, 'data'));
    await server.restart();
    await server.client().makeBucket(BUCKET, REGION);
    return server;
  }

  /** Where a store finds it. */
  get place(): S3Place {
    return {
      endpoint: `http://127.0.0.1:${this.#port}`,
      bucket: BUCKET,
      region: REGION,
      accessKey: this.#user,
      secretKey: this.#password,
    };
  }

  /** Behind the back of the store. */
  client(): Client {
    const { accessKey, secretKey, region = REGION } = this.place;
    const access = { accessKey, secretKey, region };
    return new Client({ endPoint: '127.0.0.1', port: this.#port, useSSL: false, ...access });
  }

  /** Starts it (again), on the same port and with the same data. */
  async restart(): Promise<void> {
    const program = await S3Server.program();
    if (this.#port === 0) this.#port = await freePort();
    const address = `127.0.0.1:${this.#port}`;
    this.#process = new ServerProcess({
      program,
      words: ['server', join(this.#directory, 'data'), '--address', address],
      directory: this.#directory,
      environment: {
        MINIO_ROOT_USER: this.#user,
        MINIO_ROOT_PASSWORD: this.#password,
        MINIO_BROWSER: 'off',
        MINIO_UPDATE: 'off',
        HOME: this.#directory,
      },
    });
    await this.#process.untilReady(() => answersOk(`http://${address}/minio/health/cluster`));
  }

  /** For the next test, whatever the last one left. */
  async ensureRunning(): Promise<void> {
    if (this.#process?.isRunning !== true) await this.restart();
  }

  freeze(): void {
    this.#process?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#process?.signal('SIGCONT');
  }

  /** As a crash. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** Ends it and removes its data. */
  async dispose(): Promise<void> {
    await this.#process?.stop();
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** It can't choose one itself and keep it over a restart. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
