/**
 * `stageyard build`: render, refuse, plan, run, tell. Ctrl-C cancels the run (scripts and their whole process
 * groups end), a second one ends the process at once.
 */
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ChannelPublisher } from '#coordinator/channel/channel-publisher.ts';
import { type ChannelAccess, prepareChannel } from '#coordinator/channel/publish.ts';
import type { Plan } from '#coordinator/plan/plan.ts';
import { formatProblem } from '#coordinator/render/problems.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import type { FindingKind } from '#proto/link-report.ts';
import type { Logger } from '#proto/ports/logger.ts';
import { type Embedded, type EmbeddedOptions, openEmbedded } from '../../embedded.ts';
import { openLogger } from '../../logger.ts';
import { directorySizeBytes } from '../../directory-size.ts';
import { makeUserDirectory, unwritable, type UserDirectory } from '../../user-directory.ts';
import { packageIndexReader } from '../../package-index-reader.ts';
import { storeDirectory, storeLayout } from '../../store-layout.ts';
import type { BuildEvent, BuildView, TextSink } from '../present/build-event.ts';
import { JsonView } from '../present/json-view.ts';
import { LiveView } from '../present/live-view.ts';
import { PlainView } from '../present/plain-view.ts';
import { summaryLines, type RunSummary } from '../present/summary.ts';
import { palette } from '../present/text.ts';
import { type BuildRequest, parseBuildRequest } from './build-request.ts';
import { channelRefs } from './channels.ts';
import { crossOutputFindings } from './cross-output-step.ts';
import { INTERRUPTED, type Interrupts, listenForInterrupts } from './interrupts.ts';
import { RunFollower, summarizeTasks } from './run-view.ts';
import { skippedOutputs } from './skip-existing.ts';
import { type Rendering, refuseUnsupported, renderRequest } from './rendering.ts';
import { planRequest, threadsPerSlot } from './submission.ts';

const TERMINAL_COLUMNS_DEFAULT = 100;
const TERMINAL_ROWS_DEFAULT = 24;

interface BuildContext {
  readonly request: BuildRequest;
  readonly startedAtMs: number;
  readonly view: BuildView;
  readonly logger: Logger;
}

const show = (context: BuildContext, event: BuildEvent): void => context.view.show(event);

function sinkOf(stream: NodeJS.WriteStream): TextSink {
  return {
    write: (text) => void stream.write(text),
    get columns() {
      return stream.columns ?? TERMINAL_COLUMNS_DEFAULT;
    },
    get rows() {
      return stream.rows ?? TERMINAL_ROWS_DEFAULT;
    },
  };
}

function viewOf({ output }: BuildRequest): BuildView {
  const colors = palette(output.color);
  const sink = sinkOf(process.stdout);
  if (output.style === 'json') return new JsonView(sink);
  if (output.style === 'fancy' && output.verbosity === 'normal')
    return new LiveView(sink, { colors, nowMs: Date.now });
  return new PlainView(sink, { colors, verbosity: output.verbosity });
}

/** Runs the subcommand with the values of its flags; answers the exit code. */
export async function runBuild(
  values: Readonly<Record<string, unknown>>,
  parts: Pick<EmbeddedOptions, 'decorateJournal'> = {},
): Promise<number> {
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
  await makeUserDirectory(outputDirectory(request));
  await makeUserDirectory(storeDirectory(request.store));
  const logger = await openLogger({
    path: storeLayout(request.store).log,
    isVerbose: request.output.verbosity === 'verbose',
  });
  const context: BuildContext = { request, startedAtMs, view: viewOf(request), logger };
  const { buildRoot } = request;
  const embedded = await openEmbedded({
    storePath: request.store,
    slots: request.jobs,
    logger,
    environment: process.env,
    ...(buildRoot === undefined ? {} : { buildRoot }),
    ...parts,
  });
  try {
    return await planAndRun(context, embedded, rendering);
  } finally {
    context.view.close();
    await embedded.close();
  }
}

/** No more slots than outputs, unless asked for: a recipe with one output gives its script all cores. */
function withSlots(asked: BuildRequest, isAskedFor: boolean, outputCount: number): BuildRequest {
  return isAskedFor ? asked : { ...asked, jobs: Math.min(asked.jobs, Math.max(1, outputCount)) };
}

async function planAndRun(
  context: BuildContext,
  embedded: Embedded,
  rendering: Rendering,
): Promise<number> {
  const { request } = context;
  const channels = channelRefs(request.channels, {
    cwd: process.cwd(),
    outputDir: request.outputDir,
    environment: process.env,
  });
  const outputs = rendering.rendered.outputs.map(({ output }) => output);
  const skipped = await skippedOutputs(outputs, {
    request,
    channels,
    environments: embedded.environments,
  });
  for (const output of skipped) {
    show(context, {
      atMs: Date.now(),
      event: 'notice',
      text: `skipped ${output.name} ${output.version} ${output.build.string}`,
    });
  }
  const plan = await planRequest(request, rendering, {
    cwd: process.cwd(),
    environment: process.env,
    nowMs: context.startedAtMs,
    blobs: embedded.blobs,
    channels,
    isSkipped: (output) => skipped.has(output),
  });
  if (plan !== undefined) return runPlan(context, embedded, plan);
  show(context, { atMs: Date.now(), event: 'notice', text: 'nothing to build' });
  return 0;
}

