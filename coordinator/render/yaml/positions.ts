/** From a place in a scalar's text to the place in the file: quotes and block indentation lie between. */
import type { TextRange } from '../problems.ts';
import type { YamlScalar } from './document.ts';

/** Offset in `source` of character `offset` of a literal block, or undefined. */
function offsetInBlock(scalar: YamlScalar, source: string, offset: number): number | undefined {
  const before = scalar.text.slice(0, offset);
  const lineIndex = before.split('\n').length - 1;
  const column = offset - (before.lastIndexOf('\n') + 1);
  let lineStart = source.indexOf('\n', scalar.range.start) + 1;
  for (let line = 0; line < lineIndex && lineStart > 0; line += 1) {
    lineStart = source.indexOf('\n', lineStart) + 1;
  }
  if (lineStart === 0 || lineStart > scalar.range.end) return undefined;
  const text = scalar.text.split('\n')[lineIndex] ?? '';
  const lineEnd = source.indexOf('\n', lineStart);
  const written = source
    .slice(lineStart, lineEnd === -1 ? source.length : lineEnd)
    .replace(/\r$/, '');
  return written.endsWith(text) ? lineStart + written.length - text.length + column : undefined;
}

/** Range in the file of a stretch of a scalar's text; the whole scalar where escapes or folding moved it. */
export function rangeInScalar(
  scalar: YamlScalar,
  source: string,
  span: { readonly offset: number; readonly length: number },
): TextRange {
  const { start, end } = scalar.range;
  const length = Math.max(1, span.length);
  if (source.slice(start, end) === scalar.text) {
    return { start: start + span.offset, end: start + span.offset + length };
  }
  if (source.slice(start + 1, end - 1) === scalar.text) {
    return { start: start + 1 + span.offset, end: start + 1 + span.offset + length };
  }
  if (scalar.block) {
    const at = offsetInBlock(scalar, source, span.offset);
    if (at !== undefined) return { start: at, end: at + length };
  }
  return scalar.range;
}
