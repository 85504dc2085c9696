/** Durable consumers: made when missing, compared with what is needed when they exist. */
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { StageyardError } from '../errors.ts';
import { isApiError, NS_PER_MS } from './nats-api.ts';
import { natsError } from './nats-connection.ts';
import type { NatsLink } from './nats-link.ts';
import { differencesOf } from './nats-streams.ts';

/** Both defaults of the server are silent ceilings for a large farm. */
const UNACKNOWLEDGED_MAX = 20_000;
const WAITING_PULLS_MAX = 20_000;

/** A pull consumer with explicit acknowledgements; attempts are counted by the coordinator, not here. */
export interface WantedConsumer {
  readonly stream: string;
  readonly name: string;
  /** Subjects that it delivers. */
  readonly filter: string;
  readonly leaseMs: number;
}

/** Remembers which consumers are there. */
export class DurableConsumers {
  readonly #link: NatsLink;
  readonly #manager: JetStreamManager;
  readonly #known = new Map<string, Promise<void>>();

  constructor(link: NatsLink, manager: JetStreamManager) {
    this.#link = link;
    this.#manager = manager;
  }

  /** Asks the server once; a failure is forgotten, so that the next call tries again. */
  async ensure(wanted: WantedConsumer): Promise<void> {
    const key = `${wanted.stream}/${wanted.name}`;
    const known =
      this.#known.get(key) ?? this.#link.asked(() => ensureConsumer(this.#manager, wanted));
    this.#known.set(key, known);
    try {
      await known;
    } catch (error) {
      this.#known.delete(key);
      throw error;
    }
  }

  /** One of them is gone: somebody removed it, or the server lost it. */
  forget(): void {
    this.#known.clear();
  }
}

/** A lease time of another release is adopted. */
async function ensureConsumer(manager: JetStreamManager, wanted: WantedConsumer): Promise<void> {
  const { stream, name } = wanted;
  const config = configOf(wanted);
  try {
    const found = await consumerConfig(manager, stream, name);
    if (found === undefined) {
      await manager.consumers.add(stream, config);
      return;
    }
    const { filter_subject, ack_policy, ack_wait, max_ack_pending } = config;
    checkConsumer(found, `${stream}/${name}`, { filter_subject, ack_policy, max_deliver: -1 });
    const settings = { ack_wait, max_ack_pending };
    if (differencesOf(found, settings).length > 0) {
      await manager.consumers.add(stream, { ...config, max_waiting: found.max_waiting ?? 0 });
    }
  } catch (error) {
    throw natsError(error, `make the consumer ${name} of the stream ${stream}`);
  }
}

function configOf({ name, filter, leaseMs }: WantedConsumer): Partial<ConsumerConfig> {
  return {
    durable_name: name,
    filter_subject: filter,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: leaseMs * NS_PER_MS,
    max_deliver: -1,
    max_ack_pending: UNACKNOWLEDGED_MAX,
    max_waiting: WAITING_PULLS_MAX,
  };
}

async function consumerConfig(
  manager: JetStreamManager,
  stream: string,
  name: string,
): Promise<ConsumerConfig | undefined> {
  try {
    return (await manager.consumers.info(stream, name)).config;
  } catch (error) {
    if (isApiError(error, 'consumer-not-found')) return undefined;
    throw error;
  }
}

function checkConsumer(found: ConsumerConfig, name: string, fixed: object): void {
  const differences = differencesOf(found, fixed);
  if (differences.length === 0) return;
  const text = `the consumer ${name} exists with another configuration (${differences.join('; ')}): give this farm another name, or remove the consumer`;
  throw new StageyardError('CONFIG_INVALID', text, { context: { consumer: name } });
}
