/** Whether a coordinator notices that its queues aren't what they were. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { QueueWatch } from '#deploy/farm/queue-watch.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

it('queues that are removed while a farm opens are missed, and those after them are others', async () => {
  const clock = new FakeClock();
  let [queues, text] = ['first', 'first'];
  const bus = { queuesIdentity: async () => queues };
  const values = {
    names: { queuesSubject: 'queues' },
    get: async () => ({ sequence: 1, text }),
    put: async (_subject: string, written: string) => {
      text = written;
      return 1;
    },
  };
  const watch = await QueueWatch.begin({ bus, values, clock });
  assert.equal(await watch.areOthers(), false);
  queues = '';
  await watch.remember();
  const gone = watch.gone();
  await clock.advance(5_000);
  assert.equal((await gone).code, 'BUS_UNAVAILABLE');
  queues = 'second';
  assert.equal(await (await QueueWatch.begin({ bus, values, clock })).areOthers(), true);
});
