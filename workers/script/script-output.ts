/**
 * Turns the raw output of a script into lines for people: bytes to text, carriage returns to line ends,
 * secrets masked, long build paths shortened to the variables that hold them, the end remembered for
 * error messages, everything written to a log file of bounded size.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { secretMask, secretTexts } from '../secrets/secret-mask.ts';

/** Longer lines are cut into several, so that a file without line ends can't fill the memory. */
const LINE_LENGTH_MAX = 64 * 1024;
/** Lines of the end that are kept for messages, and how much of each. */
const TAIL_LINES = 40;
const TAIL_LINE_LENGTH_MAX = 2_000;

/** A path, and what is shown instead: `$PREFIX`. */
export interface PathLabel {
  readonly path: string;
  readonly label: string;
}

/** What to hide and what to shorten. */
interface MaskingRules {
  /** Values, not names. A value of several lines is masked line by line. */
  readonly secrets: readonly string[];
  readonly labels: readonly PathLabel[];
}

/** Makes the function that masks one line: secrets first, then paths; of several matches the longest goes first. */
function lineMasker(rules: MaskingRules): (line: string) => string {
  const mask = secretMask(rules.secrets);
  const labels = rules.labels.filter(({ path }) => path !== '').toSorted(byLength);
  return (line) =>
    labels.reduce((shown, { path, label }) => shown.split(path).join(label), mask(line));
}

const byLength = (a: PathLabel, b: PathLabel): number => b.path.length - a.path.length;

/** Options of {@link ScriptOutput}. */
export interface ScriptOutputOptions extends MaskingRules {
  readonly logPath: string;
  /** The log goes on where an earlier script of the attempt left it. */
  readonly appendsLog?: boolean;
  /** What the log may hold before its middle is left out. */
  readonly logSizeBytesMax: number;
  readonly onLine: (line: string) => void;
}

/** Takes chunks as they come; `close` ends the last line and the log. The log is written at once: a crash keeps it. */
export class ScriptOutput {
  readonly #options: ScriptOutputOptions;
  readonly #mask: (line: string) => string;
  readonly #secrets: readonly string[];
  readonly #decoder = new StringDecoder('utf8');
  readonly #tail: string[] = [];
  readonly #log: number;
  #pending = '';
  #loggedBytes = 0;
  #leftOutLines = 0;

  /** Opens the log. Throws the system's error where it can't. */
  constructor(options: ScriptOutputOptions) {
    this.#options = options;
    this.#mask = lineMasker(options);
    this.#secrets = secretTexts(options.secrets);
    this.#log = openSync(options.logPath, options.appendsLog === true ? 'a' : 'w', 0o644);
  }

  /** The last lines, masked. */
  get tail(): readonly string[] {
    return this.#tail;
  }

  /** Throws the system's error when the log can't be written (disk full). */
  write(chunk: Uint8Array): void {
    this.#pending += this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    this.#emitLines(false);
  }

  /** Ends the last line and closes the log, which ends with the last lines also when it was cut. */
  close(): void {
    try {
      this.#pending += this.#decoder.end();
      this.#emitLines(true);
      if (this.#leftOutLines > 0) {
        const note = `[the log is full: ${this.#leftOutLines} lines left out; the last ones follow]`;
        writeSync(this.#log, `${[note, ...this.#tail].join('\n')}\n`);
      }
    } finally {
      closeSync(this.#log);
    }
  }

  #emitLines(isEnd: boolean): void {
    const lines: string[] = [];
    // A carriage return at the very end may be the first half of a line end.
    const complete = /\r\n|\n|\r(?!$)/g;
    let start = 0;
    for (const match of this.#pending.matchAll(complete)) {
      lines.push(...this.#cut(this.#pending.slice(start, match.index)));
      start = match.index + match[0].length;
    }
    this.#pending = this.#pending.slice(start);
    if (isEnd && this.#pending !== '') {
      lines.push(...this.#cut(this.#pending.replace(/\r$/, '')));
      this.#pending = '';
    } else if (this.#pending.length > LINE_LENGTH_MAX) {
      const pieces = this.#cut(this.#pending);
      this.#pending = pieces.pop() ?? '';
      lines.push(...pieces);
    }
    if (lines.length > 0) this.#emit(lines.map(this.#mask));
  }

  /** Pieces of at most LINE_LENGTH_MAX characters; no cut goes through a secret. */
  #cut(line: string): string[] {
    const pieces: string[] = [];
    let rest = line;
    while (rest.length > LINE_LENGTH_MAX) {
      const at = this.#secrets.reduce((cut, secret) => {
        const found = rest.indexOf(secret, Math.max(0, cut - secret.length + 1));
        return found > 0 && found < cut ? found : cut;
      }, LINE_LENGTH_MAX);
      pieces.push(rest.slice(0, at));
      rest = rest.slice(at);
    }
    return [...pieces, rest];
  }

  #emit(lines: readonly string[]): void {
    this.#append(lines);
    for (const line of lines) {
      this.#tail.push(line.slice(0, TAIL_LINE_LENGTH_MAX));
      this.#options.onLine(line);
    }
    this.#tail.splice(0, this.#tail.length - TAIL_LINES);
  }

  #append(lines: readonly string[]): void {
    const fitting: string[] = [];
    for (const line of lines) {
      const bytes = Buffer.byteLength(line) + 1;
      const fits = this.#loggedBytes + bytes <= this.#options.logSizeBytesMax;
      if (this.#leftOutLines > 0 || !fits) {
        this.#leftOutLines += 1;
      } else {
        this.#loggedBytes += bytes;
        fitting.push(`${line}\n`);
      }
    }
    if (fitting.length > 0) writeSync(this.#log, fitting.join(''));
  }
}
