/**
 * What rendering has to say about a recipe or a variant file: always with a place, always all of it at once.
 * A problem is plain data; `formatProblem` turns it into the text that people read (spec 8.4).
 */
import type { ErrorCode } from '#proto/error-codes.ts';

/** Half-open range of a text, in UTF-16 code units. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** `error` refuses the recipe; `warning` and `notice` do not. */
export type Severity = 'error' | 'warning' | 'notice';

/** One finding about one place. `line` and `column` count from 1; `line` 0 means the file as a whole. */
export interface RecipeProblem {
  readonly code: ErrorCode;
  readonly severity: Severity;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Characters to underline, at least 1. */
  readonly length: number;
  /** The whole line at `line`, or empty. */
  readonly excerpt: string;
  /** What to change. */
  readonly help?: string;
}

/** What a finder of a problem knows; the place is added by the {@link SourceText}. */
export interface ProblemDraft {
  readonly message: string;
  readonly range?: TextRange | undefined;
  readonly help?: string | undefined;
  readonly code?: ErrorCode;
  readonly severity?: Severity;
}

/** Longest excerpt line shown whole; a longer one is cut around the place. */
const EXCERPT_WIDTH_MAX = 160;

/** A text with a name, which knows its lines. */
export class SourceText {
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: number[] = [0];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
      this.#lineStarts.push(at + 1);
    }
  }

  /** Line and column (from 1) of an offset; offsets beyond the text are its end. */
  position(offset: number): { readonly line: number; readonly column: number } {
    const at = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - (this.#lineStarts[low] ?? 0) + 1 };
  }

  /** The text of a line (from 1) without its line break. */
  lineText(line: number): string {
    const start = this.#lineStarts[line - 1] ?? this.text.length;
    const end = this.#lineStarts[line] ?? this.text.length + 1;
    return this.text.slice(start, end - 1).replace(/\r$/, '');
  }

  /** Adds the place to a draft. A range over several lines is shown up to the end of its first line. */
  problem(draft: ProblemDraft): RecipeProblem {
    const common = {
      code: draft.code ?? 'RECIPE_INVALID',
      severity: draft.severity ?? 'error',
      message: draft.message,
      file: this.file,
      ...(draft.help === undefined ? {} : { help: draft.help }),
    } as const;
    if (draft.range === undefined) {
      return { ...common, line: 0, column: 0, length: 1, excerpt: '' };
    }
    const { line, column } = this.position(draft.range.start);
    const excerpt = this.lineText(line);
    const wanted = draft.range.end - draft.range.start;
    const length = Math.max(1, Math.min(wanted, excerpt.length - column + 1));
    return { ...common, line, column, length, excerpt };
  }
}

/** Collects problems of one file; a problem at the same place with the same words is kept once. */
export class ProblemList {
  readonly source: SourceText;
  readonly #problems: RecipeProblem[] = [];
  readonly #seen = new Set<string>();
  readonly #code: ErrorCode;

  /** `code` is for problems that bring none of their own. */
  constructor(source: SourceText, code: ErrorCode = 'RECIPE_INVALID') {
    this.source = source;
    this.#code = code;
  }

  /** Adds one problem. */
  report(draft: ProblemDraft): void {
    const problem = this.source.problem({ code: this.#code, ...draft });
    const key = `${problem.line}:${problem.column}:${problem.message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#problems.push(problem);
  }

  /** Number of problems that refuse the recipe. */
  get errorCount(): number {
    return this.#problems.filter((problem) => problem.severity === 'error').length;
  }

  /** Problems of one severity, in the order of the text. */
  ofSeverity(...severities: readonly Severity[]): RecipeProblem[] {
    const chosen = this.#problems.filter((problem) => severities.includes(problem.severity));
    return chosen.sort((a, b) => a.line - b.line || a.column - b.column);
  }
}

/** The part of a long line around the place, and the column in that part. */
function excerptWindow(problem: RecipeProblem): { text: string; column: number } {
  if (problem.excerpt.length <= EXCERPT_WIDTH_MAX) {
    return { text: problem.excerpt, column: problem.column };
  }
  const start = Math.max(0, problem.column - 1 - EXCERPT_WIDTH_MAX / 4);
  const cut = problem.excerpt.slice(start, start + EXCERPT_WIDTH_MAX);
  const lead = start > 0 ? '…' : '';
  return { text: `${lead}${cut}…`, column: problem.column - start + lead.length };
}

/** The message with place, excerpt, underline and help; several lines, no trailing line break. */
export function formatProblem(problem: RecipeProblem): string {
  const lines = [`${problem.severity}[${problem.code}]: ${problem.message}`];
  if (problem.line === 0) {
    lines.push(`  --> ${problem.file}`);
  } else {
    const { text, column } = excerptWindow(problem);
    const gutter = String(problem.line);
    const pad = ' '.repeat(gutter.length);
    const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
    const underline = '^'.repeat(Math.max(1, Math.min(problem.length, text.length - column + 1)));
    lines.push(
      `${pad}--> ${problem.file}:${problem.line}:${problem.column}`,
      `${pad} |`,
      `${gutter} | ${text}`,
      `${pad} | ${indent}${underline}`,
    );
  }
  if (problem.help !== undefined) {
    const [first = '', ...rest] = problem.help.split('\n');
    lines.push(`  = help: ${first}`, ...rest.map((line) => `          ${line}`));
  }
  return lines.map(visible).join('\n');
}

/** Control characters of a recipe can't move the cursor; each keeps its column. */
function visible(line: string): string {
  // oxlint-disable-next-line no-control-regex
  return line.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '\ufffd');
}

/** Several problems as one text, an empty line between them. */
export function formatProblems(problems: readonly RecipeProblem[]): string {
  return problems.map(formatProblem).join('\n\n');
}
