/** Which of several coordinators a client asks. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { StageyardError } from '#proto/errors.ts';
import { runId } from '#proto/ids.ts';
import type { Clock } from '#proto/ports/clock.ts';
import { FarmLink } from '#deploy/farm-client/farm-link.ts';
import { altered } from '../../../support/altered.ts';
import { FarmHouse } from '../../../support/farm-house.ts';
import { HttpFarm } from '../../../support/http-farm.ts';

const name = runId('r-1');

describe('a client of several coordinators', () => {
  let house: FarmHouse;
  let first: HttpFarm;
  let second: HttpFarm;
  let both: readonly string[];

  beforeEach(async () => {
    house = new FarmHouse();
    first = new HttpFarm(house, { standing: () => 'standby: another coordinator leads (b)' });
    second = new HttpFarm(house, { standing: () => 'standby: another coordinator leads (a)' });
    for (const door of [first, second]) await door.open();
    both = [first.url, second.url];
  });
  afterEach(async () => {
    for (const door of [first, second]) await door.close();
  });

  it('asks the one that leads, also when all is asked at once, and says nothing about it', async () => {
    second.farm = await house.coordinator();
    const client = first.client({ addresses: both, patienceMs: 0 });
    const answers = await Promise.all([client.runs(1), client.farm(), client.runs(1)]);
    assert.equal(answers.length, 3);
    assert.deepEqual(first.said, []);
  });

  it('goes on with the standby after the death of the leader, and back', async () => {
    first.farm = await house.coordinator();
    const client = first.client({ addresses: both });
    await client.submit(await house.plan(name));
    const port = await first.shut();
    await first.farm.close();
    second.farm = await house.coordinator();
    assert.deepEqual(
      (await client.runs(9)).map(({ run }) => run),
      [name],
    );
    await second.shut();
    await second.farm.close();
    second.farm = undefined;
    await first.open(port);
    first.farm = await house.coordinator();
    assert.equal((await client.run(name)).listing.run, name);
    assert.deepEqual(first.said, []);
    await second.open();
  });

  it('waits for a standby although another one is not there, and names all where none is', async () => {
    const client = first.client({ addresses: ['http://127.0.0.1:9', first.url], patienceMs: 0 });
    const told = async (...addresses: readonly string[]): Promise<StageyardError> => {
      const error = await first
        .client({ addresses, patienceMs: 0 })
        .runs(1)
        .catch((failure: unknown) => failure);
      assert.ok(error instanceof StageyardError);
      return error;
    };
    const asked = client.runs(1);
    first.farm = await house.coordinator();
    assert.deepEqual(await asked, []);
    const { code, message } = await told('http://127.0.0.1:9', 'http://127.0.0.1:19');
    assert.equal(code, 'FARM_UNREACHABLE');
    assert.match(message, /no farm answers at http:\/\/127\.0\.0\.1:9 .*; no farm .*:19 /);
  });
});

describe('the patience of a client', () => {
  let pastMs = 0;
  const clock = altered<Clock>(systemClock, { nowMs: () => systemClock.nowMs() + pastMs });

  it('begins with the first failure: what went well before may have taken longer', async () => {
    const link = new FarmLink({
      addresses: ['http://a'],
      clock,
      patienceMs: 60_000,
      say: () => undefined,
    });
    await link.persist(undefined, async () => 'hello');
    let tries = 0;
    const answer = await link.persist(undefined, async () => {
      tries += 1;
      if (tries > 1) return 'all of it';
      pastMs += 3_600_000;
      throw new Error('the connection broke');
    });
    assert.equal(answer, 'all of it');
  });

  it('is not used up by a run in which nothing happens', { timeout: 20_000 }, async (context) => {
    const house = new FarmHouse();
    const door = new HttpFarm(house);
    context.after(() => door.close());
    door.farm = await house.coordinator();
    await door.open();
    const client = door.client({ clock });
    await client.submit(await house.plan(name));
    const opened: string[] = [];
    for await (const event of client.events(name)) {
      if (event.kind !== 'opened') continue;
      opened.push(event.run);
      if (opened.length === 2) break;
      pastMs += 3_600_000;
      await door.open(await door.shut());
    }
    assert.deepEqual(opened, [name, name]);
  });
});
