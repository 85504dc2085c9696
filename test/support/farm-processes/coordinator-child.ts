/**
 * `coordinator-child.ts WISH`: the process of `stageyard coordinator`, with faults at places of the test's choice.
 * What is broken are the ports' classes, before the program begins: its own code is as it is.
 */
import { NatsBus } from '#proto/adapters/nats-bus.ts';
import { NatsJournal } from '#proto/adapters/nats-journal.ts';
import { decodeFarmEntry } from '#coordinator/core/fact-codec.ts';
import { runCoordinator } from '#deploy/farm/coordinator.ts';
import { openLogger } from '#deploy/logger.ts';
import { replaceMethod } from '../altered.ts';
import { type CoordinatorWish, die, runChild, shortenLeases, wishOf } from './child-words.ts';

const { config, leaseMs, diesAfterEntries, offersTwice } = wishOf<CoordinatorWish>();

function dieAfter(entryCount: number): void {
  let count = 0;
  replaceMethod(
    NatsJournal.prototype,
    'append',
    (append) =>
      async function (this: NatsJournal, body, expected) {
        const outcome = await append.call(this, body, expected);
        count += 1;
        if (count === entryCount) die(`entry ${expected + 1}`, factsOf(body));
        return outcome;
      },
  );
}

function factsOf(body: Uint8Array): readonly string[] {
  const { steps } = decodeFarmEntry(new TextDecoder().decode(body));
  return steps.flatMap(({ submitted, facts }) => [
    ...(submitted === undefined ? [] : ['run-submitted']),
    ...facts.map(({ kind }) => kind),
  ]);
}

function offerTwice(): void {
  replaceMethod(
    NatsBus.prototype,
    'offer',
    (offer) =>
      async function (this: NatsBus, queue, messageId, body) {
        await offer.call(this, queue, `${messageId}/again`, body);
        return offer.call(this, queue, messageId, body);
      },
  );
}

shortenLeases(leaseMs, true);
if (diesAfterEntries !== undefined) dieAfter(diesAfterEntries);
if (offersTwice === true) offerTwice();
await runChild(async (surroundings) => {
  const logger = await openLogger({ path: config.logPath, isVerbose: true });
  await runCoordinator({ ...surroundings, config, logger });
});
