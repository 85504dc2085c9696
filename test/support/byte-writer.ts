/** A file under construction: numbers of a width, in one byte order, at any place. It grows as it is written. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #length = 0;
  readonly #little: boolean;

  constructor(order: 'little' | 'big' = 'little') {
    this.#little = order === 'little';
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes so far. */
  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Zeros up to `length`. */
  extend(length: number): this {
    this.#room(length);
    return this;
  }

  u8(at: number, ...values: readonly number[]): this {
    for (const [index, value] of values.entries()) this.#view(at + index, 1).setUint8(0, value);
    return this;
  }

  u16(at: number, ...values: readonly number[]): this {
    for (const [index, value] of values.entries()) {
      this.#view(at + index * 2, 2).setUint16(0, value, this.#little);
    }
    return this;
  }

  u32(at: number, ...values: readonly number[]): this {
    for (const [index, value] of values.entries()) {
      this.#view(at + index * 4, 4).setUint32(0, value >>> 0, this.#little);
    }
    return this;
  }

  u64(at: number, ...values: readonly number[]): this {
    for (const [index, value] of values.entries()) {
      this.#view(at + index * 8, 8).setBigUint64(0, BigInt(value), this.#little);
    }
    return this;
  }

  /** Latin-1 text or bytes. */
  put(at: number, content: string | Uint8Array): this {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
    this.#room(at + bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  #view(at: number, size: number): DataView {
    this.#room(at + size);
    return new DataView(this.#bytes.buffer, at, size);
  }

  #room(length: number): void {
    this.#length = Math.max(this.#length, length);
    if (length <= this.#bytes.length) return;
    const larger = new Uint8Array(length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
