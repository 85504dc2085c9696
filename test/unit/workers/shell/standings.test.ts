/** What an offer is worth by the register of runs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runId } from '#proto/ids.ts';
import { isWanted, worthOf } from '#workers/shell/standings.ts';

const offer = { run: runId('r1'), generation: 3, term: 5 };
const standing = { generation: 3, state: 'open', term: 5 } as const;

describe('an offer', () => {
  const rows = [
    { stands: undefined, worth: 'wanted' },
    { stands: standing, worth: 'wanted' },
    { stands: { ...standing, state: 'paused' }, worth: 'wanted' },
    { stands: { ...standing, state: 'finished' }, worth: 'unwanted' },
    { stands: { ...standing, generation: 4 }, worth: 'unwanted' },
    { stands: { ...standing, term: 6 }, worth: 'older-term' },
    // What a coordinator wrote that led before the one that offered says nothing about it.
    { stands: { ...standing, state: 'finished', term: 4 }, worth: 'wanted' },
  ] as const;
  for (const { stands, worth } of rows) {
    it(`is ${worth} when its run stands like ${JSON.stringify(stands)}`, async () => {
      const standings = { read: async () => stands };
      assert.equal(await worthOf(standings, offer), worth);
      assert.equal(await isWanted(standings, offer), worth !== 'unwanted');
    });
  }
});
