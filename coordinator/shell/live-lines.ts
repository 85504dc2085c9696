/** The last lines of all running scripts of a farm, for those who begin to look in the middle. Bounded in all directions. */
import type { RunId, TaskId } from '#proto/ids.ts';
import type { TaskNews } from '#proto/ports/task-reporter.ts';

/** Characters of one task's lines, line feeds included; the newest line is kept whatever its length. */
const CHARS_MAX = 256 * 1024;
/** Tasks, and characters of them all; the one that was silent longest goes first. */
const TASKS_MAX = 20_000;
const ALL_CHARS_MAX = 128 * 1024 * 1024;

/** Lines of one attempt without a gap. */
export interface HeardLines {
  readonly epoch: number;
  /** Index of the first one among all lines of the attempt. */
  readonly first: number;
  readonly lines: readonly string[];
}

interface Held {
  readonly epoch: number;
  first: number;
  readonly lines: string[];
  /** At the beginning of `lines`, empty: taking each away by itself would move all others each time. */
  gone: number;
  chars: number;
}

/** Which script. */
export interface LineSource {
  readonly run: RunId;
  readonly task: TaskId;
}

/** See the file's head. */
export class LiveLines {
  readonly #byTask = new Map<string, Held>();
  #newest: Held | undefined;
  #chars = 0;

  /**
   * Hears news; others than lines, lines of an earlier attempt and those that came already are ignored. Answers the
   * news, with a number for the line of an older worker, which gave none.
   */
  add(source: LineSource, news: TaskNews): TaskNews {
    if (news.kind !== 'line') return news;
    const before = this.#byTask.get(keyOf(source));
    const next = before === undefined ? 0 : before.first + before.lines.length - before.gone;
    const at = news.at ?? { epoch: before?.epoch ?? 0, index: next };
    const numbered = { ...news, at };
    const { epoch, index } = at;
    const isNew = before === undefined || epoch > before.epoch;
    if (!isNew && (epoch < before.epoch || index < next)) return numbered;
    const held = isNew || index > next ? emptyAt(epoch, index) : before;
    this.#hold(keyOf(source), held);
    const charsBefore = held.chars;
    held.lines.push(news.text);
    held.chars += news.text.length + 1;
    dropOldest(held);
    this.#chars += held.chars - charsBefore;
    this.#bound();
    return numbered;
  }

  /** Another attempt began; its first lines may have been here before the word of it. */
  begin(source: LineSource, epoch: number): void {
    const before = this.#byTask.get(keyOf(source));
    if (before !== undefined && before.epoch >= epoch) return;
    this.#hold(keyOf(source), emptyAt(epoch, 0));
    this.#bound();
  }

  of(source: LineSource): HeardLines | undefined {
    const held = this.#byTask.get(keyOf(source));
    if (held === undefined) return undefined;
    const { epoch, first, lines, gone } = held;
    return { epoch, first, lines: lines.slice(gone) };
  }

  /** All of them are stored. */
  forget(source: LineSource): void {
    this.#forget(keyOf(source));
  }

  #hold(key: string, held: Held): void {
    // Lines come many at a time.
    if (held === this.#newest) return;
    this.#forget(key);
    this.#byTask.set(key, held);
    this.#chars += held.chars;
    this.#newest = held;
  }

  #bound(): void {
    if (this.#chars <= ALL_CHARS_MAX && this.#byTask.size <= TASKS_MAX) return;
    const [oldest] = this.#byTask;
    if (oldest !== undefined && oldest[1] !== this.#newest) this.#forget(oldest[0]);
  }

  #forget(key: string): void {
    const held = this.#byTask.get(key);
    if (held === undefined) return;
    this.#chars -= held.chars;
    this.#byTask.delete(key);
    if (held === this.#newest) this.#newest = undefined;
  }
}

function keyOf({ run, task }: LineSource): string {
  return `${run} ${task}`;
}

function emptyAt(epoch: number, first: number): Held {
  return { epoch, first, lines: [], gone: 0, chars: 0 };
}

function dropOldest(held: Held): void {
  const { lines } = held;
  while (held.chars > CHARS_MAX && lines.length - held.gone > 1) {
    held.chars -= (lines[held.gone]?.length ?? 0) + 1;
    lines[held.gone] = '';
    held.gone += 1;
    held.first += 1;
  }
  if (held.gone * 2 > lines.length) held.gone -= lines.splice(0, held.gone).length;
}
