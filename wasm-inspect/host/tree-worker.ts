/** A thread that inspects lists of files: paths in, reports out, in the same order. */
import { parentPort, workerData } from 'node:worker_threads';
import { instantiateComponent } from './component.ts';
import { createInspector } from './inspector.ts';
import type { TreeThreadData } from './tree-thread.ts';

const { modules, limits }: TreeThreadData = workerData;
const inspector = createInspector({
  limits,
  instantiate: (readAt) => instantiateComponent(readAt, modules),
});

parentPort?.on('message', (files: readonly string[]) => {
  parentPort?.postMessage(files.map((file) => inspector.inspectFile(file)));
});
