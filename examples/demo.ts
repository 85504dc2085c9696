/**
 * `npm run demo`: builds the two examples offline with the machine's own compiler, then installs the packages
 * into a fresh prefix and runs the tool from there. Everything it makes is below `output/demo` and in the
 * store; a second run rebuilds nothing.
 */
import { join } from 'node:path';
import {
  buildExamples,
  proveByInstalling,
  refuseWithoutTools,
  showPackages,
  useCompileCache,
} from './demo-steps.ts';

const channel = join(import.meta.dirname, '..', 'output', 'demo');

refuseWithoutTools();
useCompileCache();
const exitCode = await buildExamples(channel, []);
if (exitCode !== 0) process.exit(exitCode);
await proveByInstalling(channel);
showPackages(channel);
