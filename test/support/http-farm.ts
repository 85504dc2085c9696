/** A farm in one process behind its HTTP door, and clients of it; the door may be closed and opened again. */
import { rm } from 'node:fs/promises';
import { systemClock } from '#proto/adapters/system-clock.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { Farm } from '#coordinator/shell/farm.ts';
import {
  type HttpServer,
  type HttpServerOptions,
  startHttpServer,
} from '#coordinator/http/http-server.ts';
import { FarmClient } from '#deploy/farm-client/farm-client.ts';
import type { FarmLinkOptions } from '#deploy/farm-client/farm-link.ts';
import { newScratchDirectory } from '#deploy/scratch-directory.ts';
import type { FarmHouse } from './farm-house.ts';

/** What a test changes. */
export type HttpFarmWish = Partial<
  Pick<HttpServerOptions, 'token' | 'listen' | 'standing' | 'scratchDir'> & {
    readonly blobs: BlobStore;
  }
>;

/** See the file's head. */
export class HttpFarm {
  /** What clients said to people. */
  readonly said: string[] = [];
  readonly #house: FarmHouse;
  readonly #wish: HttpFarmWish;
  readonly #clients: FarmClient[] = [];
  #server: HttpServer | undefined;
  #scratch: string | undefined;
  /** Undefined: nobody leads. */
  farm: Farm | undefined;

  constructor(house: FarmHouse, wish: HttpFarmWish = {}) {
    this.#house = house;
    this.#wish = wish;
  }

  /** The address; the same after each opening. */
  get url(): string {
    if (this.#server === undefined) throw new RangeError('the door is closed');
    return this.#server.url;
  }

  /** Opens the door. */
  async open(port = 0): Promise<void> {
    const { logger } = this.#house;
    const { blobs = this.#house.blobs, ...wish } = this.#wish;
    // What a test that was killed left goes with the next one.
    const scratchDir = await newScratchDirectory('http-test');
    this.#scratch = scratchDir;
    this.#server = await startHttpServer({
      farm: () => this.farm,
      blobs: () => blobs,
      logger,
      clock: systemClock,
      listen: { host: '127.0.0.1', port },
      scratchDir,
      ...wish,
    }).catch(async (error: unknown) => {
      await this.#end();
      throw error;
    });
  }

  /** Closes the door as a process that dies does; answers the port. */
  async shut(): Promise<number> {
    const port = Number(new URL(this.url).port);
    await this.#end();
    return port;
  }

  /** A client; it is closed with the farm. */
  client(
    more: Partial<Pick<FarmLinkOptions, 'addresses' | 'token' | 'patienceMs' | 'clock'>> = {},
  ): FarmClient {
    const { patienceMs = 20_000, addresses = [this.url], clock = systemClock, ...token } = more;
    const client = new FarmClient({
      addresses,
      ...token,
      clock,
      patienceMs,
      say: (text) => void this.said.push(text),
    });
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.#end();
    await this.farm?.close();
  }

  async #end(): Promise<void> {
    await this.#server?.close();
    if (this.#scratch !== undefined) await rm(this.#scratch, { recursive: true, force: true });
  }
}
