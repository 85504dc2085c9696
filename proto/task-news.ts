/**
 * A task's news on the bus's log stream: one JSON object per line, several lines to a chunk. Best
 * effort and for people: a line that can't be read is skipped.
 */
import { canonicalJson } from './canonical-json.ts';
import { exactly, jsonNumber, objectOf, oneOfKinds, optional } from './json-check.ts';
import { ifValid, jsonChoice, jsonCount, jsonText, readIfValid } from './json-shape.ts';
import { type LinePlace, TASK_STEPS, type TaskNews } from './ports/task-reporter.ts';
import { checkFinding } from './task-output-check.ts';

type News<K extends TaskNews['kind']> = Extract<TaskNews, { readonly kind: K }>;

const checkNews = oneOfKinds<TaskNews>({
  phase: objectOf<News<'phase'>>({
    kind: exactly('phase'),
    phase: jsonChoice(TASK_STEPS),
    detail: optional(jsonText),
  }),
  line: objectOf<News<'line'>>({
    kind: exactly('line'),
    text: jsonText,
    at: optional(objectOf<LinePlace>({ epoch: jsonCount, index: jsonCount })),
  }),
  progress: objectOf<News<'progress'>>({
    kind: exactly('progress'),
    what: jsonText,
    doneBytes: jsonNumber,
    totalBytes: optional(jsonNumber),
  }),
  notice: objectOf<News<'notice'>>({ kind: exactly('notice'), text: jsonText }),
  finding: objectOf<News<'finding'>>({ kind: exactly('finding'), finding: checkFinding }),
});

/** One line, with its line feed. */
export function taskNewsLine(news: TaskNews): string {
  return `${canonicalJson(news)}\n`;
}

/** The news of a chunk, in order. */
export function readTaskNews(chunk: string): readonly TaskNews[] {
  return chunk.split('\n').flatMap((line) => {
    const read = line === '' ? undefined : readIfValid(line, 'news', newsIn);
    return read === undefined ? [] : [read];
  });
}

/** News that are part of another document; undefined for what this version can't read. */
export function readNews(value: unknown): TaskNews | undefined {
  return ifValid(() => checkNews(value, 'news'));
}

function newsIn({ members, at }: { readonly members: unknown; readonly at: string }): TaskNews {
  return checkNews(members, at);
}
