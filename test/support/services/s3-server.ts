/** A real S3 server that can be frozen, killed and brought back. */
import { S3Service } from '#deploy/local-farm/services/s3-service.ts';

/** See the file's head. */
export class S3Server extends S3Service {
  /** Starts one with an empty bucket; the first time on a machine it is built. */
  static override async start(): Promise<S3Server> {
    const { engine, wish } = await S3Service.prepared();
    const server = new S3Server(engine, wish);
    await server.open();
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
