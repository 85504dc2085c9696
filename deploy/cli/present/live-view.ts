/**
 * Live progress on a terminal: finished things scroll by as plain lines, below them one line for each
 * running task: what it does, for how long, and the last line its script wrote. Redrawn ten times a
 * second at most, and only when something changed.
 */
import type { BuildEvent, BuildView, TextSink } from './build-event.ts';
import { plainLine } from './plain-view.ts';
import { summaryLines } from './summary.ts';
import { clip, formatDuration, formatSize, type Palette, printable } from './text.ts';

const REDRAW_MS = 100;
/** Rows left to the scrolled lines when many tasks run. */
const ROWS_KEPT = 4;

interface RunningTask {
  readonly title: string;
  readonly startedAtMs: number;
  phase: string;
  last: string;
}

/** Needs `nowMs` so that a test can bring its own time. */
export interface LiveOptions {
  readonly colors: Palette;
  readonly nowMs: () => number;
}

/** See the file's head. */
export class LiveView implements BuildView {
  private readonly titles = new Map<string, string>();
  private readonly running = new Map<string, RunningTask>();
  private readonly sink: TextSink;
  private readonly options: LiveOptions;
  private timer: NodeJS.Timeout | undefined;
  private drawnLines = 0;
  private total = 0;
  private ended = 0;

  constructor(sink: TextSink, options: LiveOptions) {
    this.sink = sink;
    this.options = options;
  }

  show(event: BuildEvent): void {
    this.follow(event);
    const line = plainLine(event, this.titles, this.options.colors);
    if (line !== undefined && event.event !== 'task-started' && event.event !== 'task-phase')
      this.scroll(line);
    if (event.event === 'summary') {
      this.close();
      this.sink.write(`${summaryLines(event.summary, this.options.colors).join('\n')}\n`);
    }
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.erase();
  }

  private follow(event: BuildEvent): void {
    if (event.event === 'run-planned') {
      for (const task of event.tasks) this.titles.set(task.task, `${task.kind} ${task.title}`);
      this.total = event.tasks.length;
      this.timer ??= setInterval(() => this.draw(), REDRAW_MS);
      this.timer.unref();
    } else if (event.event === 'task-started') {
      this.running.set(event.task, {
        title: `${event.kind} ${event.title}`,
        startedAtMs: event.atMs,
        phase: '',
        last: '',
      });
    } else if (event.event === 'task-ended') {
      this.running.delete(event.task);
      if (event.state !== 'retried') this.ended += 1;
    } else if ('task' in event) {
      const task = this.running.get(event.task);
      if (task !== undefined) this.update(task, event);
    }
  }

  private update(task: RunningTask, event: BuildEvent): void {
    if (event.event === 'task-phase') {
      task.phase = event.detail === undefined ? event.phase : `${event.phase}: ${event.detail}`;
      task.last = '';
    } else if (event.event === 'task-line') {
      task.last = event.text;
    } else if (event.event === 'task-progress') {
      const total = event.totalBytes === undefined ? '' : ` of ${formatSize(event.totalBytes)}`;
      task.last = `${event.what} ${formatSize(event.doneBytes)}${total}`;
    }
  }

  private scroll(line: string): void {
    this.erase();
    this.sink.write(`${line}\n`);
    this.draw();
  }

  private erase(): void {
    if (this.drawnLines > 0) this.sink.write(`\u001b[${this.drawnLines}A\u001b[0J`);
    this.drawnLines = 0;
  }

  private draw(): void {
    if (this.timer === undefined) return;
    const { colors } = this.options;
    const width = Math.max(20, this.sink.columns);
    const room = Math.max(1, this.sink.rows - ROWS_KEPT);
    const tasks = [...this.running.values()];
    const lines = tasks.slice(0, room).map((task) => {
      const text = `  ${task.title}  ${formatDuration(this.options.nowMs() - task.startedAtMs)}  ${task.phase}${task.last === '' ? '' : `  ${printable(task.last)}`}`;
      return clip(text, width - 1);
    });
    if (tasks.length > room) lines.push(clip(`  … and ${tasks.length - room} more`, width - 1));
    lines.push(clip(`${this.ended} of ${this.total} tasks`, width - 1));
    const before = this.drawnLines > 0 ? `\u001b[${this.drawnLines}A\u001b[0J` : '';
    this.sink.write(
      `${before}${lines.map((line, index) => (index === lines.length - 1 ? colors.bold(line) : line)).join('\n')}\n`,
    );
    this.drawnLines = lines.length;
  }
}
