/** Packs a tree with our package writer; prints the same measures as pack_tree.py. Arguments: tree, output directory, level. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { packageOutput } from '#workers/package/package-output.ts';
import { changedOutput, plainSettings } from '../support/package-workshop.ts';

const [tree = '', outputDir = '', level = '1'] = process.argv.slice(2);
const startMs = performance.now();
const result = await packageOutput({
  output: changedOutput({ name: 'bench', version: '1', build: { string: '0' } }),
  hostPrefix: tree,
  workDir: tree,
  recipeDir: outputDir,
  recipeFile: 'recipe.yaml',
  outputDir,
  tempPrefix: join(outputDir, 'temp'),
  ownedBefore: new Set(),
  run: { depends: [], constraints: [] },
  runExports: {},
  environments: {
    build: null,
    host: { platform: 'linux-64', specs: [], resolved: [] },
    exports: [],
  },
  channels: [],
  settings: {
    ...plainSettings,
    includeRecipe: false,
    packageFormat: { kind: 'conda', level: Number(level) },
  },
  timestamp: { epochSeconds: 1_700_000_000, origin: 'SOURCE_DATE_EPOCH' },
  finalizedSources: [],
});
const usage = process.resourceUsage();
const measures = {
  cpuSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
  wallSeconds: (performance.now() - startMs) / 1000,
  peakMebibytes: usage.maxRSS / 1024,
  sizeBytes: statSync(result.path).size,
};
process.stdout.write(`${JSON.stringify(measures)}\n`);
