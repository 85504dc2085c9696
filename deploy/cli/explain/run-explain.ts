/** `stageyard explain`: renders, explains what is asked for, and compares it with another rendering. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  changesBetween,
  counterpart,
  type RenderingFacts,
  renderingFacts,
} from '#coordinator/render/explain/compare-renderings.ts';
import {
  explainOutput,
  type OutputExplanation,
} from '#coordinator/render/explain/explain-output.ts';
import { renderOnlyJson } from '#coordinator/render/json.ts';
import type { RenderedRecipe } from '#coordinator/render/render-recipe.ts';
import type { RenderedRun } from '#coordinator/render/render-run.ts';
import { StageyardError, systemErrorCode } from '#proto/errors.ts';
import { type BuildRequest, parseBuildRequest } from '../build/build-request.ts';
import { renderRequest } from '../build/rendering.ts';
import { type ExplainedOutput, explanationText } from './explain-text.ts';

/** Another rendering, and what it is called. */
interface OtherRendering {
  readonly label: string;
  readonly facts: readonly RenderingFacts[];
}

const RENDERING_BYTES_MAX = 256 * 1024 * 1024;

function usage(message: string): StageyardError {
  return new StageyardError('USAGE_INVALID', message);
}

function renderedFacts(recipes: readonly RenderedRecipe[]): readonly RenderingFacts[] {
  return renderingFacts(renderOnlyJson(recipes, { channels: [] }), 'rendering');
}

function factsOfFile(path: string): OtherRendering {
  try {
    const full = resolve(process.cwd(), path);
    const { size } = statSync(full);
    if (size > RENDERING_BYTES_MAX) throw usage(`--against ${path}: it has ${size} bytes`);
    return { label: path, facts: renderingFacts(JSON.parse(readFileSync(full, 'utf8')), path) };
  } catch (error) {
    const reason = systemErrorCode(error);
    if (reason !== undefined) throw usage(`--against ${path}: can't be read (${reason})`);
    if (error instanceof SyntaxError)
      throw usage(`--against ${path}: not JSON: give what --render-only printed`);
    if (error instanceof StageyardError && error.code === 'MESSAGE_INVALID')
      throw usage(`--against ${path}: not what --render-only prints: ${error.message}`);
    throw error;
  }
}

function factsOfVariant(words: readonly string[], request: BuildRequest): OtherRendering {
  const overrides = words.map((word): [string, readonly string[]] => {
    const at = word.indexOf('=');
    if (at < 1) throw usage(`--against-variant ${word}: write key=value`);
    return [word.slice(0, at), word.slice(at + 1).split(',')];
  });
  if (request.recipes.includes('-'))
    throw usage('--against-variant: standard input is read once; give the recipe as a file');
  const { rendered } = render({
    ...request,
    variantOverrides: { ...request.variantOverrides, ...Object.fromEntries(overrides) },
  });
  return { label: words.join(' '), facts: renderedFacts(rendered.recipes) };
}

function render(request: BuildRequest): { readonly rendered: RenderedRun } {
  return renderRequest(request, {
    cwd: process.cwd(),
    environment: process.env,
    nowMs: Date.now(),
  });
}

function otherRendering(
  values: Readonly<Record<string, unknown>>,
  request: BuildRequest,
): OtherRendering | undefined {
  const { against, againstVariant } = values;
  if (typeof against === 'string' && againstVariant !== undefined)
    throw usage('--against and --against-variant: give one of them');
  if (typeof against === 'string') return factsOfFile(against);
  if (Array.isArray(againstVariant)) return factsOfVariant(againstVariant.map(String), request);
  return undefined;
}

function explainAll(rendered: RenderedRun, wanted: string): OutputExplanation[] {
  const name = wanted.toLowerCase();
  return rendered.recipes.flatMap((recipe) =>
    recipe.outputs.flatMap((output, index) => {
      const node = recipe.nodes[index];
      const full = `${output.name}-${output.version}-${output.build.string}`;
      if (node === undefined || (output.name !== name && full !== wanted)) return [];
      return [explainOutput(recipe, output, node)];
    }),
  );
}

function compared(
  explanation: OutputExplanation,
  own: readonly RenderingFacts[],
  { label, facts }: OtherRendering,
): ExplainedOutput {
  const { name, version, build } = explanation;
  const after = own.find(
    (one) => one.name === name && one.version === version && one.build === build,
  );
  const before = after && counterpart(after, facts);
  const against =
    after === undefined || before === undefined
      ? { rendering: label, other: null, changes: [] }
      : {
          rendering: label,
          other: { version: before.version, build: before.build },
          changes: changesBetween(before, after),
        };
  return { ...explanation, against };
}

/** Runs the subcommand. Throws `USAGE_INVALID` for an output that isn't rendered, and what rendering throws. */
export function runExplain(wanted: string, values: Readonly<Record<string, unknown>>): void {
  // `--json` is of this command here; of `build` it would mean events.
  const { json, ...flags } = values;
  const request = parseBuildRequest(flags, {
    cwd: process.cwd(),
    environment: process.env,
    stdoutIsTerminal: process.stdout.isTTY === true,
  });
  const { rendered } = render(request);
  const explanations = explainAll(rendered, wanted);
  if (explanations.length === 0) {
    const names = [...new Set(rendered.outputs.map(({ output }) => output.name))].sort();
    const known = names.length === 0 ? 'nothing is built' : `there are ${names.join(', ')}`;
    throw usage(`explain ${wanted}: no such output: ${known}`);
  }
  const other = otherRendering(values, request);
  const own = other === undefined ? [] : renderedFacts(rendered.recipes);
  const results: readonly ExplainedOutput[] =
    other === undefined ? explanations : explanations.map((one) => compared(one, own, other));
  process.stdout.write(
    json === true
      ? `${JSON.stringify(results, undefined, 2)}\n`
      : results.map((one) => explanationText(one, process.cwd())).join('\n'),
  );
}
