/** A real nats-server that can be frozen, killed and brought back. */
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

  freeze(): void {
    this.process?.signal('SIGSTOP');
  }

  thaw(): void {
    this.process?.signal('SIGCONT');
  }

  /** As a crash. */
  async kill(): Promise<void> {
    await this.process?.kill();
  }
}
