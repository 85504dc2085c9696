/**
 * What `stageyard promote` does: chooses, copies by digest, writes the index of each subdir last. All or nothing as
 * far as names and requirements go; interrupted anywhere it may be repeated, and does then what is missing.
 */
import { publishTo } from '#coordinator/channel/publish.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { errorCodes } from '#proto/error-codes.ts';
import type { ErrorData } from '#proto/errors.ts';
import { openChannel } from '../../channel/open-channel.ts';
import {
  artifactsOf,
  type FarmArtifact,
  type RunArtifacts,
} from '../../farm-client/farm-artifacts.ts';
import { packageIndexReader } from '../../package-index-reader.ts';
import {
  choosePackages,
  type PackageChoice,
  type Requirement,
} from '../../promotion/choose-packages.ts';
import { silentLogger } from '../../silent-logger.ts';
import { INTERRUPTED, listenForInterrupts } from '../build/interrupts.ts';
import { formatSize } from '../present/text.ts';
import { type ClientSession, findRun } from './client-command.ts';

/** What is asked for. */
export interface PromotionWish {
  readonly name: string;
  /** As written. */
  readonly channel: string;
  readonly required: readonly Requirement[];
  /** Packages that stay behind keep nobody else. */
  readonly isPartial: boolean;
}

/** Answers the exit code. */
export async function runPromote(session: ClientSession, wish: PromotionWish): Promise<number> {
  const run = await artifactsOf(session.client, await findRun(session.client, wish.name));
  const choice = choosePackages(run, wish.required);
  const refusal = refusalOf(run, choice, wish.isPartial);
  for (const { title, why } of choice.left) tellLeft(session, title, why);
  if (refusal !== undefined) {
    session.say(refusal);
    return 1;
  }
  const ending = new AbortController();
  const interrupts = listenForInterrupts({
    source: process,
    nowMs: Date.now,
    onInterrupt: () => {
      if (ending.signal.aborted) process.exit(INTERRUPTED);
      session.say('stopping: what is there stays; promote the run again to go on');
      ending.abort(new Error('told to end'));
    },
  });
  try {
    return await copyAll(session, choice.chosen, { wish, signal: ending.signal });
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    return INTERRUPTED;
  } finally {
    interrupts.stop();
  }
}

/** Why nothing is promoted, if so. */
function refusalOf(
  { listing }: RunArtifacts,
  { chosen, left }: PackageChoice,
  isPartial: boolean,
): string | undefined {
  const { run, outcome } = listing;
  if (chosen.length === 0) return `run ${run} has no packages that can be promoted`;
  if (isPartial) return undefined;
  const others = `--partial promotes the other ${chosen.length}`;
  if (outcome === null)
    return `run ${run} goes on, so nothing was promoted: wait for it (stageyard watch ${run}), or --partial promotes the ${chosen.length} packages that are ready`;
  if (left.length === 0) return undefined;
  return `${left.length} of ${left.length + chosen.length} packages stay behind, so nothing was promoted: ${others}`;
}

async function copyAll(
  session: ClientSession,
  chosen: readonly FarmArtifact[],
  { wish, signal }: { readonly wish: PromotionWish; readonly signal: AbortSignal },
): Promise<number> {
  const { client, say } = session;
  const { place, close } = await openChannel(wish.channel, {
    cwd: process.cwd(),
    environment: process.env,
    store: client.blobs,
    signal,
    say,
  });
  try {
    const answers = await publishTo(
      {
        place,
        clock: systemClock,
        reader: packageIndexReader,
        logger: silentLogger,
        remedy: 'raise build.number and build it again',
        isAllOrNothing: true,
        signal,
      },
      chosen,
    );
    chosen.forEach((artifact, position) => {
      tellCopied(session, artifact, { channel: place.name, error: answers[position] ?? null });
    });
    return Math.max(0, ...answers.map((error) => exitCodeOf(error)));
  } finally {
    close();
  }
}

function exitCodeOf(error: ErrorData | null): number {
  return error === null ? 0 : errorCodes[error.code].exitCode;
}

function tellCopied(
  { isJson, print, say, colors }: ClientSession,
  { record, blob, isTested, task }: FarmArtifact,
  { channel, error }: { readonly channel: string; readonly error: ErrorData | null },
): void {
  const { subdir, fn } = record;
  const { digest: sha256, sizeBytes } = blob;
  if (isJson) {
    print(`${JSON.stringify({ task, channel, subdir, fn, sha256, sizeBytes, isTested, error })}\n`);
  } else if (error === null)
    print(`${channel}/${subdir}/${fn} ${colors.dim(formatSize(sizeBytes))}\n`);
  else say(`${fn}: ${error.message}`);
}

function tellLeft({ isJson, print, say }: ClientSession, title: string, why: string): void {
  if (isJson) print(`${JSON.stringify({ title, left: why })}\n`);
  else say(`${title} stays behind: ${why}`);
}
