/** `stageyard build --render-only`: prints what would be built, and with `--with-solve` from what, and builds nothing. */
import { once } from 'node:events';
import { renderedOutputs } from '#coordinator/render/json.ts';
import { formatProblem } from '#coordinator/render/problems.ts';
import type { RenderedRun } from '#coordinator/render/render-run.ts';
import type { SolvedOutputs } from '../../solve/solve-outputs.ts';
import { type BuildRequest, parseBuildRequest } from './build-request.ts';
import { renderRequest } from './rendering.ts';

async function solved(request: BuildRequest, rendered: RenderedRun): Promise<SolvedOutputs> {
  const { solveRequest } = await import('./solve-request.ts');
  return solveRequest(request, rendered);
}

/** As rattler-build names them; scripts look for these lines. */
function skippedLines({ recipes }: RenderedRun): string {
  const skipped = recipes.flatMap((recipe) => recipe.skipped);
  return skipped
    .flatMap(({ name, version, buildString }) =>
      buildString === undefined
        ? []
        : [`Build variant: ${name}-${version}-${buildString} (skipped)\n`],
    )
    .join('');
}

/** As `JSON.stringify` of the whole list: every output names those before it, so thousands don't fit into one text. */
async function writeList(items: Iterable<unknown>): Promise<void> {
  let isFirst = true;
  for (const item of items) {
    const [, text = ''] = /^\[([^]*)\n\]$/.exec(JSON.stringify([item], undefined, 2)) ?? [];
    const isRoomLeft = process.stdout.write(`${isFirst ? '[' : ','}${text}`);
    isFirst = false;
    if (!isRoomLeft) await once(process.stdout, 'drain');
  }
  process.stdout.write(isFirst ? '[]\n' : '\n]\n');
}

/** Runs the subcommand with the values of its flags. Nothing but JSON goes to standard output. */
export async function renderOnly(values: Readonly<Record<string, unknown>>): Promise<void> {
  const request = parseBuildRequest(values, {
    cwd: process.cwd(),
    environment: process.env,
    stdoutIsTerminal: process.stdout.isTTY === true,
  });
  const { rendered, notices } = renderRequest(request, {
    cwd: process.cwd(),
    environment: process.env,
    nowMs: Date.now(),
  });
  for (const notice of notices) process.stderr.write(`${formatProblem(notice)}\n`);
  process.stderr.write(skippedLines(rendered));
  const outputs = renderedOutputs(rendered.recipes, {
    channels: request.channels ?? [],
    ...(request.withSolve ? { solved: await solved(request, rendered) } : {}),
  });
  await writeList(outputs);
}
