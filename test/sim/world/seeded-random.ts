/** Chance by seed: one stream per name, so that one more draw somewhere disturbs nobody else. */

/** See the file's head. */
export class SeededRandom {
  readonly #seed: number;
  readonly #streams = new Map<string, () => number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Uniform in [0, 1). */
  unit(stream: string): number {
    const known = this.#streams.get(stream);
    if (known !== undefined) return known();
    const made = mulberry(hashOf(`${this.#seed}/${stream}`));
    this.#streams.set(stream, made);
    return made();
  }

  /** Integer from `low` to `high`, both included. */
  integer(stream: string, low: number, high: number): number {
    return low + Math.floor(this.unit(stream) * (high - low + 1));
  }

  chance(stream: string, probability: number): boolean {
    return probability > 0 && this.unit(stream) < probability;
  }

  pick<T>(stream: string, items: readonly T[]): T | undefined {
    return items[this.integer(stream, 0, items.length - 1)];
  }
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
