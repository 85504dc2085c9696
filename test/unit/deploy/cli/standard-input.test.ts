import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkout } from '../../../support/stageyard.ts';

function reading(input: Buffer | string): { readonly code: number | null; readonly text: string } {
  const module = JSON.stringify(join(checkout, 'deploy/cli/standard-input.ts'));
  const script = `const { readStandardInput } = await import(${module}); process.stdout.write(readStandardInput())`;
  const words = ['--input-type=module', '--eval', script];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 25,
  });
  return { code: status, text: status === 0 ? stdout : stderr };
}

describe('standard input', () => {
  it('is read to its end', () => {
    const text = 'grün\n'.repeat(100_000);
    assert.deepEqual(reading(text), { code: 0, text });
  });

  it('is refused when it is no text, or has no end', () => {
    assert.match(reading(Buffer.from([0xff, 0xfe])).text, /standard input holds no UTF-8 text/);
    assert.match(reading(Buffer.alloc(17 << 20, 'a')).text, /holds more than 16777216 bytes/);
  });
});
