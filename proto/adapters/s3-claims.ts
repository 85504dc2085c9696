/**
 * Claims in S3: of many processes one has the right to make something. A claim is the object `NAME.EPOCH`; whoever
 * creates it by a conditional PUT has the claim of that epoch, and the highest epoch counts. Its holder writes it
 * again with a higher counter as long as it works. Others watch that counter by their own clock: no two machines'
 * clocks are compared. A claim whose counter stood still for its whole time, or which was given back, or whose
 * process is known to be dead, is followed by one of the next epoch. An epoch that exists implies all before it, so that
 * the highest is found without the right to list. So a claim stays where another one may follow; it goes, and those
 * before it after it, when it has served its purpose for good: from then on whoever asks finds what was made. Should
 * epochs begin anew, a holder that slept through it knows its claim by the nonce.
 */
import { randomBytes } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import { StageyardError } from '../errors.ts';
import { countMember, flagMember, readIfValid, textMember } from '../json-shape.ts';
import type { Clock } from '../ports/clock.ts';
import { currentProcessIdentity, isKnownDead } from './process-identity.ts';
import type { S3SmallObjects } from './s3-small-objects.ts';

const SCHEMA = 1;
/** A claim says itself how long it may stand still; foreign bytes don't hold us longer than this. */
const TTL_MS_MAX = 10 * 60_000;
/** Of a claim that can't be read. */
const TTL_MS_DEFAULT = 60_000;
const NONCE_BYTES = 16;
/** More than any key is ever claimed: a bucket that says yes to everything ends here. */
const EPOCH_MAX = 2 ** 20;
/** Lost races in a row, each of which somebody else won. */
const RACES_MAX = 20;
/** Claims that vanish between two reads, in a row. */
const LOOKS_MAX = 3;
/** Claims that one call removes. */
const REMOVED_MAX = 100;
/** Without conditional writes: after this time the last of those who wrote at the same moment has won. */
const SETTLE_MS = 1_000;

/** What claims are made with. */
export interface S3ClaimsOptions {
  readonly objects: S3SmallObjects;
  /** Of all keys; ends with `/`. */
  readonly folder: string;
  /** Its `nowMs` never steps. */
  readonly clock: Clock;
  /** False: the server ignores conditions, so that two may win now and then. */
  readonly isExclusive: boolean;
}

/** Answer to {@link S3Claims.take}. */
export type TakenClaim =
  | { readonly kind: 'granted'; readonly epoch: number; readonly isRenewed: boolean }
  | { readonly kind: 'busy'; readonly owner: string };

interface ClaimText {
  readonly owner: string;
  readonly process: string;
  readonly nonce: string;
  readonly counter: number;
  readonly ttlMs: number;
  readonly isHeld: boolean;
}

interface HeldClaim {
  readonly epoch: number;
  readonly claim: ClaimText;
}

/** The newest claim as it was last seen to change. */
interface SeenClaim {
  readonly epoch: number;
  readonly text: string;
  readonly sinceMs: number;
}

/** The newest claim now; epoch 0: there was never one. */
interface NewestClaim {
  readonly epoch: number;
  readonly owner: string;
  /** Absent where it can't be read. */
  readonly nonce?: string;
  readonly isLive: boolean;
}

