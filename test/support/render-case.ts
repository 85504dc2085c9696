/** One rendering as a value: files and flags, what stageyard renders from them, and the part of it that peers show too. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { renderOnlyJson } from '#coordinator/render/json.ts';
import { formatProblems } from '#coordinator/render/problems.ts';
import { renderRun } from '#coordinator/render/render-run.ts';

/** Flags of one rendering. */
export interface RenderFlags {
  readonly target: string;
  /** The target by default. */
  readonly host?: string;
  readonly build: string;
  /** Relative to the directory of the case; `variants.yaml` beside the recipe is found without it. */
  readonly variantFiles?: readonly string[];
  readonly overrides?: Readonly<Record<string, readonly string[]>>;
  readonly buildNumber?: number;
  readonly buildStringPrefix?: string;
  readonly upTo?: string;
  readonly ignoreRecipeVariants?: boolean;
  readonly experimental?: boolean;
}

/** Files below one directory, by relative path; `recipe.yaml` is what is rendered. */
export interface RenderCase {
  readonly files: Readonly<Record<string, string>>;
  readonly flags: RenderFlags;
}

/** The outputs in build order, or the text of the refusal. */
export type Rendering =
  | { readonly ok: true; readonly outputs: readonly unknown[] }
  | { readonly ok: false; readonly message: string };

/** Writes the files of a case below a directory. */
export async function writeCase(directory: string, files: RenderCase['files']): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const full = join(directory, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, text);
  }
}

/** Renders a written case as the command does. */
export function renderCase(directory: string, flags: RenderFlags): Rendering {
  const { target, build, host = target } = flags;
  const rendered = renderRun({
    cwd: directory,
    recipes: ['recipe.yaml'],
    recipeDirs: [],
    variantFiles: flags.variantFiles ?? [],
    variantOverrides: Object.entries(flags.overrides ?? {}).map(([key, values]) => ({
      key,
      values,
    })),
    ignoreRecipeVariants: flags.ignoreRecipeVariants ?? false,
    platforms: { build, host, target },
    buildNumber: flags.buildNumber,
    buildStringPrefix: flags.buildStringPrefix,
    upTo: flags.upTo,
    renderOnly: true,
    experimental: flags.experimental ?? false,
    hasChannels: false,
    environment: {},
  });
  if (!rendered.ok) return { ok: false, message: formatProblems(rendered.failure) };
  const outputs: unknown = JSON.parse(
    JSON.stringify(renderOnlyJson(rendered.value.recipes, { channels: [] })),
  );
  return { ok: true, outputs: Array.isArray(outputs) ? outputs : [] };
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const child = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined);

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** Without empty values, keys sorted: a key left out and an empty value mean the same. */
function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pruned);
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, pruned(item)] as const)
    .filter(([, item]) => !isEmpty(item));
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** Siblings as text; an object keyed by name there and here. */
function siblings(value: unknown): unknown {
  if (!isObject(value)) return undefined;
  return Object.values(value)
    .map(
      (item) =>
        `${String(child(item, 'name'))} ${String(child(item, 'version'))} ${String(child(item, 'build_string'))}`,
    )
    .toSorted();
}

const isDefaultRpaths = (rpaths: unknown): boolean =>
  Array.isArray(rpaths) && rpaths.length === 1 && rpaths[0] === 'lib/';

/** Without a build number of 0 and `rpaths: [lib/]`, which the peer writes where the recipe does. */
function withoutDefaults(recipe: unknown): unknown {
  const build = child(recipe, 'build');
  if (!isObject(recipe) || !isObject(build)) return recipe;
  const { number, dynamic_linking: linking } = build;
  return {
    ...recipe,
    build: {
      ...build,
      number: number === 0 ? undefined : number,
      dynamic_linking:
        isObject(linking) && isDefaultRpaths(linking['rpaths'])
          ? { ...linking, rpaths: undefined }
          : linking,
    },
  };
}

/** What both sides show of one output. */
export function comparable(output: unknown, experimental = false): unknown {
  const configuration = child(output, 'build_configuration');
  const platforms = experimental
    ? {}
    : {
        subdir: child(configuration, 'target_platform'),
        host: child(child(configuration, 'host_platform'), 'platform'),
        build: child(child(configuration, 'build_platform'), 'platform'),
        siblings: siblings(child(configuration, 'subpackages')),
      };
  return pruned({
    recipe: withoutDefaults(child(output, 'recipe')),
    variant: child(configuration, 'variant'),
    hash: child(configuration, 'hash'),
    ...platforms,
  });
}
