/** Randomness as a port: ids, jitter. Simulations seed it; streams are named so that one more draw disturbs nobody. */
export interface RandomSource {
  /** Lower-case hex digits, `bytes` × 2 of them. */
  hex(bytes: number): string;
  /** Uniform in [0, 1). */
  unit(): number;
}
