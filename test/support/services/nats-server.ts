/** A real nats-server that can be frozen, killed and brought back. */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstream, type JetStreamManager, JetStreamApiError } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { type NatsOptions, NatsService } from '#deploy/local-farm/services/nats-service.ts';

/** Somebody else's stream that takes all the space. */
const FILLER = 'filler';
const FILLER_BYTES = 512 * 1024;
/** The server's number for a store that is used up. */
const FULL = 10023;

/** See the file's head. */
export class NatsServer extends NatsService {
  /** Starts one; the first time on a machine it is fetched. */
  static override async start(options: NatsOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(await NatsService.directory(), options);
    await server.restart();
    return server;
  }

  /** For the next test, whatever the last one left. */
  async ensureRunning(): Promise<void> {
    if (this.process?.isRunning !== true) await this.restart();
  }

  /** Resolves when none of its threads runs any more. */
  async freeze(): Promise<void> {
    this.process?.signal('SIGSTOP');
    const threads = `/proc/${this.process?.pid}/task`;
    while (!(await readdir(threads)).every((thread) => isStopped(join(threads, thread)))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  thaw(): void {
    this.process?.signal('SIGCONT');
  }

  /** Uses up its `maxFileStore`: from now on it refuses to store anything, as with a full disk. */
  async fill(): Promise<void> {
    await this.#manage(async (manager) => {
      await manager.streams.add({ name: FILLER, subjects: [FILLER] });
      for (const bytes of [FILLER_BYTES, 1]) await publishUntilFull(manager, bytes);
    });
  }

  /** There is space again. */
  async clear(): Promise<void> {
    await this.#manage(async (manager) => void (await manager.streams.delete(FILLER)));
  }

  async #manage(work: (manager: JetStreamManager) => Promise<void>): Promise<void> {
    const connection = await connect({ servers: this.url });
    try {
      await work(await jetstream(connection).jetstreamManager());
    } finally {
      await connection.close();
    }
  }

  /** As a crash. */
  async kill(): Promise<void> {
    await this.process?.kill();
  }
}

async function publishUntilFull(manager: JetStreamManager, bytes: number): Promise<void> {
  const body = new Uint8Array(bytes);
  try {
    for (;;) await manager.jetstream().publish(FILLER, body);
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === FULL)) throw error;
  }
}

/** The state follows the name, which is in brackets (proc(5)); a thread that is gone is none that runs. */
function isStopped(thread: string): boolean {
  try {
    const text = readFileSync(join(thread, 'stat'), 'utf8');
    return /^[Tt]/.test(text.slice(text.lastIndexOf(')') + 2));
  } catch {
    return true;
  }
}
