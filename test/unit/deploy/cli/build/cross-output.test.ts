import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { overlappingFiles, unusedStagingFiles } from '#deploy/cli/build/cross-output.ts';

const keep = (): boolean => false;
const lib = { name: 'lib', files: ['lib/liba.so'] };
const tools = { name: 'tools', files: ['bin/a', 'lib/liba.so'] };

describe('findings across outputs', () => {
  it('names staged files that no output packages', () => {
    const staged = {
      name: 'stage',
      files: ['bin/a', 'lib/liba.so', 'share/doc'],
      inheritors: [lib, tools],
    };
    assert.equal(
      unusedStagingFiles(staged, keep)[0]?.message,
      'stage: no output packages share/doc',
    );
    assert.deepEqual(
      unusedStagingFiles(staged, (path) => path === 'share/doc'),
      [],
    );
  });

  it('says nothing of unused files while an inheritor is missing', () => {
    assert.deepEqual(
      unusedStagingFiles({ name: 'stage', files: ['x'], inheritors: [lib, undefined] }, keep),
      [],
    );
  });

  it('names both outputs that package one file', () => {
    const found = overlappingFiles({ name: 'stage', files: [], inheritors: [tools, lib] });
    assert.deepEqual(
      found.map(({ message }) => message),
      ['lib and tools both package lib/liba.so'],
    );
  });

  it('does not take variants of one output for two outputs', () => {
    assert.deepEqual(
      overlappingFiles({ name: 'stage', files: [], inheritors: [lib, { ...lib }] }),
      [],
    );
  });
});