/** See the file's head. */
export class S3Claims {
  readonly #options: S3ClaimsOptions;
  readonly #process = currentProcessIdentity();
  readonly #held = new Map<string, HeldClaim>();
  readonly #seen = new Map<string, SeenClaim>();
  /** Calls for one name take turns, or a renewal could overtake the end of its claim. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: S3ClaimsOptions) {
    this.#options = options;
  }

  /** Asks for the claim; asking again as the same owner renews. */
  take(name: string, owner: string, ttlMs: number): Promise<TakenClaim> {
    return this.#inTurn(name, async () => {
      for (let races = 0; ; races += 1) {
        const newest = await this.#look(name);
        const held = this.#heldIfNewest(name, newest);
        if (held?.claim.owner === owner) {
          await this.#write(name, held, { counter: held.claim.counter + 1, ttlMs });
          return { kind: 'granted', epoch: held.epoch, isRenewed: true };
        }
        if (newest.isLive || races >= RACES_MAX) return { kind: 'busy', owner: newest.owner };
        const epoch = newest.epoch + 1;
        if (await this.#create(name, epoch, { owner, ttlMs })) {
          return { kind: 'granted', epoch, isRenewed: false };
        }
      }
    });
  }

  /** Renews the claim that was taken here, unless another one has followed: it never takes a new one. */
  renew(name: string, ttlMs: number): Promise<void> {
    return this.#inTurn(name, async () => {
      if (!this.#held.has(name)) return;
      const held = this.#heldIfNewest(name, await this.#look(name));
      if (held === undefined) return;
      await this.#write(name, held, { counter: held.claim.counter + 1, ttlMs });
    });
  }

  /** Gives the claim back, if it is this owner's; without an owner: whoever has it here. */
  give(name: string, owner?: string): Promise<void> {
    return this.#inTurn(name, async () => {
      const mine = this.#held.get(name);
      if (mine === undefined || (owner !== undefined && mine.claim.owner !== owner)) return;
      const held = this.#heldIfNewest(name, await this.#look(name));
      if (held !== undefined) await this.#write(name, held, { isHeld: false });
      this.#forget(name);
    });
  }

  /** Removes the claim that was taken here and all before it: nobody needs to ask for it again. */
  end(name: string): Promise<void> {
    return this.#inTurn(name, async () => {
      const epoch = this.#held.get(name)?.epoch ?? 0;
      this.#forget(name);
      // Whoever followed us ends ours with its own.
      if (epoch === 0 || (await this.#isThere(name, epoch + 1))) return;
      for (let old = epoch; old > Math.max(0, epoch - REMOVED_MAX); old -= 1)
        await this.#options.objects.remove(this.#key(name, old));
    });
  }

  /** True while the claim that was taken here is the newest one. */
  isStillOurs(name: string): Promise<boolean> {
    return this.#inTurn(name, async () => {
      if (!this.#held.has(name)) return false;
      return this.#heldIfNewest(name, await this.#look(name)) !== undefined;
    });
  }

  /** Remembers nothing of others' claims on it: it isn't wanted any more. */
  ignore(name: string): void {
    if (!this.#held.has(name)) this.#seen.delete(name);
  }

  #heldIfNewest(name: string, { nonce }: NewestClaim): HeldClaim | undefined {
    const held = this.#held.get(name);
    return held?.claim.nonce === nonce ? held : undefined;
  }

  async #look(name: string, looksMax = LOOKS_MAX): Promise<NewestClaim> {
    const { objects, clock } = this.#options;
    const epoch = await this.#newestEpoch(name);
    if (epoch === 0) return { epoch, owner: '', isLive: false };
    const askedAtMs = clock.nowMs();
    const found = await objects.read(this.#key(name, epoch));
    if (found === undefined && looksMax > 1) {
      // It was ended, or the bucket drops old objects.
      this.#forget(name);
      return this.#look(name, looksMax - 1);
    }
    const text = found ?? '';
    const before = this.#seen.get(name);
    const isUnchanged = before?.epoch === epoch && before.text === text;
    const seen = isUnchanged ? before : { epoch, text, sinceMs: clock.nowMs() };
    this.#seen.set(name, seen);
    const claim = claimOf(text);
    const ttlMs = Math.min(claim?.ttlMs ?? TTL_MS_DEFAULT, TTL_MS_MAX);
    const isOver = claim !== undefined && (!claim.isHeld || isKnownDead(claim.process));
    const isLive = !isOver && askedAtMs - seen.sinceMs < ttlMs;
    if (claim === undefined) return { epoch, owner: 'an unknown owner', isLive };
    return { epoch, owner: claim.owner, nonce: claim.nonce, isLive };
  }

  #forget(name: string): void {
    this.#held.delete(name);
    this.#seen.delete(name);
  }

  /** Steps that double until one leads too far, then halves. */
  async #newestEpoch(name: string): Promise<number> {
    let there = Math.max(this.#seen.get(name)?.epoch ?? 0, this.#held.get(name)?.epoch ?? 0);
    let step = 1;
    while (await this.#isThere(name, there + step)) {
      there += step;
      step *= 2;
    }
    for (let beyond = there + step; beyond - there > 1; ) {
      const middle = Math.floor((there + beyond) / 2);
      if (await this.#isThere(name, middle)) there = middle;
      else beyond = middle;
    }
    return there;
  }

  async #isThere(name: string, epoch: number): Promise<boolean> {
    if (epoch > EPOCH_MAX) {
      const text = `the object store claims to have claim ${epoch} of ${name}: it answers for objects that can't be there`;
      throw new StageyardError('BLOB_STORE_UNAVAILABLE', text);
    }
    return (await this.#options.objects.read(this.#key(name, epoch))) !== undefined;
  }

  async #create(
    name: string,
    epoch: number,
    { owner, ttlMs }: Pick<ClaimText, 'owner' | 'ttlMs'>,
  ): Promise<boolean> {
    const nonce = randomBytes(NONCE_BYTES).toString('hex');
    const claim = { owner, process: this.#process, nonce, counter: 1, ttlMs, isHeld: true };
    const text = textOfClaim(claim);
    const { objects, clock, isExclusive } = this.#options;
    const key = this.#key(name, epoch);
    if (isExclusive) {
      const isOurs =
        (await objects.create(key, text)) === 'created' || (await objects.read(key)) === text;
      if (!isOurs) return false;
    } else {
      await objects.write(key, text);
      await clock.sleep(SETTLE_MS);
      if ((await objects.read(key)) !== text) return false;
    }
    this.#remember(name, { epoch, claim });
    return true;
  }

  async #write(name: string, held: HeldClaim, change: Partial<ClaimText>): Promise<void> {
    const { epoch } = held;
    const claim = { ...held.claim, ...change };
    await this.#options.objects.write(this.#key(name, epoch), textOfClaim(claim));
    this.#remember(name, { epoch, claim });
  }

  #remember(name: string, held: HeldClaim): void {
    const sinceMs = this.#options.clock.nowMs();
    this.#held.set(name, held);
    this.#seen.set(name, { epoch: held.epoch, text: textOfClaim(held.claim), sinceMs });
  }

  #key(name: string, epoch: number): string {
    return `${this.#options.folder}${name}.${epoch}`;
  }

  #inTurn<T>(name: string, step: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(name) ?? Promise.resolve();
    const turn = before.then(step);
    const leave = (): void => {
      if (this.#turns.get(name) === ended) this.#turns.delete(name);
    };
    // Who took the turn hears of its failure; the next one has a turn of its own.
    const ended = turn.then(leave, leave);
    this.#turns.set(name, ended);
    return turn;
  }
}

function textOfClaim(claim: ClaimText): string {
  return canonicalJson({ schema: SCHEMA, ...claim });
}

/** Undefined for what isn't ours, or of a newer program: it is waited for as long as it changes. */
function claimOf(text: string): ClaimText | undefined {
  return readIfValid(text, 'claim', (object) => {
    if (countMember(object, 'schema') !== SCHEMA) return undefined;
    return {
      owner: textMember(object, 'owner'),
      process: textMember(object, 'process'),
      nonce: textMember(object, 'nonce'),
      counter: countMember(object, 'counter'),
      ttlMs: countMember(object, 'ttlMs'),
      isHeld: flagMember(object, 'isHeld'),
    };
  });
}
