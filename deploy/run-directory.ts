/**
 * Journals of embedded runs: `runs/<digest of the submission>-<n>/journal.sqlite`. The same submission again
 * goes on with the newest unfinished journal that no living process leads; otherwise it begins a new one.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeStep } from '#coordinator/core/fact-codec.ts';
import { errorCodeOf, StageyardError } from '#proto/errors.ts';
import { type RunId, runId } from '#proto/ids.ts';
import { SqliteJournal } from '#proto/adapters/sqlite-journal.ts';

const DIGEST_LENGTH = 16;
/** Finished runs of one submission that are kept for people to look into. */
const FINISHED_RUNS_KEPT = 3;

/** An open journal for a submission. */
export interface OpenedRun {
  readonly run: RunId;
  readonly directory: string;
  readonly journal: SqliteJournal;
}

async function isFinished(journal: SqliteJournal): Promise<boolean> {
  const last = await journal.last();
  if (last === undefined) return false;
  const step = decodeStep(new TextDecoder().decode(last.body));
  return step.facts.some(({ kind }) => kind === 'run-finished');
}

async function openJournal(
  runs: string,
  name: string,
): Promise<{ kind: 'busy' } | { kind: 'opened'; opened: OpenedRun }> {
  const directory = join(runs, name);
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new StageyardError(
      errorCodeOf(error, 'STORE_UNWRITABLE'),
      `the store can't be written: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  const opened = await SqliteJournal.open(join(directory, 'journal.sqlite'));
  if (opened.kind === 'busy') return opened;
  return { kind: 'opened', opened: { run: runId(name), directory, journal: opened.journal } };
}

async function numbersOf(runs: string, stem: string): Promise<number[]> {
  const names = await readdir(runs).catch(() => []);
  return names
    .filter((name) => name.startsWith(`${stem}-`))
    .map((name) => Number(name.slice(stem.length + 1)))
    .filter((number) => Number.isSafeInteger(number) && number > 0)
    .toSorted((left, right) => right - left);
}

/** Opens the journal to go on with, or a new one. Rejects with `STORE_UNWRITABLE`, `DISK_FULL` or `JOURNAL_*`. */
export async function openRunDirectory(runs: string, submissionDigest: string): Promise<OpenedRun> {
  const stem = `r${submissionDigest.slice(0, DIGEST_LENGTH)}`;
  const numbers = await numbersOf(runs, stem);
  const finished: number[] = [];
  for (const number of numbers) {
    const journal = await openJournal(runs, `${stem}-${number}`);
    if (journal.kind === 'busy') continue;
    if (!(await isFinished(journal.opened.journal))) return journal.opened;
    await journal.opened.journal.close();
    finished.push(number);
  }
  for (const number of finished.slice(FINISHED_RUNS_KEPT))
    await rm(join(runs, `${stem}-${number}`), { recursive: true, force: true });
  // A number may be taken by another process between our look and our opening.
  for (let number = (numbers[0] ?? 0) + 1; ; number += 1) {
    const journal = await openJournal(runs, `${stem}-${number}`);
    if (journal.kind === 'opened') return journal.opened;
  }
}
