import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunPathFacts, RunPathRoom } from '#wasm-inspect/host/report.ts';
import {
  type FileEdit,
  planRelink,
  type RelinkPlanInput,
  wantedTag,
} from '#workers/linking/relink-plan.ts';
import { elfSlice } from '../../../support/linking.ts';

const room: RunPathRoom = {
  offset: 1000,
  value: 300,
  segmentOffset: 64,
  segmentSize: 1016,
  sizeEntryOffset: 2000,
  entryOffset: 2200,
};
const nothing: RunPathFacts = { capacities: { rpath: 0, runpath: 0 }, room: null };
const place = (offset: number, capacity: number, entryOffset: number) => ({
  offset,
  capacity,
  entryOffset,
});

function plan(changes: Partial<RelinkPlanInput>): unknown {
  const result = planRelink({
    slice: elfSlice({ rpath: null }),
    facts: nothing,
    wanted: 'rpath',
    runPath: '$ORIGIN',
    ...changes,
  });
  return result.kind === 'edit' ? readable(result.edits) : result;
}

// [offset, bytes in hex or the source of a copy]
const readable = (edits: readonly FileEdit[]): unknown =>
  edits.map((edit) => [
    edit.offset,
    'bytes' in edit ? Buffer.from(edit.bytes).toString('hex') : `${edit.copyFrom}+${edit.length}`,
  ]);

const hex = (text: string): string => Buffer.from(text).toString('hex');

describe('a relink plan', () => {
  it('knows the tag of a platform', () => {
    assert.equal(wantedTag('linux-64'), 'rpath');
    assert.equal(wantedTag('android-aarch64'), 'runpath');
  });

  it('changes nothing in a file that has the text already', () => {
    const slice = elfSlice({
      rpath: '$ORIGIN',
      places: {
        interpreter: null,
        soname: null,
        rpath: place(10, 8, 100),
        runpath: null,
        rpaths: [],
      },
    });
    assert.deepEqual(plan({ slice }), { kind: 'unchanged' });
  });

  it('leaves a file to patchelf that has neither text nor room', () => {
    assert.deepEqual(plan({}), { kind: 'patchelf', because: 'no-entry' });
    const full = { ...nothing, room: { ...room, entryOffset: null } };
    assert.deepEqual(plan({ facts: full }), { kind: 'patchelf', because: 'no-entry' });
    const slice = elfSlice({
      rpath: '/x',
      places: {
        interpreter: null,
        soname: null,
        rpath: place(10, 3, 100),
        runpath: null,
        rpaths: [],
      },
    });
    const facts = { ...nothing, capacities: { rpath: 3, runpath: 0 } };
    assert.deepEqual(plan({ slice, facts }), { kind: 'patchelf', because: 'no-room' });
  });

  it('overwrites no byte of an old text that another name uses', () => {
    const slice = elfSlice({
      rpath: '/long/enough/lib',
      places: {
        interpreter: null,
        soname: null,
        rpath: place(10, 17, 100),
        runpath: null,
        rpaths: [],
      },
    });
    const facts = { ...nothing, capacities: { rpath: 13, runpath: 0 } };
    assert.deepEqual(plan({ slice, facts }), [
      [10, `${hex('$ORIGIN')}000000000000`],
      [100, '0f00000000000000'],
    ]);
  });

  it('gives a file without any run path a new text and a spare entry', () => {
    assert.deepEqual(plan({ facts: { ...nothing, room } }), [
      [1000, hex('$ORIGIN\0')],
      [64 + 32, 'f803000000000000'],
      [64 + 40, 'f803000000000000'],
      [2008, '3401000000000000'],
      [2200, '0f00000000000000'],
      [2208, '2c01000000000000'],
    ]);
  });

  it('writes words in the width and order of the file', () => {
    const slice = elfSlice({ rpath: null, bits: 32, byteOrder: 'big' });
    assert.deepEqual(plan({ slice, facts: { ...nothing, room }, wanted: 'runpath' }), [
      [1000, hex('$ORIGIN\0')],
      [64 + 16, '000003f8'],
      [64 + 20, '000003f8'],
      [2004, '00000134'],
      [2200, '0000001d'],
      [2204, '0000012c'],
    ]);
  });

  it('refers both old entries to a new text, and blanks what nobody else uses', () => {
    const slice = elfSlice({
      rpath: '/a',
      runpath: '/bb',
      places: {
        interpreter: null,
        soname: null,
        rpath: place(10, 3, 100),
        runpath: place(20, 4, 116),
        rpaths: [],
      },
    });
    const facts = { capacities: { rpath: 0, runpath: 4 }, room };
    assert.deepEqual(plan({ slice, facts }), [
      [20, '00000000'],
      [1000, hex('$ORIGIN\0')],
      [96, 'f803000000000000'],
      [104, 'f803000000000000'],
      [2008, '3401000000000000'],
      [100, '0f00000000000000'],
      [108, '2c01000000000000'],
      [116, '0f00000000000000'],
      [124, '2c01000000000000'],
    ]);
  });

  it('refers both old entries to the wanted one when that has room', () => {
    const slice = elfSlice({
      rpath: '/long/enough',
      runpath: '/bb',
      places: {
        interpreter: null,
        soname: null,
        rpath: place(10, 13, 100),
        runpath: place(30, 4, 116),
        rpaths: [],
      },
    });
    const facts = { ...nothing, capacities: { rpath: 13, runpath: 4 } };
    assert.deepEqual(plan({ slice, facts }), [
      [30, '00000000'],
      [10, `${hex('$ORIGIN')}000000000000`],
      [100, '0f00000000000000'],
      [116, '0f00000000000000'],
      [124, '108+8'],
    ]);
  });
});
