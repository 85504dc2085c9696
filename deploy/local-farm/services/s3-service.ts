/** A real S3 server on a free port of the loopback, with its own data and an empty bucket: MinIO, else Ceph. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'minio';
import type { S3Place } from '#proto/adapters/s3-calls.ts';
import { cephEngine, installCeph, isCephPresent } from './ceph-engine.ts';
import { freePort } from './free-port.ts';
import { minioEngine, wantedMinio } from './minio-engine.ts';
import type { S3Engine, S3Wish } from './s3-engine.ts';
import { type Say, serverBinary } from './server-binary.ts';
import type { ServerProcess } from './server-process.ts';

const BUCKET = 'stageyard';
const REGION = 'us-east-1';
/** Names the server to take where both could be had: `ceph`. */
const CHOICE = 'STAGEYARD_TEST_S3';

const sayOnStderr: Say = (line) => process.stderr.write(`${line}\n`);

/** Finds or gets a server. Rejects with what was tried and what to install. */
export async function findS3Engine(say: Say = sayOnStderr): Promise<S3Engine> {
  if (process.env[CHOICE] === 'ceph') return presentCeph(say);
  try {
    return minioEngine(await serverBinary(wantedMinio, say));
  } catch (error) {
    // Who names a server wants that one.
    if (process.env[wantedMinio.variable]) throw error;
    say("no MinIO: taking Ceph's gateway, which takes half a minute to start");
    try {
      return await presentCeph(say);
    } catch (cephError) {
      const reason = cephError instanceof Error ? cephError.message : String(cephError);
      const text = error instanceof Error ? error.message : String(error);
      throw new Error(`${text}\nCeph's gateway: ${reason}`, { cause: error });
    }
  }
}

async function presentCeph(say: Say): Promise<S3Engine> {
  if (!isCephPresent()) await installCeph(say);
  return cephEngine();
}

/** See the file's head. */
export class S3Service {
  readonly #engine: S3Engine;
  readonly #wish: S3Wish;
  protected process: ServerProcess | undefined;

  protected constructor(engine: S3Engine, wish: S3Wish) {
    this.#engine = engine;
    this.#wish = wish;
  }

  /** Starts one with an empty bucket; the first time on a machine it is built. */
  static async start(say?: Say): Promise<S3Service> {
    const { engine, wish } = await S3Service.prepared(say);
    const service = new S3Service(engine, wish);
    await service.open();
    return service;
  }

  protected static async prepared(say?: Say): Promise<{ engine: S3Engine; wish: S3Wish }> {
    const engine = await findS3Engine(say);
    const wish = {
      directory: await mkdtemp(join(tmpdir(), 's3-server-')),
      port: await freePort(),
      user: `user${randomBytes(4).toString('hex')}`,
      password: randomBytes(12).toString('hex'),
    };
    return { engine, wish };
  }

  protected async open(): Promise<void> {
    try {
      await this.#engine.prepare(this.#wish);
      await this.restart();
      await this.client().makeBucket(BUCKET, REGION);
    } catch (error) {
      await this.dispose();
      throw error;
    }
  }

  /** `MinIO` or `Ceph`. */
  get name(): string {
    return this.#engine.name;
  }

  /** Where a store finds it. */
  get place(): S3Place & { readonly region: string } {
    const { port, user, password } = this.#wish;
    return {
      endpoint: `http://127.0.0.1:${port}`,
      bucket: BUCKET,
      region: REGION,
      accessKey: user,
      secretKey: password,
    };
  }

  /** Behind the back of the store. */
  client(): Client {
    const { accessKey, secretKey, region } = this.place;
    const access = { accessKey, secretKey, region };
    return new Client({ endPoint: '127.0.0.1', port: this.#wish.port, useSSL: false, ...access });
  }

  /** Starts it (again), on the same port and with the same data. */
  async restart(): Promise<void> {
    this.process = await this.#engine.start(this.#wish);
  }

  /** Resolves when the process is gone, however. */
  get exited(): Promise<void> {
    return this.process?.exited ?? Promise.resolve();
  }

  /** Ends it and removes its data. */
  async dispose(): Promise<void> {
    await this.process?.stop();
    await this.#engine.end();
    await rm(this.#wish.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
