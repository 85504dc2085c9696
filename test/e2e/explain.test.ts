/** `stageyard explain`, as people call it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Yard } from '../support/stageyard.ts';

const recipe = `package: {name: demo, version: "1.0"}
requirements:
  host:
    - python
    - zlib
`;

describe('stageyard explain', () => {
  const yard = new Yard();
  after(() => yard.remove());
  writeFileSync(join(yard.directory, 'recipe.yaml'), recipe);
  const flags = [
    '--target-platform=linux-64',
    '--variant',
    'python=3.12',
    '--variant',
    'zlib=1,2',
  ] as const;
  const explain = (...words: string[]) => yard.run(['explain', 'demo', ...flags, ...words]);

  it('tells values, reasons and places of each variant', async () => {
    const outcome = await explain();
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(
      outcome.stdout,
      /^demo 1\.0 py312h[0-9a-f]{7}_0\nhash [0-9a-f]{7}: SHA-1 of \{"python": "3\.12", /,
    );
    assert.match(
      outcome.stdout,
      / {2}python {2}"3\.12"\n {4}required without a version {2}recipe\.yaml:4:7 {2}python\n/,
    );
    assert.equal(outcome.stdout.match(/^demo 1\.0 /gm)?.length, 2);
  });

  it('explains one variant by its full name, as JSON', async () => {
    const [first]: { name: string; version: string; build: string }[] = JSON.parse(
      (await explain('--json')).stdout,
    );
    assert.ok(first);
    const full = `${first.name}-${first.version}-${first.build}`;
    const outcome = await yard.run(['explain', full, ...flags, '--json']);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.deepEqual(JSON.parse(outcome.stdout), [first]);
  });

  it('compares with a rendering in a file', async () => {
    const old = await yard.build([
      '--render-only',
      '--variant',
      'python=3.11',
      ...flags.slice(0, 1),
    ]);
    assert.equal(old.code, 0, old.stderr);
    writeFileSync(join(yard.directory, 'old.json'), old.stdout);
    const outcome = await explain('--against', 'old.json');
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /changed since demo 1\.0 py311h[0-9a-f]{7}_0 \(old\.json\)/);
    assert.match(outcome.stdout, / {2}variant python {2}"3\.11" → "3\.12"\n/);
    assert.match(outcome.stdout, / {2}variant zlib {2}\(not there\) → "2"\n/);
  });

  it('compares with a rendering for other values', async () => {
    const outcome = await explain('--against-variant', 'zlib=2');
    assert.match(outcome.stdout, / {2}variant zlib {2}"2" → "1"\n/);
    assert.match(outcome.stdout, /the same as demo 1\.0/);
  });

  it('says what it was not given', async () => {
    const unknown = await yard.run(['explain', 'nosuch', ...flags]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /explain nosuch: no such output: there are demo/);
    const unreadable = await explain('--against', 'nowhere.json');
    assert.equal(unreadable.code, 2);
    assert.match(unreadable.stderr, /--against nowhere\.json: can't be read \(ENOENT\)/);
    const wrong = await explain('--against', 'recipe.yaml');
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /not JSON/);
    const both = await explain('--against', 'old.json', '--against-variant', 'a=b');
    assert.equal(both.code, 2);
    const broken = await yard.run(['explain', 'demo', '-r', '-'], { input: 'package: 1' });
    assert.equal(broken.code, 1);
  });
});
