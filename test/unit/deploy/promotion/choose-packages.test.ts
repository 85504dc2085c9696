import assert from 'node:assert/strict';
import test from 'node:test';
import type { Publication } from '#coordinator/core/state.ts';
import type { TaskView } from '#coordinator/shell/run-events.ts';
import type { FarmArtifact } from '#deploy/farm-client/farm-artifacts.ts';
import { choosePackages, type Requirement } from '#deploy/promotion/choose-packages.ts';
import { taskId } from '#proto/ids.ts';
import type { Finding } from '#proto/link-report.ts';
import { madePackage } from '../../../support/made-results.ts';
import { blobOf } from '../../../support/run-plans.ts';
import { taskView } from '../../../support/task-views.ts';

/** One package of the run. */
interface Wish {
  readonly name: string;
  readonly version?: string;
  readonly phase?: 'done' | 'failed' | 'blocked';
  readonly publication?: Publication;
  readonly withheldBy?: string;
  readonly isTested?: boolean;
  readonly depends?: readonly string[];
  readonly isOverlinked?: boolean;
}

const inChannel: Publication = { kind: 'settled', place: 'channel' };

const idOf = ({ name, version = '1' }: Wish) => taskId(`${name}-${version}`);

function viewOf(wish: Wish): TaskView {
  const { name, phase = 'done', publication = inChannel, withheldBy } = wish;
  const withheld = withheldBy === undefined ? {} : { withheldBy: taskId(withheldBy) };
  return taskView(idOf(wish), { title: name, phase, publication, ...withheld });
}

function artifactOf(wish: Wish): FarmArtifact {
  const { name, version = '1', depends = [], isTested = true, isOverlinked = false } = wish;
  const record = { name, version, build: 'h0_0', build_number: 0, subdir: 'noarch', depends };
  const made = madePackage(blobOf(name).digest, record);
  const finding: Finding = isOverlinked
    ? { kind: 'overlinking', severity: 'warning', message: 'libx.so.1 of nobody' }
    : { kind: 'overdepending', severity: 'warning', message: 'never used' };
  return {
    task: idOf(wish),
    title: name,
    record: made.record,
    blob: made.artifact,
    linkReport: { binaries: [], findings: [finding] },
    output: made,
    isTested,
    publication: wish.publication ?? inChannel,
  };
}

function choose(wishes: readonly Wish[], required: readonly Requirement[] = []) {
  const artifacts = wishes.filter(({ phase = 'done' }) => phase === 'done').map(artifactOf);
  const { chosen, left } = choosePackages({ tasks: wishes.map(viewOf), artifacts }, required);
  return { chosen: chosen.map(({ title }: FarmArtifact) => title), left };
}

test('what the farm let into the channel is chosen, in the order of the plan', () => {
  const { chosen, left } = choose([{ name: 'b' }, { name: 'a', depends: ['b >=1', 'other'] }]);
  assert.deepEqual(chosen, ['b', 'a']);
  assert.deepEqual(left, []);
});

test('what failed, waits, is withheld or could not be published stays behind, each with its reason', () => {
  const error = { code: 'DISK_FULL', message: 'the disk is full', context: {} } as const;
  const { chosen, left } = choose([
    { name: 'good' },
    { name: 'failed', phase: 'failed' },
    { name: 'blocked', phase: 'blocked' },
    { name: 'broken', publication: { kind: 'settled', place: 'broken' } },
    { name: 'untold', publication: { kind: 'none' } },
    { name: 'withheld', publication: { kind: 'none' }, withheldBy: 'broken-1' },
    { name: 'due', publication: { kind: 'due', place: 'channel' } },
    { name: 'full', publication: { kind: 'failed', place: 'channel', error } },
  ]);
  assert.deepEqual(chosen, ['good']);
  assert.deepEqual(left, [
    { title: 'failed', why: 'it was not built (failed)' },
    { title: 'blocked', why: 'it was not built (blocked)' },
    { title: 'broken', why: 'its test failed' },
    { title: 'untold', why: 'its test is not done' },
    { title: 'withheld', why: 'it needs broken, which stays behind' },
    { title: 'due', why: 'it is about to be published' },
    { title: 'full', why: 'the disk is full' },
  ]);
});

test('requirements are those of each package; what is not asked for is no obstacle', () => {
  const wishes = [
    { name: 'untested', isTested: false },
    { name: 'overlinked', isOverlinked: true },
    { name: 'good' },
  ];
  assert.deepEqual(choose(wishes).chosen, ['untested', 'overlinked', 'good']);
  assert.deepEqual(choose(wishes, ['tested']).chosen, ['overlinked', 'good']);
  const both = choose(wishes, ['tested', 'no-overlinking']);
  assert.deepEqual(both.chosen, ['good']);
  assert.equal(both.left[1]?.why, 'libx.so.1 of nobody');
});

test('who needs a package that stays behind stays too, however far away', () => {
  const { chosen, left } = choose(
    [
      { name: 'base', isTested: false },
      { name: 'middle', depends: ['base 1 h0_0'] },
      { name: 'top', depends: ['middle >=1,<2'] },
      { name: 'else' },
    ],
    ['tested'],
  );
  assert.deepEqual(chosen, ['else']);
  assert.deepEqual(
    left.map(({ title }) => title),
    ['base', 'middle', 'top'],
  );
});

test('another package of the same name that is promoted is enough for who can do with it', () => {
  const wishes = [
    { name: 'base', isTested: false },
    { name: 'base', version: '2' },
    { name: 'content', depends: ['base'] },
    { name: 'picky', depends: ['base 1.*'] },
  ];
  assert.deepEqual(choose(wishes, ['tested']).chosen, ['base', 'content']);
});

test('each package is compared with those of the names that it needs, once, however long the chain behind one that stays', () => {
  const count = 300;
  const names = Array.from({ length: count }, (_, index) => `p${index}`);
  // In this order each round finds one.
  const wishes = names
    .map((name, index) => ({ name, depends: [`p${index + 1} >=1`] }))
    .toReversed();
  const stays = { name: `p${count}`, publication: { kind: 'none' } } as const;
  let looks = 0;
  const tasks = [...wishes, stays].toReversed();
  const artifacts = tasks.map((wish) => {
    const made = artifactOf(wish);
    const record = { ...made.record };
    Object.defineProperty(record, 'version', { get: () => ((looks += 1), '1') });
    return { ...made, record };
  });
  const { chosen, left } = choosePackages({ tasks: tasks.map(viewOf), artifacts }, []);
  assert.deepEqual(chosen, []);
  assert.equal(left.length, count + 1);
  assert.ok(looks <= 2 * count, `${looks} versions were looked at`);
});
