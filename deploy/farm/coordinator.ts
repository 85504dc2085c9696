/**
 * The process `stageyard coordinator`: waits for NATS and the store, wins the leadership, drives the farm, serves its
 * clients, and ends when it is told to or another one leads.
 */
import { startHttpServer, type HttpServer } from '#coordinator/http/http-server.ts';
import type { Farm } from '#coordinator/shell/farm.ts';
import { openFarm } from '#coordinator/shell/running-farm.ts';
import { NatsBus } from '#proto/adapters/nats-bus.ts';
import { NatsLastValues } from '#proto/adapters/nats-last-values.ts';
import { NatsRunRegister } from '#proto/adapters/nats-run-register.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import type { StageyardError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { CoordinatorConfig } from '../config/farm-config.ts';
import { type Patience, untilThere } from '../patience.ts';
import { openBlobs } from '../store/open-blobs.ts';
import { Ending } from './ending.ts';
import { type LedJournal, openLedJournal } from './open-journal.ts';

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

/**
 * Runs until the signal is aborted. Rejects with `LEADER_EXISTS`, `JOURNAL_CONFLICT` when another one leads,
 * `CONFIG_INVALID`, and what the services reject with.
 */
export async function runCoordinator(options: CoordinatorOptions): Promise<void> {
  const { config, signal, say } = options;
  const patience: Patience = { clock: systemClock, signal, say };
  const ending = new Ending();
  const standing = { text: 'the coordinator is starting', farm: undefined as Farm | undefined };
  try {
    const blobs = await openBlobs(config.store, patience);
    const server = await startServer(options, blobs, standing);
    ending.add(() => server.close());
    options.onListening?.(server.url);
    say(`clients reach the coordinator at ${server.url}`);
    const { lost } = await lead(options, { patience, blobs, ending, standing });
    say('the coordinator leads');
    const error = await Promise.race([lost, aborted(signal)]);
    if (error !== undefined) throw error;
    say('the coordinator ends');
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await ending.run();
  }
}

interface LeadParts {
  readonly patience: Patience;
  readonly blobs: BlobStore;
  readonly ending: Ending;
  readonly standing: { text: string; farm: Farm | undefined };
}

/** Answers what resolves when it can't lead any more. */
async function lead(
  { config, logger }: CoordinatorOptions,
  { patience, blobs, ending, standing }: LeadParts,
): Promise<{ readonly lost: Promise<StageyardError> }> {
  const { say } = patience;
  const { credentials, tls, servers, farm: farmName } = config.nats;
  const connection = {
    servers,
    credentials,
    ...(tls === undefined ? {} : { tls }),
    name: 'stageyard-coordinator',
    farm: farmName,
    logger,
  };
  const nats = `NATS at ${servers.join(', ')}`;
  const values = await untilThere(nats, () => NatsLastValues.connect(connection), patience);
  ending.add(() => values.close());
  const onWaiting = (leader: string): void => {
    standing.text = `standby: another coordinator leads (${leader})`;
    say(standing.text);
  };
  const led: LedJournal = await openLedJournal({ ...patience, config, values, logger, onWaiting });
  ending.add(() => led.journal.close());
  ending.add(() => led.leadership.release());
  standing.text = 'the coordinator reads its journal';
  const bus = await untilThere(
    nats,
    () => NatsBus.connect({ ...connection, publisher: 'coordinator' }),
    patience,
  );
  ending.add(() => bus.close());
  const { term } = led.leadership;
  const register = new NatsRunRegister(values);
  const { journal } = led;
  const ports = { journal, bus, register, blobs, clock: systemClock, logger, term };
  const farm = await untilThere('the store', () => openFarm(ports), patience);
  ending.add(() => farm.close());
  standing.farm = farm;
  return { lost: Promise.race([farm.lost, led.leadership.lost]) };
}

function startServer(
  { config, logger }: CoordinatorOptions,
  blobs: BlobStore,
  standing: LeadParts['standing'],
): Promise<HttpServer> {
  const { listen, token } = config;
  return startHttpServer({
    farm: () => standing.farm,
    standing: () => standing.text,
    blobs,
    listen,
    ...(token === undefined ? {} : { token }),
    logger,
    clock: systemClock,
  });
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
