/**
 * All processes of a local farm: nats-server, an S3 server unless the store is a directory, a coordinator, workers
 * with one slot each. Free ports of the loopback, credentials made up for this one time.
 */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { FarmAddresses, HouseWish } from './house-messages.ts';
import { startFarmProcess } from './farm-process.ts';
import { writeMeeting } from './meeting.ts';
import { freePort } from './services/free-port.ts';
import { hasSyncInterval, NatsService, wantedNats } from './services/nats-service.ts';
import { S3Service } from './services/s3-service.ts';
import { type Say, serverBinary } from './services/server-binary.ts';
import type { ServerProcess } from './services/server-process.ts';

/** A script that doesn't end by then is ended: nobody waits for it. */
const GRACE = '2s';
const NATS_USER = 'farm';

type Settings = Readonly<Record<string, string>>;
type Shown = readonly [name: string, place: string];

/** See the file's head. */
export class House {
  readonly #wish: HouseWish;
  readonly #say: Say;
  readonly #broken = Promise.withResolvers<string>();
  /** In the order of their starts. */
  readonly #parts: (() => Promise<void>)[] = [];
  readonly #shown: Shown[] = [];
  #isEnding = false;

  constructor(wish: HouseWish, say: Say) {
    this.#wish = wish;
    this.#say = say;
  }

  /** Resolves with what happened when a part of it ends by itself. */
  get broken(): Promise<string> {
    return this.#broken.promise;
  }

  /** Starts everything. Rejects with what is missing or failed; `close` then ends what runs. */
  async open(): Promise<FarmAddresses> {
    await writeMeeting(this.#wish.directory);
    const nats = await this.#startNats();
    const store = await this.#startStore();
    const settings = { ...nats, ...store };
    const url = await this.#startCoordinator(settings);
    const names = Array.from({ length: this.#wish.workers }, (_, index) => `worker-${index + 1}`);
    this.#shown.push(
      ...(await Promise.all(names.map((name) => this.#startWorker(name, settings)))),
    );
    const token = this.#wish.token;
    await this.#writeSettings({ ...settings, STAGEYARD_FARM: url, STAGEYARD_TOKEN: token });
    this.#say(`${names.join(' and ')} ready, one slot each`);
    return { url, shown: this.#shown };
  }

  /** Ends everything, last started first. */
  async close(): Promise<void> {
    this.#isEnding = true;
    for (const end of this.#parts.splice(0).toReversed()) await end();
  }

  async #startNats(): Promise<Settings> {
    const password = randomBytes(12).toString('hex');
    const program = await serverBinary(wantedNats, this.#say);
    // Without it an append isn't on disk when it is answered: then the journal is a file.
    const isSafe = hasSyncInterval(program);
    const nats = await NatsService.start({
      program,
      ...(isSafe ? { syncInterval: 'always' } : {}),
      lines: [`authorization { user: ${NATS_USER}, password: "${password}" }`],
    });
    this.#keep('nats-server', nats.exited, () => nats.dispose());
    this.#shown.push(['nats-server', `${nats.url} (monitoring ${nats.monitoringUrl})`]);
    return {
      STAGEYARD_NATS_SERVERS: nats.url,
      STAGEYARD_NATS_USER: NATS_USER,
      STAGEYARD_NATS_PASSWORD: password,
      STAGEYARD_NATS_MONITORING: nats.monitoringUrl,
      STAGEYARD_JOURNAL: isSafe ? 'jetstream' : `sqlite:${this.#path('journal.sqlite')}`,
    };
  }

  async #startStore(): Promise<Settings> {
    const { storePath } = this.#wish;
    if (storePath !== undefined) {
      this.#shown.push(['store', storePath]);
      return { STAGEYARD_STORE: `dir:${storePath}` };
    }
    const s3 = await S3Service.start(this.#say);
    this.#keep(s3.name, s3.exited, () => s3.dispose());
    const { endpoint, bucket, region, accessKey, secretKey } = s3.place;
    this.#shown.push(['S3', `${endpoint} (${s3.name}, bucket ${bucket})`]);
    return {
      STAGEYARD_STORE: `s3://${bucket}/farm`,
      STAGEYARD_S3_ENDPOINT: endpoint,
      STAGEYARD_S3_REGION: region,
      STAGEYARD_S3_ACCESS_KEY: accessKey,
      STAGEYARD_S3_SECRET_KEY: secretKey,
    };
  }

  async #startCoordinator(settings: Settings): Promise<string> {
    const url = `http://127.0.0.1:${await freePort()}`;
    await this.#startProcess('coordinator', 'coordinator', url, {
      ...settings,
      STAGEYARD_LISTEN: new URL(url).host,
      STAGEYARD_TOKEN: this.#wish.token,
    });
    this.#shown.push(['coordinator', url]);
    return url;
  }

  async #startWorker(name: string, settings: Settings): Promise<Shown> {
    const url = `http://127.0.0.1:${await freePort()}`;
    await this.#startProcess(name, 'worker', url, {
      ...without(settings, ['STAGEYARD_JOURNAL', 'STAGEYARD_NATS_MONITORING']),
      STAGEYARD_NAME: name,
      STAGEYARD_SLOTS: '1',
      STAGEYARD_HEALTH: new URL(url).host,
      STAGEYARD_CACHE_DIR: this.#path('caches', name),
      STAGEYARD_GRACE: GRACE,
      PATH: `${this.#path('bin')}${delimiter}${process.env['PATH'] ?? ''}`,
    });
    return [name, `${url}/readyz`];
  }

  /** For shells of the same user: with them every command is of this farm, another worker too. */
  async #writeSettings(settings: Settings): Promise<void> {
    const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
    const lines = Object.entries(settings).map(([name, text]) => `export ${name}=${quoted(text)}`);
    await writeFile(this.#path('env'), `${lines.join('\n')}\n`, { mode: 0o600 });
  }

  async #startProcess(
    name: string,
    command: 'coordinator' | 'worker',
    healthUrl: string,
    settings: Settings,
  ): Promise<void> {
    const { directory } = this.#wish;
    const log = { STAGEYARD_LOG: this.#path('logs', `${name}.log`) };
    const started = await startFarmProcess({
      name,
      command,
      directory,
      settings: { ...settings, ...log },
      healthUrl,
    });
    this.#keep(name, started.exited, () => started.stop(), started);
  }

  #keep(
    name: string,
    exited: Promise<void>,
    end: () => Promise<void>,
    server?: ServerProcess,
  ): void {
    this.#parts.push(end);
    void exited.then(() => {
      if (this.#isEnding) return;
      const words = server === undefined ? '' : `: ${server.output.slice(-2_000)}`;
      this.#broken.resolve(`${name} has ended${words}`);
    });
  }

  #path(...names: string[]): string {
    return join(this.#wish.directory, ...names);
  }
}

function without(settings: Settings, names: readonly string[]): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !names.includes(name)));
}
