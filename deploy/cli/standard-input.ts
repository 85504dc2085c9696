/** Text from standard input: bounded, and UTF-8 or refused. */
import { isUtf8 } from 'node:buffer';
import { readSync } from 'node:fs';
import { StageyardError, systemErrorCode } from '#proto/errors.ts';

/** A recipe has at most four million characters; this is more than their bytes. */
const INPUT_BYTES_MAX = 16 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** A terminal or pipe that has nothing yet. */
const RETRY_PAUSE_MS = 10;

/** Everything up to the end of the input. Throws `RECIPE_INVALID` when it is too long or no text. */
export function readStandardInput(): string {
  const chunks: Buffer[] = [];
  for (let size = 0; ; ) {
    const chunk = nextChunk();
    if (chunk.length === 0) break;
    chunks.push(chunk);
    size += chunk.length;
    if (size > INPUT_BYTES_MAX) throw refused(`more than ${INPUT_BYTES_MAX} bytes`);
  }
  const bytes = Buffer.concat(chunks);
  if (!isUtf8(bytes) || bytes.includes(0)) throw refused('no UTF-8 text');
  return bytes.toString('utf8');
}

function nextChunk(): Buffer {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (;;) {
    try {
      return chunk.subarray(0, readSync(0, chunk));
    } catch (error) {
      if (systemErrorCode(error) === 'EOF') return Buffer.alloc(0);
      if (systemErrorCode(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_PAUSE_MS);
    }
  }
}

function refused(what: string): StageyardError {
  return new StageyardError('RECIPE_INVALID', `standard input holds ${what}: is it a recipe?`);
}
