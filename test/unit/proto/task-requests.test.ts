/** Queues by what tasks need: both sides come to the same name. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { subjectToken } from '#proto/subjects.ts';
import { taskOfferVersion } from '#proto/task-messages.ts';
import {
  meetsRequirements,
  nameList,
  NO_REQUESTS,
  poolName,
  poolPlatform,
  poolRequirements,
} from '#proto/task-requests.ts';
import { sha256Hex } from '../../support/rendered-outputs.ts';

const names = fc.array(fc.constantFrom('a', 'b', 'gpu', 'KEY', 'é', '😀', '￼'), { maxLength: 5 });
const needs = fc.record({ labels: names, secrets: names });
const pool = (requests: { labels: readonly string[]; secrets: readonly string[] }): string =>
  poolName('linux-64', requests, sha256Hex);

describe('the queue of a task', () => {
  it('is that of its platform where nothing more is needed', () => {
    assert.equal(pool(NO_REQUESTS), 'linux-64');
  });

  it('keeps its name from release to release', () => {
    const requests = { labels: ['gpu'], secrets: ['SIGNING_KEY'] };
    assert.equal(pool(requests), 'linux-64.b1e62ee75c781222');
  });

  it('does not depend on the order or repetition of what is needed', () => {
    fc.assert(
      fc.property(needs, (requests) => {
        const again = {
          labels: [...requests.labels.toReversed(), ...requests.labels],
          secrets: requests.secrets.toReversed(),
        };
        assert.equal(pool(again), pool(requests));
      }),
    );
  });

  it('is another one for other needs, also when a label is named as a secret', () => {
    fc.assert(
      fc.property(needs, needs, (one, other) => {
        const text = ({ labels, secrets }: typeof one): string =>
          JSON.stringify([nameList(labels), nameList(secrets)]);
        assert.equal(pool(one) === pool(other), text(one) === text(other));
      }),
    );
  });

  it('says its platform and fits into a subject', () => {
    fc.assert(
      fc.property(needs, (requests) => {
        assert.equal(poolPlatform(pool(requests)), 'linux-64');
        assert.ok(subjectToken(pool(requests)).length < 60);
      }),
    );
  });
});

describe('a worker', () => {
  const worker = { platform: 'linux-64', labels: ['gpu'], secretNames: ['KEY', 'OTHER'] };

  it('may take what asks for no more than it has', () => {
    for (const requests of [
      NO_REQUESTS,
      { labels: ['gpu'], secrets: [] },
      { labels: [], secrets: ['KEY'] },
      { labels: ['gpu'], secrets: ['OTHER', 'KEY'] },
    ])
      assert.ok(meetsRequirements(worker, poolRequirements(pool(requests), requests)));
  });

  it('may not take what asks for another platform, label or secret', () => {
    const lacking = [
      { labels: ['gpu', 'large-disk'], secrets: [] },
      { labels: [], secrets: ['gpu'] },
    ];
    for (const requests of lacking)
      assert.ok(!meetsRequirements(worker, poolRequirements(pool(requests), requests)));
    assert.ok(!meetsRequirements(worker, poolRequirements('osx-64', NO_REQUESTS)));
  });
});

describe('the version of an offer', () => {
  it('is the first where a worker of the first does the right thing', () => {
    assert.equal(taskOfferVersion({ ...NO_REQUESTS, memoryBytes: 5 }), 1);
    assert.equal(taskOfferVersion({ ...NO_REQUESTS, labels: ['a'] }), 2);
    assert.equal(taskOfferVersion({ ...NO_REQUESTS, secrets: ['a'] }), 2);
  });
});
