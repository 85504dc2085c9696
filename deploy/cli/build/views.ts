/** The view of a run that the flags ask for, on standard output where nothing else is said. */
import type { BuildView, TextSink } from '../present/build-event.ts';
import { JsonView } from '../present/json-view.ts';
import { LiveView } from '../present/live-view.ts';
import { PlainView } from '../present/plain-view.ts';
import { palette } from '../present/text.ts';
import type { OutputStyle } from './build-request.ts';

const TERMINAL_COLUMNS_DEFAULT = 100;
const TERMINAL_ROWS_DEFAULT = 24;

/** A terminal that was never told its size says 0. */
function sinkOf(stream: NodeJS.WriteStream): TextSink {
  return {
    write: (text) => void stream.write(text),
    get columns() {
      return stream.columns || TERMINAL_COLUMNS_DEFAULT;
    },
    get rows() {
      return stream.rows || TERMINAL_ROWS_DEFAULT;
    },
  };
}

/** See the file's head. */
export function viewOf(
  output: OutputStyle,
  stream: NodeJS.WriteStream = process.stdout,
): BuildView {
  const colors = palette(output.color);
  const sink = sinkOf(stream);
  if (output.style === 'json') return new JsonView(sink);
  if (output.style === 'fancy' && output.verbosity === 'normal')
    return new LiveView(sink, { colors, nowMs: Date.now });
  return new PlainView(sink, { colors, verbosity: output.verbosity });
}

/** A reader that goes away (`| head`) doesn't end a build: its packages and its exit code are still wanted. */
export function outliveReader(): void {
  process.stdout.removeAllListeners('error').on('error', () => undefined);
}
