import assert from 'node:assert/strict';
import test from 'node:test';
import { untilThere } from '#deploy/patience.ts';
import { StageyardError } from '#proto/errors.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const absent = new StageyardError('BLOB_STORE_UNAVAILABLE', 'nobody answers');

function patience(clock: FakeClock, said: string[], waitMsMax?: number) {
  const signal = new AbortController().signal;
  const bound = waitMsMax === undefined ? {} : { waitMsMax };
  return { clock, signal, say: (line: string) => void said.push(line), ...bound };
}

test('a service that is away is waited for, which is said once, and so is its coming', async () => {
  const clock = new FakeClock();
  const said: string[] = [];
  let tries = 0;
  const open = async (): Promise<string> => {
    tries += 1;
    if (tries < 4) throw absent;
    return 'opened';
  };
  const opening = untilThere('the store', open, patience(clock, said));
  await clock.advance(60_000);
  assert.equal(await opening, 'opened');
  assert.deepEqual(said, ['waiting for the store: nobody answers', 'the store is there']);
});

test('waiting ends after its time with the error of the service', async () => {
  const clock = new FakeClock();
  const said: string[] = [];
  const open = (): Promise<never> => Promise.reject(absent);
  const opening = untilThere('the store', open, patience(clock, said, 10_000));
  const refused = assert.rejects(opening, absent);
  await clock.advance(20_000);
  await refused;
  assert.equal(clock.sleeperCount, 0);
});

test('what no waiting mends is told at once', async () => {
  const clock = new FakeClock();
  const wrong = new StageyardError('CONFIG_INVALID', 'wrong credentials');
  const opening = untilThere('the store', () => Promise.reject(wrong), patience(clock, []));
  await assert.rejects(opening, wrong);
});
