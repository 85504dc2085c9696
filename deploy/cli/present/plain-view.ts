/** Plain lines for files, pipes and CI: one line an event that matters, script output only when asked for. */
import type { BuildEvent, BuildView, TextSink } from './build-event.ts';
import { reasonLine } from './reason-text.ts';
import { summaryLines } from './summary.ts';
import { formatDuration, headOf, type Palette, printable } from './text.ts';

/** What plain lines say of an event, without the summary; undefined when it is not worth a line. */
export function plainLine(
  event: BuildEvent,
  titles: ReadonlyMap<string, string>,
  colors: Palette,
): string | undefined {
  const about = (task: string): string => colors.bold(titles.get(task) ?? task);
  switch (event.event) {
    case 'run-planned': {
      const tasks = `${event.tasks.length} ${event.tasks.length === 1 ? 'task' : 'tasks'}`;
      if (event.farm !== undefined) return `${tasks} on the farm ${event.farm}, run ${event.run}`;
      const slots = `${event.slots} ${event.slots === 1 ? 'slot' : 'slots'} × ${event.threadsPerSlot} ${event.threadsPerSlot === 1 ? 'thread' : 'threads'}`;
      return `${tasks} on ${slots}, run ${event.run}`;
    }
    case 'run-resumed':
      return `run ${event.run}: ${event.finishedTasks === 1 ? '1 task was' : `${event.finishedTasks} tasks were`} finished before`;
    case 'task-started':
      return `${colors.dim('start')} ${about(event.task)}${event.attempt > 1 ? ` (attempt ${event.attempt})` : ''}`;
    case 'task-phase':
      return event.detail === undefined
        ? undefined
        : `  ${about(event.task)}: ${event.phase}, ${printable(event.detail)}`;
    case 'task-notice':
      return `  ${about(event.task)}: ${printable(event.text)}`;
    case 'task-ended': {
      const state =
        event.state === 'done'
          ? colors.green(event.reused ? 'reused' : 'done')
          : colors.red(event.state);
      if (event.state === 'blocked') return `${state} ${about(event.task)}`;
      const rest = event.message === undefined ? '' : `: ${headOf(event.message)}`;
      const where = event.worker === undefined ? '' : ` on ${printable(event.worker)}`;
      return `${state} ${about(event.task)}${where} in ${formatDuration(event.wallMs)}${rest}`;
    }
    case 'waiting': {
      const stuck = event.reasons.filter(({ isStuck }) => isStuck);
      if (stuck.length === 0) return undefined;
      return `${colors.yellow('waiting')} ${stuck.map(reasonLine).join('; ')}`;
    }
    case 'published':
      return `${colors.green('published')} ${event.title}`;
    case 'notice':
      return printable(event.text);
    case 'task-line':
    case 'task-progress':
    case 'task-finding':
    case 'summary':
      return undefined;
  }
}

/** How much {@link PlainView} says. */
export interface PlainOptions {
  readonly colors: Palette;
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
}

/** See the file's head. */
export class PlainView implements BuildView {
  private readonly titles = new Map<string, string>();
  private readonly sink: TextSink;
  private readonly options: PlainOptions;

  constructor(sink: TextSink, options: PlainOptions) {
    this.sink = sink;
    this.options = options;
  }

  show(event: BuildEvent): void {
    if (event.event === 'run-planned')
      for (const task of event.tasks) this.titles.set(task.task, `${task.kind} ${task.title}`);
    if (event.event === 'summary') {
      this.sink.write(`${summaryLines(event.summary, this.options.colors).join('\n')}\n`);
      return;
    }
    if (this.options.verbosity === 'quiet') return;
    if (event.event === 'task-line' && this.options.verbosity === 'verbose') {
      this.sink.write(
        `${this.options.colors.dim(`${this.titles.get(event.task) ?? event.task} |`)} ${printable(event.text)}\n`,
      );
      return;
    }
    const line = plainLine(event, this.titles, this.options.colors);
    if (line !== undefined) this.sink.write(`${line}\n`);
  }

  pause(): void {
    // Nothing changes.
  }

  close(): void {
    // Every line was written whole.
  }
}
