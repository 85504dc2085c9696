/** The last lines of running scripts, for those who begin to look in the middle. Bounded in all directions. */
import type { TaskId } from '#proto/ids.ts';
import type { TaskNews } from '#proto/ports/task-reporter.ts';

/** Characters of one task's lines, line feeds included; the newest line is kept whatever its length. */
const CHARS_MAX = 256 * 1024;
/** Tasks; the one that was silent longest goes first. */
const TASKS_MAX = 200;

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

/** See the file's head. */
export class LiveLines {
  readonly #byTask = new Map<TaskId, Held>();

  /**
   * Hears news; others than lines, lines of an earlier attempt and those that came already are ignored. Answers the
   * news, with a number for the line of an older worker, which gave none.
   */
  add(task: TaskId, news: TaskNews): TaskNews {
    if (news.kind !== 'line') return news;
    const before = this.#byTask.get(task);
    const next = before === undefined ? 0 : before.first + before.lines.length - before.gone;
    const at = news.at ?? { epoch: before?.epoch ?? 0, index: next };
    const numbered = { ...news, at };
    const { epoch, index } = at;
    const isNew = before === undefined || epoch > before.epoch;
    if (!isNew && (epoch < before.epoch || index < next)) return numbered;
    const held = isNew || index > next ? emptyAt(epoch, index) : before;
    this.#hold(task, held);
    held.lines.push(news.text);
    held.chars += news.text.length + 1;
    dropOldest(held);
    return numbered;
  }

  /** Another attempt began; its first lines may have been here before the word of it. */
  begin(task: TaskId, epoch: number): void {
    const before = this.#byTask.get(task);
    if (before === undefined || before.epoch < epoch) this.#hold(task, emptyAt(epoch, 0));
  }

  of(task: TaskId): HeardLines | undefined {
    const held = this.#byTask.get(task);
    if (held === undefined) return undefined;
    const { epoch, first, lines, gone } = held;
    return { epoch, first, lines: lines.slice(gone) };
  }

  #hold(task: TaskId, held: Held): void {
    this.#byTask.delete(task);
    this.#byTask.set(task, held);
    const oldest = this.#byTask.keys().next();
    if (this.#byTask.size > TASKS_MAX && !oldest.done) this.#byTask.delete(oldest.value);
  }
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
