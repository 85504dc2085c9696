/** A bounded memory: what was kept first goes first when there is too much. */

/** See the file's head. */
export class Kept<Key, T> {
  readonly #items = new Map<Key, { readonly value: T; readonly size: number }>();
  readonly #sizeMax: number;
  #size = 0;

  /** Bound of the sizes of all items together, in the unit in which they are stated. */
  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get(key: Key): T | undefined {
    return this.#items.get(key)?.value;
  }

  /** In the place of an earlier one. */
  keep(key: Key, value: T, size: number): void {
    this.forget(key);
    this.#items.set(key, { value, size });
    this.#size += size;
    for (const oldest of this.#items.keys()) {
      if (this.#size <= this.#sizeMax) return;
      this.forget(oldest);
    }
  }

  forget(key: Key): void {
    this.#size -= this.#items.get(key)?.size ?? 0;
    this.#items.delete(key);
  }
}
