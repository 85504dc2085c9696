/** A real nats-server with JetStream on free ports, with its own store. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { serverBinary } from './server-binary.ts';
import { answersOk, ServerProcess } from './server-process.ts';

const wanted = {
  program: 'nats-server',
  variable: 'NATS_SERVER_BIN',
  module: 'github.com/nats-io/nats-server/v2@v2.15.2',
  duration: 'about a minute',
  accepts: (version: string) => /v2\.1[5-9]\./.test(version),
};

/** How it is configured. */
export interface NatsServerOptions {
  /** What `jetstream.sync_interval` is; absent: the server's default. */
  readonly syncInterval?: string;
  /** More lines of the configuration. */
  readonly lines?: readonly string[];
}

/** See the file's head. */
export class NatsServer {
  readonly #directory: string;
  readonly #options: NatsServerOptions;
  #process: ServerProcess | undefined;
  #ports: readonly [nats: string, monitoring: string] = ['-1', '-1'];

  private constructor(directory: string, options: NatsServerOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Finds or builds the program. */
  static program(): Promise<string> {
    return serverBinary(wanted);
  }

  /** Starts one; the first time on a machine it is built. */
  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(await mkdtemp(join(tmpdir(), 'nats-server-')), options);
    await server.restart();
    return server;
  }

  /** `nats://127.0.0.1:PORT`; stays the same over restarts. */
  get url(): string {
    return `nats://127.0.0.1:${this.#ports[0]}`;
  }

  get monitoringUrl(): string {
    return `http://127.0.0.1:${this.#ports[1]}`;
  }

  /** Starts it (again), on the same ports and with the same store. */
  async restart(): Promise<void> {
    const program = await NatsServer.program();
    const configuration = join(this.#directory, 'nats.conf');
    await writeFile(configuration, this.#configuration());
    const directory = this.#directory;
    this.#process = new ServerProcess({ program, words: ['-c', configuration], directory });
    const ports = join(directory, `${basename(program)}_${this.#process.pid}.ports`);
    const { nats, monitoring } = await this.#process.untilReady(() => readPorts(ports));
    this.#ports = [nats, monitoring];
    await this.#process.untilReady(() => answersOk(`${this.monitoringUrl}/healthz`));
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

  /** As an update of the server: what it knows is written first. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** Ends it and removes its directory. */
  async dispose(): Promise<void> {
    await this.#process?.stop();
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  #configuration(): string {
    const sync = this.#options.syncInterval;
    return [
      `listen: "127.0.0.1:${this.#ports[0]}"`,
      `http: "127.0.0.1:${this.#ports[1]}"`,
      `ports_file_dir: "${this.#directory}"`,
      'jetstream {',
      `  store_dir: "${join(this.#directory, 'store')}"`,
      ...(sync === undefined ? [] : [`  sync_interval: ${sync}`]),
      '}',
      ...(this.#options.lines ?? []),
      '',
    ].join('\n');
  }
}

async function readPorts(path: string): Promise<{ nats: string; monitoring: string }> {
  const written: { nats: string[]; monitoring: string[] } = JSON.parse(
    await readFile(path, 'utf8'),
  );
  const portOf = (urls: readonly string[]): string => new URL(urls[0] ?? '').port;
  return { nats: portOf(written.nats), monitoring: portOf(written.monitoring) };
}
