/** Rendering as a command with rattler-build's flags, for tests that compare what it prints. */
import { parseArgs } from 'node:util';
import { renderOnlyJson } from '#coordinator/render/json.ts';
import { formatProblems } from '#coordinator/render/problems.ts';
import { renderRun } from '#coordinator/render/render-run.ts';

const { values } = parseArgs({
  options: {
    recipe: { type: 'string', short: 'r', multiple: true, default: [] },
    'recipe-dir': { type: 'string', multiple: true, default: [] },
    'variant-config': { type: 'string', short: 'm', multiple: true, default: [] },
    variant: { type: 'string', multiple: true, default: [] },
    channel: { type: 'string', short: 'c', multiple: true, default: [] },
    'target-platform': { type: 'string' },
    'host-platform': { type: 'string' },
    'build-platform': { type: 'string', default: 'linux-64' },
    'ignore-recipe-variants': { type: 'boolean', default: false },
    'build-num': { type: 'string' },
    'build-string-prefix': { type: 'string' },
    'up-to': { type: 'string' },
    'noarch-build-platform': { type: 'string' },
    'output-dir': { type: 'string' },
    'package-format': { type: 'string' },
    'skip-existing': { type: 'string' },
    'extra-meta': { type: 'string', multiple: true },
    'channel-priority': { type: 'string' },
    'render-only': { type: 'boolean' },
    experimental: { type: 'boolean' },
    v3: { type: 'boolean' },
  },
});

const build = values['build-platform'];
const target = values['target-platform'] ?? build;
const number = values['build-num'];
const rendered = renderRun({
  cwd: process.cwd(),
  recipes: values.recipe,
  recipeDirs: values['recipe-dir'],
  variantFiles: values['variant-config'],
  variantOverrides: values.variant.map((text) => {
    const [key = '', list = ''] = text.split(/=(.*)/s);
    return { key, values: list.split(',') };
  }),
  ignoreRecipeVariants: values['ignore-recipe-variants'],
  platforms: { build, target, host: values['host-platform'] ?? target },
  buildNumber: number === undefined ? undefined : Number(number),
  buildStringPrefix: values['build-string-prefix'],
  upTo: values['up-to'],
  renderOnly: true,
  experimental: values.experimental ?? false,
  hasChannels: values.channel.length > 0,
  environment: process.env,
});

if (rendered.ok) {
  const json = renderOnlyJson(rendered.value.recipes, { channels: values.channel });
  for (const { skipped } of rendered.value.recipes) {
    for (const { name, version, buildString } of skipped) {
      if (buildString === undefined) continue;
      process.stderr.write(`Build variant: ${name}-${version}-${buildString} (skipped)\n`);
    }
  }
  process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
} else {
  process.stderr.write(`${formatProblems(rendered.failure)}\n`);
  process.exitCode = 1;
}
