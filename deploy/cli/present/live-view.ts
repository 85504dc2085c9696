/**
 * Live progress on a terminal: finished things scroll by as plain lines, below them one line for each
 * running task: what it does, for how long, and the last line its script wrote. Redrawn ten times a
 * second at most, and only when something changed.
 */
import type { BuildEvent, BuildView, TextSink } from './build-event.ts';
import { plainLine } from './plain-view.ts';
import { reasonLine } from './reason-text.ts';
import { summaryLines } from './summary.ts';
import { clip, displayWidth } from './display-width.ts';
import { formatDuration, formatSize, type Palette, printable } from './text.ts';

const REDRAW_MS = 100;
/** Rows left to the scrolled lines when many tasks run. */
const ROWS_KEPT = 4;
const COLUMNS_MIN = 20;

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
  /** Lines on the screen, without colours. */
  private drawn: readonly string[] = [];
  private total = 0;
  private ended = 0;
  private waiting = '';
  private isClosed = false;

  constructor(sink: TextSink, options: LiveOptions) {
    this.sink = sink;
    this.options = options;
  }

  show(event: BuildEvent): void {
    this.follow(event);
    this.animate();
    const line = plainLine(event, this.titles, this.options.colors);
    if (line !== undefined && event.event !== 'task-started' && event.event !== 'task-phase')
      this.scroll(line);
    if (event.event === 'summary') {
      this.close();
      this.sink.write(`${summaryLines(event.summary, this.options.colors).join('\n')}\n`);
    }
  }

  pause(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.erase();
  }

  close(): void {
    this.isClosed = true;
    this.pause();
  }

  private animate(): void {
    if (this.isClosed || this.total === 0) return;
    this.timer ??= setInterval(() => this.draw(), REDRAW_MS);
    this.timer.unref();
  }

  private follow(event: BuildEvent): void {
    if (event.event === 'run-planned') {
      for (const task of event.tasks) this.titles.set(task.task, `${task.kind} ${task.title}`);
      this.total = event.tasks.length;
    } else if (event.event === 'task-started') {
      this.running.set(event.task, {
        title: `${event.kind} ${event.title}`,
        startedAtMs: event.atMs,
        phase: '',
        last: '',
      });
    } else if (event.event === 'run-resumed') {
      this.ended = event.finishedTasks;
    } else if (event.event === 'waiting') {
      this.waiting = event.reasons.map(reasonLine).join('; ');
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
    this.sink.write(this.eraser());
    this.drawn = [];
  }

  /**
   * Takes back what was drawn, line by line: terminals keep a screen that is cleared as a whole in their history.
   * One that became narrower since has broken its lines; the line below may hold an echoed `^C`.
   */
  private eraser(): string {
    const rows = this.drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / this.sink.columns)),
      0,
    );
    return rows > 0 ? `\r\u001b[2K${'\u001b[1A\u001b[2K'.repeat(rows)}` : '';
  }

  private draw(): void {
    if (this.timer === undefined) return;
    const { colors } = this.options;
    const lines = this.lines();
    if (lines.length === this.drawn.length && lines.every((line, at) => line === this.drawn[at]))
      return;
    const before = this.eraser();
    this.drawn = lines;
    const last = this.drawn.length - 1;
    const shown = this.drawn.map((line, index) => (index === last ? colors.bold(line) : line));
    this.sink.write(`${before}${shown.join('\n')}\n`);
  }

  /** One line a running task, the last one counts; each shorter than the terminal is wide. */
  private lines(): readonly string[] {
    const width = Math.max(COLUMNS_MIN, this.sink.columns) - 1;
    const room = Math.max(1, this.sink.rows - ROWS_KEPT);
    const tasks = [...this.running.values()];
    const lines = tasks.slice(0, room).map((task) => this.taskLine(task, width));
    if (tasks.length > room) lines.push(clip(`  … and ${tasks.length - room} more`, width));
    const waiting = this.waiting === '' ? '' : `; waiting: ${this.waiting}`;
    lines.push(clip(`${this.ended} of ${this.total} tasks${waiting}`, width));
    return lines.slice(-Math.max(1, this.sink.rows - 1));
  }

  private taskLine({ title, startedAtMs, phase, last }: RunningTask, width: number): string {
    const parts = [
      clip(title, Math.max(COLUMNS_MIN, Math.floor(width / 2))),
      formatDuration(this.options.nowMs() - startedAtMs),
      phase,
      printable(last.replaceAll('\t', ' ')),
    ];
    return clip(`  ${parts.filter((part) => part !== '').join('  ')}`, width);
  }
}
