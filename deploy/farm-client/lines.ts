/** Splits a stream of text into lines, each bounded. */
import { StageyardError } from '#proto/errors.ts';

const LINE_FEED = 0x0a;

/** Lines without their line feeds; a last one without is lost: it was cut off. Rejects with `MESSAGE_INVALID`. */
export async function* linesOf(
  chunks: AsyncIterable<unknown>,
  lineBytesMax: number,
): AsyncIterable<string> {
  let parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    if (!Buffer.isBuffer(chunk)) continue;
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      parts.push(chunk.subarray(start, end));
      yield Buffer.concat(parts).toString('utf8');
      parts = [];
      sizeBytes = 0;
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
    sizeBytes += chunk.length - start;
    if (sizeBytes <= lineBytesMax) continue;
    throw new StageyardError('MESSAGE_INVALID', `a line of more than ${lineBytesMax} bytes`);
  }
}
