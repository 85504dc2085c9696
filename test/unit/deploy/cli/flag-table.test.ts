import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import { registerBuild } from '#deploy/cli/build/register.ts';
import { buildFlags, flagKey, flagsDocument } from '#deploy/cli/flag-table.ts';

const documentPath = new URL('../../../../docs/flags.md', import.meta.url);

describe('flag table', () => {
  it('is what docs/flags.md says', () => {
    if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(documentPath, flagsDocument());
    assert.equal(readFileSync(documentPath, 'utf8'), flagsDocument());
  });

  it('gives every row its own key', () => {
    const keys = buildFlags.map(flagKey);
    const twice = keys.filter((key, index) => keys.indexOf(key) !== index);
    assert.deepEqual(twice, ['test'], '--test and --no-test share one value on purpose');
  });

  it('makes a command line that commander accepts', () => {
    const program = new Command();
    registerBuild(program);
    assert.equal(program.commands[0]?.name(), 'build');
  });
});
