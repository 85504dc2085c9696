/** The last lines of running scripts, for those who begin to look in the middle. Bounded in all directions. */
import type { TaskId } from '#proto/ids.ts';
import type { TaskNews } from '#proto/ports/task-reporter.ts';

/** Lines of one task. */
const LINES_MAX = 500;
/** Of a longer line its beginning is kept. */
const LINE_CHARS_MAX = 2_000;
/** Tasks; the one that was silent longest goes first. */
const TASKS_MAX = 200;

/** See the file's head. */
export class LiveLines {
  readonly #byTask = new Map<TaskId, string[]>();

  /** Hears news; others than lines are ignored. */
  add(task: TaskId, news: TaskNews): void {
    if (news.kind !== 'line') return;
    const lines = this.#byTask.get(task) ?? [];
    this.#byTask.delete(task);
    this.#byTask.set(task, lines);
    lines.push(news.text.slice(0, LINE_CHARS_MAX));
    if (lines.length > LINES_MAX) lines.shift();
    const oldest = this.#byTask.keys().next();
    if (this.#byTask.size > TASKS_MAX && !oldest.done) this.#byTask.delete(oldest.value);
  }

  /** Begins anew: another attempt. */
  clear(task: TaskId): void {
    this.#byTask.delete(task);
  }

  of(task: TaskId): readonly string[] {
    return [...(this.#byTask.get(task) ?? [])];
  }
}
