import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { withTemporaryDirectory } from '../../support/temporary-directory.ts';

const folder = join(import.meta.dirname, '../../../wasm-inspect');

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .toSorted();
}

describe('the generated component', () => {
  it('is what its sources make, byte for byte', async () => {
    await withTemporaryDirectory(async (directory) => {
      execFileSync(process.execPath, [join(folder, 'component/build.ts'), directory]);
      const committed = join(folder, 'generated');
      assert.deepEqual(filesBelow(committed), filesBelow(directory));
      for (const file of filesBelow(directory)) {
        const isSame = readFileSync(join(committed, file)).equals(
          readFileSync(join(directory, file)),
        );
        assert.ok(isSame, `${file} is out of date: npm run generate`);
      }
    });
  });
});
