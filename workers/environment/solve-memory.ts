/**
 * Answers of the solver, remembered on disk under the digest of the whole question: a build in which
 * nothing changed starts no solver. `<cache>/solves/<digest>.json`; a damaged file counts as absent.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import { StageyardError, systemErrorCode, wrapError } from '#proto/errors.ts';
import { decodePackageRecord, isObject } from './repodata-record.ts';
import type { SolveQuestion } from './solver-protocol.ts';

/** Another solver or another way of asking: another answer. */
const SOLVER = 'rattler-wasm 0.3.5, question 1';
const ANSWER_BYTES_MAX = 256 * 1024 ** 2;

/** Names a question: indexes count by their digest. */
export function digestOfQuestion(question: SolveQuestion): string {
  const channels = question.channels.map(({ name, url, subdirs }) => ({
    name,
    url,
    subdirs: subdirs.map(({ subdir, digest }) => [subdir, digest]),
  }));
  const text = JSON.stringify([
    SOLVER,
    question.specs,
    channels,
    question.platform,
    question.virtualPackages.map(({ name, version, build }) => [name, version, build]),
    question.channelPriority,
    question.excludeNewerMs ?? null,
  ]);
  return createHash('sha256').update(text).digest('hex');
}

function decodeAnswer(text: string): readonly RepodataRecord[] | undefined {
  const raw: unknown = JSON.parse(text);
  if (!isObject(raw) || raw.schema !== 1 || !Array.isArray(raw.records)) return undefined;
  const records: readonly unknown[] = raw.records;
  return records.map((item) => {
    const { fn, url, channel } = isObject(item) ? item : {};
    if (typeof fn !== 'string' || typeof url !== 'string' || typeof channel !== 'string') {
      throw new StageyardError('CHANNEL_INVALID', 'a remembered record has no place');
    }
    return { ...decodePackageRecord(item, { where: fn }), fn, url, channel };
  });
}

/** See the file's head. */
export class SolveMemory {
  readonly #directory: string;

  constructor(cacheDir: string) {
    this.#directory = join(cacheDir, 'solves');
  }

  /** The remembered answer, or undefined. */
  async recall(digest: string): Promise<readonly RepodataRecord[] | undefined> {
    try {
      const bytes = await readFile(join(this.#directory, `${digest}.json`));
      return bytes.length > ANSWER_BYTES_MAX ? undefined : decodeAnswer(bytes.toString('utf8'));
    } catch (error) {
      const isDamaged = error instanceof SyntaxError || error instanceof StageyardError;
      if (isDamaged || systemErrorCode(error) === 'ENOENT') return undefined;
      throw wrapError(error, 'while reading a remembered solve', 'STORE_UNWRITABLE');
    }
  }

  /** Stores an answer; a reader sees all of it or nothing. */
  async remember(digest: string, records: readonly RepodataRecord[]): Promise<void> {
    try {
      await mkdir(this.#directory, { recursive: true });
      const partial = join(
        this.#directory,
        `${digest}.${process.pid}-${Math.floor(performance.now() * 1000)}`,
      );
      await writeFile(partial, JSON.stringify({ schema: 1, records }));
      await rename(partial, join(this.#directory, `${digest}.json`));
    } catch (error) {
      throw wrapError(error, 'while remembering a solve', 'STORE_UNWRITABLE');
    }
  }
}