const outputDirectory = ({ outputDir }: BuildRequest): UserDirectory => ({
  path: outputDir,
  what: 'the output directory',
  flag: '--output-dir',
  code: 'OUTPUT_UNWRITABLE',
});

/** Where the logs of scripts go: made early, since every attempt needs it. */
async function makeLogDirectory(request: BuildRequest): Promise<string> {
  const logDir = join(request.outputDir, 'logs');
  try {
    await mkdir(logDir, { recursive: true });
    return logDir;
  } catch (error) {
    throw unwritable(outputDirectory(request), error);
  }
}

/** A reader that goes away (`| head`) doesn't end a build: its packages and its exit code are still wanted. */
function outliveReader(): void {
  process.stdout.removeAllListeners('error').on('error', () => undefined);
}

async function runPlan(context: BuildContext, embedded: Embedded, plan: Plan): Promise<number> {
  const { request } = context;
  outliveReader();
  const logDir = await makeLogDirectory(request);
  const slots = { slots: request.jobs, threadsPerSlot: threadsPerSlot(request) };
  const follower = new RunFollower({
    show: (event) => show(context, event),
    slots,
    nowMs: Date.now,
  });
  const channel: ChannelAccess = {
    channelDir: request.outputDir,
    store: embedded.blobs,
    clock: systemClock,
    reader: packageIndexReader,
    logger: context.logger,
    replacesExisting: request.force,
  };
  await prepareChannel(channel);
  const running = await embedded.start({
    plan,
    continueOnFailure: request.continueOnFailure,
    publisher: new ChannelPublisher(channel),
    logDir,
    onEvent: follower.follow,
  });
  const { run } = running;
  const interrupts = onInterrupts(context, () => run.cancel());
  try {
    const outcome = await run.finished;
    const tasks = await summarizeTasks(run, {
      follower,
      publishedPath: (place, subdir, fileName) =>
        join(request.outputDir, place === 'broken' ? 'broken' : subdir, fileName),
      logPathOf: (task, epoch) =>
        join(logDir, `${`${task}.${epoch}`.replaceAll(/[^A-Za-z0-9._+-]/g, '_')}.log`),
    });
    const crossOutput = await crossOutputFindings(plan, { run, blobs: embedded.blobs });
    const nowMs = Date.now();
    const summary: RunSummary = {
      tasks,
      crossOutput,
      wallMs: nowMs - context.startedAtMs,
      scriptWallMs: follower.scriptWallMs,
      nowMs,
      storePath: request.store,
      storeSizeBytes: await directorySizeBytes(request.store),
    };
    const isRefused = crossOutput.some(({ kind }) => isCrossOutputError(kind, request));
    const isGood = outcome === 'succeeded' && !isRefused;
    const exitCode = isGood ? 0 : exitCodeOf(summary, interrupts.count());
    show(context, { atMs: nowMs, event: 'summary', summary, exitCode });
    await writeMarkdown(request, summary);
    return exitCode;
  } finally {
    interrupts.stop();
    await running.close();
  }
}

/** `--error-overlapping-files` and `--error-unused-staging-files`. */
function isCrossOutputError(kind: FindingKind, request: BuildRequest): boolean {
  if (kind === 'overlapping-files') return request.errorOverlappingFiles;
  return kind === 'unused-staging-file' && request.errorUnusedStagingFiles;
}

/** Of failed tasks the most severe: infrastructure before everything else. */
function exitCodeOf(summary: RunSummary, interruptCount: number): number {
  if (interruptCount > 0) return INTERRUPTED;
  return Math.max(1, ...summary.tasks.map(({ failure }) => failure?.exitCode ?? 1));
}

/** First Ctrl-C (or TERM): cancel. Second: give up waiting. */
function onInterrupts(context: BuildContext, cancel: () => void): Interrupts {
  return listenForInterrupts({
    source: process,
    nowMs: () => performance.now(),
    onFirst: () => {
      show(context, {
        atMs: Date.now(),
        event: 'notice',
        text: 'stopping: scripts are being ended (once more to leave at once)',
      });
      cancel();
    },
    onFurther: () => {
      context.view.close();
      process.exit(INTERRUPTED);
    },
  });
}

async function writeMarkdown(request: BuildRequest, summary: RunSummary): Promise<void> {
  const path = request.markdownSummary;
  if (path === undefined) return;
  await mkdir(dirname(path), { recursive: true });
  const text = summaryLines(summary, palette(false)).join('\n');
  await appendFile(path, `## stageyard build\n\n\`\`\`text\n${text.trim()}\n\`\`\`\n`);
}
