/** A directory of its own for each test, removed when the test ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Makes it; answers its absolute path. */
export async function temporaryDirectory(test: Pick<TestContext, 'after'>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'stageyard-test-'));
  test.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
