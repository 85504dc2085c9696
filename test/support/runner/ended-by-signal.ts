/** Files and steps run in process groups of their own, which a terminal's Ctrl-C doesn't reach: we pass it on. */
import { constants } from 'node:os';
import { killRunningSteps } from './bounded-step.ts';
import { killRunningFiles } from './test-file.ts';

/** From now on a signal that ends the runner ends everything that it has started. */
export function endWithSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      killRunningFiles(`ended by ${signal}`);
      killRunningSteps();
      process.exit(128 + constants.signals[signal]);
    });
  }
}
