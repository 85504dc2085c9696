/** `--json`: one event a line on standard output, as it is. */
import type { BuildEvent, BuildView, TextSink } from './build-event.ts';

/** Writes every event as a JSON line. */
export class JsonView implements BuildView {
  private readonly sink: TextSink;

  constructor(sink: TextSink) {
    this.sink = sink;
  }

  show(event: BuildEvent): void {
    this.sink.write(`${JSON.stringify(event)}\n`);
  }

  pause(): void {
    // Every line was written whole.
  }

  close(): void {
    // Nothing is held back.
  }
}
