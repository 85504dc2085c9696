/**
 * A task's news on the bus's log stream: one JSON object per line, several lines to a chunk. Best
 * effort and for people: a line that can't be read is skipped.
 */
import { canonicalJson } from './canonical-json.ts';
import type { LinePlace, TaskNews } from './ports/task-reporter.ts';

const KINDS: ReadonlySet<string> = new Set(['phase', 'line', 'progress', 'notice', 'finding']);

/** One line, with its line feed. */
export function taskNewsLine(news: TaskNews): string {
  return `${canonicalJson(news)}\n`;
}

/** The news of a chunk, in order. */
export function readTaskNews(chunk: string): readonly TaskNews[] {
  return chunk.split('\n').flatMap((line) => {
    const news = line === '' ? undefined : parseLine(line);
    return news === undefined ? [] : [news];
  });
}

function parseLine(line: string): TaskNews | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isTaskNews(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** True for news of a kind that this version knows; what is inside was written by the same program. */
export function isTaskNews(value: unknown): value is TaskNews {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  if (typeof value.kind !== 'string' || !KINDS.has(value.kind)) return false;
  return !('at' in value) || isLinePlace(value.at);
}

function isLinePlace(value: unknown): value is LinePlace {
  if (typeof value !== 'object' || value === null) return false;
  return 'epoch' in value && isCount(value.epoch) && 'index' in value && isCount(value.index);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
