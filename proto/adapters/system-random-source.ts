/** The machine's randomness. */
import { randomBytes, randomInt } from 'node:crypto';
import type { RandomSource } from '../ports/random-source.ts';

const UNIT_STEPS = 2 ** 47;

/** Unpredictable; never seeded. */
export const systemRandomSource: RandomSource = {
  hex: (bytes) => randomBytes(bytes).toString('hex'),
  unit: () => randomInt(UNIT_STEPS) / UNIT_STEPS,
};
