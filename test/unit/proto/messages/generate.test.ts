import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { generateMessages } from '#proto/messages/generate.ts';

const COMMITTED = fileURLToPath(new URL('../../../../proto/messages/generated', import.meta.url));

test('the committed protobuf code is what the .proto files give', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'generate-messages-'));
  try {
    await generateMessages(directory);
    for (const name of ['messages.js', 'messages.d.ts']) {
      const fresh = await readFile(join(directory, name), 'utf8');
      const committed = await readFile(join(COMMITTED, name), 'utf8');
      assert.ok(fresh === committed, `${name} is out of date: run npm run generate`);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});
