/** Documents, questions and news from outside: read when they fit, refused with their place when not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '#proto/canonical-json.ts';
import {
  controlText,
  readCoordinatorAnswer,
  readCoordinatorRequest,
  readWorkerAnswer,
  readWorkerRequest,
} from '#proto/control-messages.ts';
import { StageyardError } from '#proto/errors.ts';
import { runId, taskId, workerId } from '#proto/ids.ts';
import { readTaskInputs, readTaskOutput, readTaskSpec } from '#proto/task-documents.ts';
import { readTaskNews, taskNewsLine } from '#proto/task-news.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import { madeResult } from '../../support/made-results.ts';
import { output, planInput, recipe, scriptTest, staging } from '../../support/rendered-outputs.ts';

const planned = planRun(
  planInput([recipe([output({ name: 'a', staging: [staging('b')], tests: [scriptTest()] })])]),
);
assert.ok(planned.ok);
const specs = planned.value.tasks.map(({ spec }) => spec);

const isInvalid = (error: unknown): boolean =>
  error instanceof StageyardError && error.code === 'MESSAGE_INVALID';

/** Texts of a document in which one value, wherever it is, is an object instead. */
function alterations(document: object): readonly string[] {
  const texts: string[] = [];
  const visit = (value: unknown, alter: (changed: unknown) => unknown): void => {
    if (typeof value !== 'object' || value === null) {
      texts.push(JSON.stringify(alter({ other: 'thing' })));
      return;
    }
    for (const [key, member] of Object.entries(value)) {
      const copyWith = (changed: unknown): unknown =>
        Array.isArray(value)
          ? value.map((item, index) => (String(index) === key ? changed : item))
          : { ...value, [key]: changed };
      visit(member, (changed) => alter(copyWith(changed)));
    }
  };
  visit(document, (changed) => changed);
  return texts;
}

describe('documents of tasks', () => {
  it('of every kind read back equal', () => {
    assert.equal(specs.length, 3);
    for (const spec of specs) {
      assert.deepEqual(readTaskSpec(canonicalJson(spec)), spec);
      assert.deepEqual(readTaskOutput(canonicalJson(madeResult(spec))), madeResult(spec));
    }
    const inputs = { artifacts: [], snapshots: [] };
    assert.deepEqual(readTaskInputs(canonicalJson(inputs)), inputs);
  });

  it('are read although the clock was set back while they were made', () => {
    for (const spec of specs) {
      const result = { ...madeResult(spec), measures: { wallMs: -3_600_000, scriptMs: 5 } };
      assert.deepEqual(readTaskOutput(canonicalJson(result)), result);
    }
  });

  it('with a missing or wrong member are refused and the member is named', () => {
    for (const spec of specs) {
      for (const key of [
        'schema',
        'kind',
        'run',
        'task',
        'staticKey',
        'recipe',
        'platforms',
        'settings',
        'channels',
      ]) {
        const text = canonicalJson({ ...spec, [key]: undefined });
        assert.throws(
          () => readTaskSpec(text),
          (error) => isInvalid(error) && String(error).includes(key),
        );
      }
      const result = madeResult(spec);
      for (const key of ['schema', 'kind', 'exactKey', 'measures', 'findings']) {
        const text = canonicalJson({ ...result, [key]: 7 });
        assert.throws(
          () => readTaskOutput(text),
          (error) => isInvalid(error),
        );
      }
    }
    assert.throws(() => readTaskInputs('{"artifacts":[{}],"snapshots":[]}'), isInvalid);
    assert.throws(() => readTaskSpec(canonicalJson({ ...specs[0], schema: 2 })), /another version/);
  });

  it('with another thing in the place of any value are refused', () => {
    for (const spec of specs) {
      for (const text of alterations(spec))
        assert.throws(() => readTaskSpec(text), isInvalid, text);
      for (const text of alterations(madeResult(spec)))
        assert.throws(() => readTaskOutput(text), isInvalid, text);
    }
  });

  it('with a name that leads to another place are refused', () => {
    const names = ['..', '../a', 'a/b', '/a', 'a\\b', 'a\0b', 'a\u001b[2Jb', '', 'x'.repeat(300)];
    const spec = specs.find(({ kind }) => kind === 'package');
    assert.ok(spec?.kind === 'package');
    const result = madeResult(spec);
    assert.ok(result.kind === 'package');
    for (const name of names) {
      const { output: made, recipe: from, platforms } = spec;
      for (const changed of [
        { ...spec, output: { ...made, name } },
        { ...spec, output: { ...made, version: name } },
        { ...spec, output: { ...made, build: { ...made.build, string: name } } },
        { ...spec, platforms: { ...platforms, target: name } },
        { ...spec, recipe: { ...from, recipeFile: name } },
      ])
        assert.throws(() => readTaskSpec(canonicalJson(changed)), isInvalid, name);
      for (const key of ['fn', 'subdir', 'name']) {
        const record = { ...result.record, [key]: name };
        assert.throws(() => readTaskOutput(canonicalJson({ ...result, record })), isInvalid, name);
      }
    }
  });

  it('of any other content are refused and nothing else happens', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const readers = [
          readTaskSpec,
          readTaskInputs,
          readTaskOutput,
          readWorkerRequest,
          readWorkerAnswer,
        ];
        for (const read of [...readers, readCoordinatorRequest, readCoordinatorAnswer]) {
          assert.throws(() => read(text), isInvalid);
        }
        readTaskNews(text);
      }),
      { seed: 3 },
    );
  });
});

describe('questions and answers', () => {
  it('read back equal', () => {
    const attempt = { run: runId('r1'), generation: 1, task: taskId('package:a-1-0'), epoch: 3 };
    for (const kind of ['cancel', 'holds'] as const) {
      const request = { kind, attempt, term: 2 };
      assert.deepEqual(readWorkerRequest(controlText(request)), request);
    }
    const question = { kind: 'redelivered', attempt, worker: workerId('w1') } as const;
    assert.deepEqual(readCoordinatorRequest(controlText(question)), question);
    assert.deepEqual(readWorkerAnswer(controlText({ holds: true })), { holds: true });
    const answer = { verdict: 'wait', term: 2 } as const;
    assert.deepEqual(readCoordinatorAnswer(controlText(answer)), answer);
  });
});

describe('news of tasks', () => {
  it('are lines; what can’t be read is skipped', () => {
    const one = { kind: 'line', text: 'a\nb' } as const;
    const two = { kind: 'phase', phase: 'script' } as const;
    const chunk = `${taskNewsLine(one)}{"kind":"other"}\nhalf a li\n5\n${taskNewsLine(two)}`;
    assert.deepEqual(readTaskNews(chunk), [one, two]);
    const broken = [
      '{"kind":"line"}',
      '{"kind":"line","text":5}',
      '{"kind":"finding","finding":null}',
    ];
    assert.deepEqual(readTaskNews(broken.join('\n')), []);
  });
});
