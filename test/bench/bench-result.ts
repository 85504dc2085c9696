/** What a bench answers: ratios of one run, which mean the same on every machine, and numbers for the curious. */
export interface BenchResult {
  readonly name: string;
  /** Ours against the peer's, larger is better. */
  readonly ratios: Record<string, number>;
  readonly details: Record<string, number | string>;
}
