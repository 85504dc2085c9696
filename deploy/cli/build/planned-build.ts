/** What `build` and `submit` share: recipes rendered, refused or planned, for whoever does the tasks. */
import type { Plan } from '#coordinator/plan/plan.ts';
import { formatProblem } from '#coordinator/render/problems.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { BuildHost } from '../../build-host.ts';
import { openLogger } from '../../logger.ts';
import { storeDirectory, storeLayout } from '../../store-layout.ts';
import { makeUserDirectory } from '../../user-directory.ts';
import type { BuildView } from '../present/build-event.ts';
import { type BuildRequest, parseBuildRequest } from './build-request.ts';
import { channelRefs } from './channels.ts';
import { refuseUnsupported, type Rendering, renderRequest } from './rendering.ts';
import { skippedOutputs } from './skip-existing.ts';
import { planRequest } from './submission.ts';

/** A build that is about to begin. */
export interface BuildContext {
  readonly request: BuildRequest;
  readonly rendering: Rendering;
  readonly startedAtMs: number;
  readonly view: BuildView;
  readonly logger: Logger;
}

/** Flags → good recipes. Throws what is wrong with either before anything is written. */
export function renderedRequest(
  values: Readonly<Record<string, unknown>>,
): Pick<BuildContext, 'request' | 'rendering' | 'startedAtMs'> {
  const surroundings = {
    cwd: process.cwd(),
    environment: process.env,
    stdoutIsTerminal: process.stdout.isTTY === true,
  };
  const asked = parseBuildRequest(values, surroundings);
  const startedAtMs = Date.now();
  const submission = { cwd: surroundings.cwd, environment: process.env, nowMs: startedAtMs };
  const rendering = renderRequest(asked, submission);
  const request = withSlots(asked, values['jobs'] !== undefined, rendering.rendered.outputs.length);
  for (const notice of rendering.notices) process.stderr.write(`${formatProblem(notice)}\n`);
  refuseUnsupported(request, rendering);
  return { request, rendering, startedAtMs };
}

/** No more slots than outputs, unless asked for: a recipe with one output gives its script all cores. */
function withSlots(asked: BuildRequest, isAskedFor: boolean, outputCount: number): BuildRequest {
  return isAskedFor ? asked : { ...asked, jobs: Math.min(asked.jobs, Math.max(1, outputCount)) };
}

/** Our own log, in the store. Rejects with `STORE_UNWRITABLE` or `DISK_FULL`. */
export async function openStoreLog({ store, output }: BuildRequest): Promise<Logger> {
  await makeUserDirectory(storeDirectory(store));
  return openLogger({ path: storeLayout(store).log, isVerbose: output.verbosity === 'verbose' });
}

/** Leaves out what is skipped, bundles, plans; undefined (and told) when nothing is left. */
export async function planBuild(context: BuildContext, host: BuildHost): Promise<Plan | undefined> {
  const { request, rendering, view } = context;
  const notice = (text: string): void => view.show({ atMs: Date.now(), event: 'notice', text });
  const channels = channelRefs(request.channels, {
    cwd: process.cwd(),
    outputDir: request.outputDir,
    environment: process.env,
  });
  const outputs = rendering.rendered.outputs.map(({ output }) => output);
  const { environments, blobs } = host;
  const skipped = await skippedOutputs(outputs, { request, channels, environments });
  for (const { name, version, build } of skipped)
    notice(`skipped ${name} ${version} ${build.string}`);
  const plan = await planRequest(request, rendering, {
    cwd: process.cwd(),
    environment: process.env,
    nowMs: context.startedAtMs,
    blobs,
    channels: await host.channelsForWorkers(channels),
    isTravelling: host.slots.farm !== undefined,
    isSkipped: (output) => skipped.has(output),
  });
  if (plan === undefined) notice('nothing to build');
  return plan;
}

/** What is built, in a few words: `zlib, libpng and 3 more`. */
export function labelOf({ rendering }: Pick<BuildContext, 'rendering'>): string {
  const names = [...new Set(rendering.rendered.outputs.map(({ output }) => output.name))];
  const [first = '', second = '', ...others] = names;
  if (others.length > 0) return `${first}, ${second} and ${others.length} more`;
  return second === '' ? first : `${first}, ${second}`;
}
