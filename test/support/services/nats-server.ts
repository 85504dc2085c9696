/** A real nats-server that can be frozen, killed and brought back. */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type NatsOptions, NatsService } from '#deploy/local-farm/services/nats-service.ts';

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

  /** As a crash. */
  async kill(): Promise<void> {
    await this.process?.kill();
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
