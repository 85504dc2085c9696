/** The register of runs as last values in NATS. */
import { canonicalJson } from '../canonical-json.ts';
import { StageyardError } from '../errors.ts';
import type { RunId } from '../ids.ts';
import {
  choiceMember,
  countMember,
  type JsonObject,
  jsonObject,
  jsonText,
  listMember,
  readIfValid,
  textMember,
} from '../json-shape.ts';
import type { PoolRequirements, RunRegister, RunStanding } from '../ports/run-register.ts';
import type { NatsLastValues } from './nats-last-values.ts';

/** Somebody else wrote in between, this often in a row: then something is wrong. */
const TRIES_MAX = 10;

/** See the file's head. The values stay the caller's to close. */
export class NatsRunRegister implements RunRegister {
  readonly #values: NatsLastValues;

  constructor(values: NatsLastValues) {
    this.#values = values;
  }

  async publish(run: RunId, standing: RunStanding): Promise<void> {
    await this.#replace(this.#values.names.standingSubject(run), standing);
  }

  async read(run: RunId): Promise<RunStanding | undefined> {
    const last = await this.#values.get(this.#values.names.standingSubject(run));
    return last === undefined ? undefined : readable(last.text, readStanding);
  }

  async publishPools(term: number, pools: readonly PoolRequirements[]): Promise<void> {
    await this.#replace(this.#values.names.poolsSubject, { term, pools });
  }

  async readPools(): Promise<readonly PoolRequirements[]> {
    const last = await this.#values.get(this.#values.names.poolsSubject);
    return last === undefined ? [] : (readable(last.text, readPools) ?? []);
  }

  /** Writes it unless a value of a newer term is there. */
  async #replace<T extends { readonly term: number }>(subject: string, value: T): Promise<void> {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const last = await this.#values.get(subject);
      const storedTerm = last === undefined ? undefined : readable(last.text, termOf);
      if (storedTerm !== undefined && storedTerm > value.term) return;
      const text = canonicalJson(value);
      if ((await this.#values.put(subject, text, last?.sequence ?? 0)) !== undefined) return;
    }
    throw new StageyardError('BUS_UNAVAILABLE', `${subject}: others write without end`);
  }
}

/** A value of another make is as good as none: workers then go by the offers, and a leader writes it anew. */
function readable<T>(text: string, read: (object: JsonObject) => T): T | undefined {
  return readIfValid(text, 'register', read);
}

function termOf(object: JsonObject): number {
  return countMember(object, 'term');
}

function readStanding(object: JsonObject): RunStanding {
  return {
    generation: countMember(object, 'generation'),
    state: choiceMember(object, 'state', ['open', 'paused', 'cancelled', 'finished']),
    term: countMember(object, 'term'),
  };
}

function readPools(object: JsonObject): readonly PoolRequirements[] {
  return listMember(object, 'pools', (value, place) => readPool(jsonObject(value, place)));
}

function readPool(object: JsonObject): PoolRequirements {
  return {
    pool: textMember(object, 'pool'),
    platform: textMember(object, 'platform'),
    labels: listMember(object, 'labels', jsonText),
    secrets: listMember(object, 'secrets', jsonText),
  };
}
