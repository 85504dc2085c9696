/**
 * `stageyard build`: render, refuse, plan, run, tell. Ctrl-C cancels the run (scripts and their whole process
 * groups end), a second one ends the process at once. A run on a farm may be left alone instead.
 */
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ChannelPublisher } from '#coordinator/channel/channel-publisher.ts';
import { type ChannelAccess, prepareChannel } from '#coordinator/channel/publish.ts';
import type { Plan } from '#coordinator/plan/plan.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import type { FindingKind } from '#proto/link-report.ts';
import type { BuildHost, HostRun } from '../../build-host.ts';
import { type EmbeddedOptions, openEmbedded } from '../../embedded.ts';
import { openFarmHost } from '../../farm-client/farm-host.ts';
import { logFileName } from '../../log-file-name.ts';
import { packageIndexReader } from '../../package-index-reader.ts';
import { makeUserDirectory, unwritable, type UserDirectory } from '../../user-directory.ts';
import { HeldView } from '../present/held-view.ts';
import { summaryLines, type RunSummary } from '../present/summary.ts';
import { palette } from '../present/text.ts';
import type { BuildRequest } from './build-request.ts';
import { crossOutputFindings } from './cross-output-step.ts';
import { farmHostOptions } from './farm-request.ts';
import { INTERRUPTED } from './interrupts.ts';
import { type Leaving, watchForLeaving } from './leaving.ts';
import {
  type BuildContext,
  labelOf,
  openStoreLog,
  planBuild,
  renderedRequest,
} from './planned-build.ts';
import { RunFollower, summarizeTasks } from './run-view.ts';
import { threadsPerSlot } from './submission.ts';
import { outliveReader, viewOf } from './views.ts';

type Context = BuildContext & { readonly view: HeldView };

/** Runs the subcommand with the values of its flags; answers the exit code. */
export async function runBuild(
  values: Readonly<Record<string, unknown>>,
  parts: Pick<EmbeddedOptions, 'decorateJournal'> = {},
): Promise<number> {
  const rendered = renderedRequest(values);
  const { request } = rendered;
  await makeUserDirectory(outputDirectory(request));
  const logger = await openStoreLog(request);
  const context: Context = { ...rendered, view: new HeldView(viewOf(request.output)), logger };
  try {
    const host = await openHost(context, parts);
    try {
      const plan = await planBuild(context, host);
      return plan === undefined ? 0 : await runPlan(context, host, plan);
    } finally {
      await host.close();
    }
  } finally {
    context.view.close();
  }
}

/** The one place where building here and building on a farm part. */
function openHost(
  context: BuildContext,
  parts: Pick<EmbeddedOptions, 'decorateJournal'>,
): Promise<BuildHost> {
  return context.request.farm === undefined
    ? openEmbedded({ ...embeddedOptions(context), ...parts })
    : openFarmHost(farmHostOptions(context));
}

function embeddedOptions({ request, logger, view }: BuildContext): EmbeddedOptions {
  const { store, sharedStore, jobs, buildRoot } = request;
  return {
    storePath: store,
    ...(sharedStore === undefined ? {} : { sharedStore }),
    say: (text) => view.show({ atMs: Date.now(), event: 'notice', text }),
    slots: jobs,
    threadsPerSlot: threadsPerSlot(request),
    logger,
    environment: process.env,
    ...(buildRoot === undefined ? {} : { buildRoot }),
  };
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

async function runPlan(context: Context, host: BuildHost, plan: Plan): Promise<number> {
  const { request, logger, view } = context;
  outliveReader();
  const logDir = await makeLogDirectory(request);
  const follower = new RunFollower({
    show: (event) => view.show(event),
    slots: host.slots,
    nowMs: Date.now,
  });
  const channel: ChannelAccess = {
    channelDir: request.outputDir,
    store: host.blobs,
    clock: systemClock,
    reader: packageIndexReader,
    logger,
    replacesExisting: request.force,
  };
  await prepareChannel(channel);
  const running = await host.start({
    plan,
    label: labelOf(context),
    continueOnFailure: request.continueOnFailure,
    publisher: new ChannelPublisher(channel),
    logDir,
    onEvent: follower.follow,
    onWaiting: follower.waiting,
  });
  const leaving = watchForLeaving(running, view);
  try {
    const outcome = await Promise.race([running.run.finished, leaving.detached]);
    if (outcome === 'detached') return INTERRUPTED;
    const isGood = outcome === 'succeeded';
    return await conclude(context, { host, plan, running, follower, leaving, logDir, isGood });
  } finally {
    leaving.stop();
    await running.close();
  }
}

/** What is known when a run is over. */
interface Ending {
  readonly host: BuildHost;
  readonly plan: Plan;
  readonly running: HostRun;
  readonly follower: RunFollower;
  readonly leaving: Leaving;
  readonly logDir: string;
  readonly isGood: boolean;
}

/** Tells the summary; answers the exit code. */
async function conclude(context: BuildContext, ending: Ending): Promise<number> {
  const { request, view } = context;
  const { host, plan, running, follower, leaving, logDir } = ending;
  const { run } = running;
  const tasks = await summarizeTasks(run, {
    follower,
    publishedPath: (place, subdir, fileName) =>
      join(request.outputDir, place === 'broken' ? 'broken' : subdir, fileName),
    logPathOf: (task, epoch) => join(logDir, logFileName(task, epoch)),
  });
  const crossOutput = await crossOutputFindings(plan, { run, blobs: host.blobs });
  const nowMs = Date.now();
  const summary: RunSummary = {
    tasks,
    crossOutput,
    wallMs: nowMs - context.startedAtMs,
    scriptWallMs: follower.scriptWallMs,
    nowMs,
    ...(await host.place()),
  };
  const isRefused = crossOutput.some(({ kind }) => isCrossOutputError(kind, request));
  const isGood = ending.isGood && !isRefused;
  const exitCode = isGood ? 0 : exitCodeOf(summary, leaving.isCancelled());
  view.show({ atMs: nowMs, event: 'summary', summary, exitCode });
  await writeMarkdown(request, summary);
  return exitCode;
}

/** `--error-overlapping-files` and `--error-unused-staging-files`. */
function isCrossOutputError(kind: FindingKind, request: BuildRequest): boolean {
  if (kind === 'overlapping-files') return request.errorOverlappingFiles;
  return kind === 'unused-staging-file' && request.errorUnusedStagingFiles;
}

/** Of failed tasks the most severe: infrastructure before everything else. */
function exitCodeOf(summary: RunSummary, isCancelled: boolean): number {
  if (isCancelled) return INTERRUPTED;
  return Math.max(1, ...summary.tasks.map(({ failure }) => failure?.exitCode ?? 1));
}

async function writeMarkdown(request: BuildRequest, summary: RunSummary): Promise<void> {
  const path = request.markdownSummary;
  if (path === undefined) return;
  await mkdir(dirname(path), { recursive: true });
  const text = summaryLines(summary, palette(false)).join('\n');
  await appendFile(path, `## stageyard build\n\n\`\`\`text\n${text.trim()}\n\`\`\`\n`);
}
