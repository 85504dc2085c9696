/** A text as lines that are taken out, moved and put in; whatever isn't touched stays as it is, line ends too. */
import { SourceText, type TextRange } from '../problems.ts';
import type { YamlNode } from '../yaml/document.ts';

/** A change: `removed` lines from `at` on (from 0) give way to `added` ones. */
export interface LineEdit {
  readonly at: number;
  readonly removed: number;
  readonly added: readonly string[];
}

/** Offset behind the last character that belongs to a node, comments not counted. */
function endOf(node: YamlNode): number {
  if (node.kind === 'scalar') return node.range.end;
  const children =
    node.kind === 'list'
      ? node.items
      : node.entries.flatMap(({ key, value }): YamlNode[] => [key, value]);
  return Math.max(node.range.start, ...children.map(endOf));
}

// Of changes at one line the replacement goes first, so that what is put in stands before it.
const fromBottom = (a: LineEdit, b: LineEdit): number => b.at - a.at || b.removed - a.removed;

/** See the file's head. Lines and columns count from 0. */
export class TextLines {
  readonly lines: readonly string[];
  readonly #source: SourceText;
  readonly #lineEnd: string;

  constructor(text: string) {
    this.#source = new SourceText('', text);
    this.lines = text.split('\n');
    this.#lineEnd = this.lines[0]?.endsWith('\r') === true ? '\r' : '';
  }

  /** Line and column of an offset. */
  place(offset: number): { readonly line: number; readonly column: number } {
    const { line, column } = this.#source.position(offset);
    return { line: line - 1, column: column - 1 };
  }

  /** The text of a line without its end. */
  line(index: number): string {
    return (this.lines[index] ?? '').replace(/\r$/, '');
  }

  /** True if there is nothing on a line. */
  isBlank(index: number): boolean {
    return this.line(index).trim() === '';
  }

  /** True for a line with nothing but a comment that is indented by `column` or less. */
  isComment(index: number, column: number): boolean {
    const match = /^( *)#/.exec(this.line(index));
    return match !== null && (match[1] ?? '').length <= column;
  }

  /** The first of the comment lines directly above a line, or the line itself. */
  firstCommentAbove(index: number, column: number): number {
    let first = index;
    while (first > 0 && this.isComment(first - 1, column)) first -= 1;
    return first;
  }

  /** The last line that a node is written on. */
  lastLine(node: YamlNode): number {
    const { text } = this.#source;
    let end = endOf(node);
    while (end > 0 && /\s/.test(text[end - 1] ?? '')) end -= 1;
    return this.place(Math.max(0, end - 1)).line;
  }

  /** True if a mapping or list is written with braces or brackets. */
  isFlow(range: TextRange): boolean {
    return /[[{]/.test(this.#source.text[range.start] ?? '');
  }

  /** The text after some changes, which must not overlap. */
  edited(edits: readonly LineEdit[]): string {
    const lines = [...this.lines];
    for (const { at, removed, added } of edits.toSorted(fromBottom)) {
      lines.splice(at, removed, ...added.map((line) => line.replace(/\r$/, '') + this.#lineEnd));
    }
    return lines.join('\n');
  }
}
