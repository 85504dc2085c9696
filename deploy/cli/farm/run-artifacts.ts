/** What `stageyard artifacts` does: the packages of a run into a channel directory, as `build` puts them there. */
import { join } from 'node:path';
import { ChannelPublisher } from '#coordinator/channel/channel-publisher.ts';
import { prepareChannel } from '#coordinator/channel/publish.ts';
import type { PackageToPublish } from '#coordinator/shell/publication-queue.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import type { LockedEnvironment } from '#proto/environment.ts';
import { errorCodes } from '#proto/error-codes.ts';
import type { ErrorData } from '#proto/errors.ts';
import { lockedPackages } from '#proto/exact-key.ts';
import type { PackageOutput } from '#proto/task-output.ts';
import {
  artifactsOf,
  type FarmArtifact,
  type RunArtifacts,
} from '../../farm-client/farm-artifacts.ts';
import { packageIndexReader } from '../../package-index-reader.ts';
import { silentLogger } from '../../silent-logger.ts';
import { makeUserDirectory } from '../../user-directory.ts';
import { formatSize, printable } from '../present/text.ts';
import { type ClientSession, findRun } from './client-command.ts';

/** Of a commit's name. */
const SHOWN_COMMIT_LENGTH = 12;

/** What is asked for. */
export interface ArtifactsWish {
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  readonly isForced: boolean;
  readonly withBroken: boolean;
  /** Fetches nothing. */
  readonly isList: boolean;
}

/** Answers the exit code. */
export async function runArtifacts(session: ClientSession, wish: ArtifactsWish): Promise<number> {
  const run = await artifactsOf(session.client, await findRun(session.client, wish.name));
  const wanted = run.artifacts.filter(({ publication }) => isWanted(publication, wish.withBroken));
  const rows = wish.isList ? wanted.map(listed) : await fetchAll(session, wanted, wish);
  tell(session, run, rows);
  return Math.max(
    0,
    ...rows.map(({ error }) => (error === null ? 0 : errorCodes[error.code].exitCode)),
  );
}

function isWanted(publication: FarmArtifact['publication'], withBroken: boolean): boolean {
  if (publication.kind !== 'settled') return false;
  return publication.place === 'channel' || withBroken;
}

/** What became of one package. */
interface Row {
  readonly artifact: FarmArtifact;
  /** Null where it was only listed. */
  readonly path: string | null;
  readonly error: ErrorData | null;
}

const listed = (artifact: FarmArtifact): Row => ({ artifact, path: null, error: null });

async function fetchAll(
  { client }: ClientSession,
  wanted: readonly FarmArtifact[],
  { directory, isForced }: ArtifactsWish,
): Promise<readonly Row[]> {
  await makeUserDirectory({
    path: directory,
    what: 'the channel directory',
    flag: '--to',
    code: 'OUTPUT_UNWRITABLE',
  });
  const channel = {
    channelDir: directory,
    store: client.blobs,
    clock: systemClock,
    reader: packageIndexReader,
    logger: silentLogger,
    replacesExisting: isForced,
  };
  await prepareChannel(channel);
  const items = wanted.map(toPublish);
  const answers = await new ChannelPublisher(channel).publish(items);
  return wanted.map((artifact, position) => {
    const { place } = items[position] ?? { place: 'channel' };
    const { subdir, fn } = artifact.record;
    const path = join(directory, place === 'broken' ? 'broken' : subdir, fn);
    return { artifact, path, error: answers[position] ?? null };
  });
}

function toPublish({ task, output, publication }: FarmArtifact): PackageToPublish {
  const place = publication.kind === 'settled' ? publication.place : 'channel';
  return { task, place, output };
}

function tell(
  { isJson, print, say, colors }: ClientSession,
  run: RunArtifacts,
  rows: readonly Row[],
): void {
  for (const { artifact, path, error } of rows) {
    const { record, blob, isTested, task, output } = artifact;
    const { fn, subdir } = record;
    if (isJson) {
      const { digest: sha256, sizeBytes } = blob;
      const row = { task, subdir, fn, sha256, sizeBytes, isTested, path, error };
      print(`${JSON.stringify({ ...row, ...originOf(output) })}\n`);
    } else if (error !== null) say(`${fn}: ${error.message}`);
    else {
      const more = `${formatSize(blob.sizeBytes)}${commitText(output)}`;
      print(`${path ?? `${subdir}/${fn}`} ${colors.dim(more)}\n`);
    }
  }
  const { listing, tasks } = run;
  const count = tasks.filter(({ kind }) => kind === 'package').length;
  if (listing.outcome === null || rows.length < count)
    say(
      `run ${listing.run} ${listing.outcome ?? 'goes on'}: ${rows.length} of ${count} packages are there`,
    );
}

/** What the package was made from; null where its result is older than these records. See docs/provenance.md. */
function originOf({ exactKey, provenance, environments }: PackageOutput): object {
  const shown = (locked: LockedEnvironment): object => {
    return { platform: locked.platform, packages: lockedPackages(locked) };
  };
  const { build, host } = environments;
  const locked = { build: build === null ? null : shown(build), host: shown(host) };
  return { exactKey, provenance: provenance ?? null, environments: locked };
}

/** `, commit 0123456789ab, modified`; nothing for recipes outside of a repository. */
function commitText({ provenance }: PackageOutput): string {
  const revision = provenance?.revision;
  if (revision === undefined) return '';
  const commit = printable(revision.commit.slice(0, SHOWN_COMMIT_LENGTH));
  return `, commit ${commit}${revision.isModified ? ', modified' : ''}`;
}
