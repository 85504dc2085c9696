/**
 * The process `stageyard coordinator`: waits for NATS and the store, wins the leadership, drives the farm, serves its
 * clients, and ends when it is told to or another one leads.
 *
 *     start ──> wait for the lead ──> replay the journal ──> lead ──> told to end, or another one leads ──> end
 *                      └───────────── an outage was too long <──┘
 */
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { startHttpServer, type HttpServer } from '#coordinator/http/http-server.ts';
import type { Farm } from '#coordinator/shell/farm.ts';
import { openFarm } from '#coordinator/shell/running-farm.ts';
import type { NatsLastValues } from '#proto/adapters/nats-last-values.ts';
import { NatsLeaderRecord } from '#proto/adapters/nats-leader-record.ts';
import { NatsRunRegister } from '#proto/adapters/nats-run-register.ts';
import { currentProcessIdentity } from '#proto/adapters/process-identity.ts';
import { RecordElection } from '#proto/adapters/record-election.ts';
import { monotonicClock, systemClock } from '#proto/adapters/system-clock.ts';
import { StageyardError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { LeaderElection } from '#proto/ports/leadership.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { CoordinatorConfig } from '../config/farm-config.ts';
import { connectBus, connectValues, type NatsCaller, saidOnce } from '../connect.ts';
import { isAbsence, type Patience, untilThere } from '../patience.ts';
import { openBlobs } from '../store/open-blobs.ts';
import { newScratchDirectory } from '../scratch-directory.ts';
import { Ending, untilAborted } from './ending.ts';
import { openLedJournal, whileLeading } from './open-journal.ts';
import { QueueWatch } from './queue-watch.ts';

/** What it runs with. */
export interface CoordinatorOptions {
  readonly config: CoordinatorConfig;
  readonly logger: Logger;
  /** Aborted: end in good order. */
  readonly signal: AbortSignal;
  /** One line for people. */
  readonly say: (line: string) => void;
  /** Called when clients can reach it. */
  readonly onListening?: (url: string) => void;
}

/** What clients are told while there is no farm. */
interface Standing {
  text: string;
  farm: Farm | undefined;
  /** There before any farm. */
  blobs: BlobStore | undefined;
}

interface Surroundings {
  readonly config: CoordinatorConfig;
  readonly caller: NatsCaller;
  readonly values: NatsLastValues;
  readonly election: LeaderElection;
  readonly blobs: BlobStore;
  readonly standing: Standing;
}

/**
 * Runs until the signal is aborted. Rejects with `LEADER_EXISTS`, `JOURNAL_CONFLICT` when another one leads,
 * `CONFIG_INVALID`, and what the services reject with.
 */
export async function runCoordinator(options: CoordinatorOptions): Promise<void> {
  const { signal } = options;
  const ending = new Ending();
  try {
    const surroundings = await prepare(options, ending);
    while (!signal.aborted) await reign(surroundings);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await ending.run();
  }
}

/** Clients are answered from the beginning on: they are told what the coordinator waits for. */
async function prepare(options: CoordinatorOptions, ending: Ending): Promise<Surroundings> {
  const { config, logger, signal, say } = options;
  const patience: Patience = { clock: systemClock, signal, say };
  const text = 'the coordinator waits for its store';
  const standing: Standing = { text, farm: undefined, blobs: undefined };
  const scratchDir = await newScratchDirectory('coordinator');
  ending.add(() => rm(scratchDir, { recursive: true, force: true }));
  const server = await startServer(options, { standing, scratchDir });
  ending.add(() => server.close());
  options.onListening?.(server.url);
  say(`clients reach the coordinator at ${server.url}`);
  const uploadsDir = join(dirname(config.logPath), 's3-uploads');
  const blobs = await openBlobs(config.store, { ...patience, uploadsDir });
  standing.blobs = blobs;
  standing.text = 'the coordinator waits for NATS';
  const name = 'stageyard-coordinator';
  const sayOfConnection = saidOnce(say);
  const caller = { ...patience, nats: config.nats, name, logger, sayOfConnection };
  const values = await connectValues(caller);
  ending.add(() => values.close());
  const election = new RecordElection({
    record: new NatsLeaderRecord(values),
    clock: monotonicClock,
    identity: currentProcessIdentity(),
    name: `${hostname()}, process ${process.pid}`,
  });
  return { config, caller, values, election, blobs, standing };
}

/** From winning the lead to its end. Rejects when it can't be won again. */
async function reign(surroundings: Surroundings): Promise<void> {
  const { config, caller, standing } = surroundings;
  const { say, signal } = caller;
  const ending = new Ending();
  try {
    const { lost } = await lead(surroundings, ending);
    say('the coordinator leads');
    const error = await Promise.race([lost, untilAborted(signal)]);
    if (error !== undefined) throw error;
    say('the coordinator ends');
  } catch (error) {
    if (signal.aborted || !mayLeadAgain(error, config)) throw error;
    standing.text = `the coordinator does not lead: ${error.message}`;
    say(standing.text);
  } finally {
    standing.farm = undefined;
    await ending.run();
  }
}

/** After an outage, and after another one's time for who is here to follow others. */
function mayLeadAgain(error: unknown, { isStandby }: CoordinatorConfig): error is StageyardError {
  if (isAbsence(error)) return true;
  return isStandby && error instanceof StageyardError && error.code === 'JOURNAL_CONFLICT';
}

/** Answers what resolves when it can't lead any more. */
async function lead(
  { config, caller, values, election, blobs, standing }: Surroundings,
  ending: Ending,
): Promise<{ readonly lost: Promise<StageyardError> }> {
  const { say, logger, clock } = caller;
  const onWaiting = (leader: string): void => {
    standing.text = `standby: another coordinator leads (${leader})`;
    say(standing.text);
  };
  const { journal, leadership } = await openLedJournal({ config, caller, election, onWaiting });
  ending.add(() => journal.close());
  ending.add(() => leadership.release());
  standing.text = 'the coordinator reads its journal';
  const bus = await connectBus(caller, { publisher: 'coordinator' });
  ending.add(() => bus.close());
  const register = new NatsRunRegister(values);
  const ports = { journal, bus, register, blobs, clock, logger, term: leadership.term };
  const signal = whileLeading(caller.signal, leadership);
  const queues = await QueueWatch.begin({ bus, values, clock });
  ending.add(async () => queues.stop());
  // The connection tells of NATS by itself.
  const onService = (what: 'bus' | 'store', problem: string | undefined): void => {
    if (what === 'store')
      say(problem === undefined ? 'the store is back' : `waiting for ${problem}`);
  };
  const open = async (): Promise<Farm> => {
    signal.throwIfAborted();
    return openFarm({ ...ports, isBusLost: await queues.areOthers(), onService });
  };
  const farm = await untilThere('NATS and the store', open, { ...caller, signal });
  ending.add(() => farm.close());
  await queues.remember();
  standing.farm = farm;
  return { lost: Promise.race([farm.lost, leadership.lost, queues.gone()]) };
}

function startServer(
  { config, logger }: CoordinatorOptions,
  { standing, scratchDir }: { standing: Standing; scratchDir: string },
): Promise<HttpServer> {
  const { listen, token } = config;
  return startHttpServer({
    farm: () => standing.farm,
    standing: () => standing.text,
    blobs: () => {
      if (standing.blobs === undefined) throw new RangeError('a farm has a store');
      return standing.blobs;
    },
    scratchDir,
    listen,
    ...(token === undefined ? {} : { token }),
    logger,
    clock: systemClock,
  });
}
