/**
 * Lines to a viewer that may read slowly. What it can miss is dropped once it lags; when it lags further it is
 * cut off: it comes back and is told anew how everything stands. An empty line now and then may show that the
 * connection lives; without them it may be silent for as long as nothing happens.
 */
import type { ServerResponse } from 'node:http';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';

/** Bytes that wait for a slow viewer until lines that it can miss are dropped. */
const LAG_BYTES_MAX = 1024 * 1024;
/** Until it is cut off. */
const CUT_BYTES_MAX = 8 * 1024 * 1024;
/** Until one is cut off that takes nothing of what waits for it. */
const STALL_MS_MAX = 60_000;
/** Pause between two signs of life. */
const SIGN_OF_LIFE_MS = 10_000;

/** See the file's head. */
export class LineStream {
  readonly #response: ServerResponse;
  readonly #gone: AbortSignal;
  /** What the first line may take besides: it tells a whole run. */
  #firstLineBytes = 0;
  /** Sent in this turn: one write for all of it. */
  #due = '';
  /** Looked at once a turn: a script that talks a lot must not cost much for viewers who don't listen. */
  #lags = false;
  #isCut = false;

  /** Sends the head of the answer. `gone` is of its viewer. */
  constructor(response: ServerResponse, type: string, gone: AbortSignal) {
    this.#response = response;
    this.#gone = gone;
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
    response.flushHeaders();
    response.setTimeout(STALL_MS_MAX, () => {
      if (response.writableLength > 0) this.#cut();
    });
    response.on('drain', () => (this.#lags = false));
  }

  get isClosed(): boolean {
    return this.#gone.aborted || this.#isCut;
  }

  /** The viewer was too slow. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Sends a line (without its line feed). */
  send(line: string, importance: 'needed' | 'best-effort'): void {
    if ((this.#lags && importance === 'best-effort') || this.isClosed) return;
    if (this.#firstLineBytes === 0) this.#firstLineBytes = Buffer.byteLength(line);
    if (this.#due === '') queueMicrotask(() => this.#write());
    this.#due += `${line}\n`;
  }

  /** Sends what is left and ends. */
  end(): void {
    this.#write();
    if (!this.isClosed) this.#response.end();
  }

  #write(): void {
    const text = this.#due;
    this.#due = '';
    if (text === '' || this.isClosed || this.#response.writableEnded) return;
    this.#response.write(text);
    const lagBytes = this.#response.writableLength - this.#firstLineBytes;
    this.#lags = lagBytes > LAG_BYTES_MAX;
    if (lagBytes > CUT_BYTES_MAX) this.#cut();
  }

  #cut(): void {
    this.#isCut = true;
    this.#response.destroy();
  }

  /** Shows that the connection lives until it doesn't. */
  async showLife(clock: Clock): Promise<void> {
    while (!this.isClosed && !this.#response.writableEnded) {
      await pauseUnlessAborted(clock, SIGN_OF_LIFE_MS, this.#gone);
      if (!this.isClosed && !this.#response.writableEnded) this.send('', 'best-effort');
    }
  }
}
