/**
 * The exact key: what a task's result is stored under. The static key covers everything known when a
 * run is planned; the exact key adds what the solve decided and what came from the tasks before.
 */
import { compareBytes } from './byte-order.ts';
import { canonicalJson } from './canonical-json.ts';
import type { RepodataRecord } from './conda/package-record.ts';
import type { LockedEnvironment } from './environment.ts';
import { type InputKey, inputKey } from './ids.ts';

/** One package of a locked environment, reduced to what can change bytes (its URL is in the metadata). */
export interface LockedPackage {
  /** Without the directory where it lies on this machine: packages of directory channels are named by file. */
  readonly url: string;
  readonly sha256?: string;
  readonly md5?: string;
}

/** What is known only on the worker. */
export interface ExactKeyFacts {
  /** Null when build requirements are merged into the host environment. */
  readonly build: readonly LockedPackage[] | null;
  readonly host: readonly LockedPackage[];
  /** Digest of the inherited snapshot's manifest. */
  readonly snapshot?: string;
  /** Identity of the worker's host tools, where the script can see them. */
  readonly worker?: string;
  /** Siblings whose file lists the link check reads: name, version, build and a digest of the list. */
  readonly siblings?: readonly SiblingFact[];
  /** Commits that moving git references resolved to, and anything else fetched without a fixed digest. */
  readonly sources?: readonly string[];
}

/** See {@link ExactKeyFacts.siblings}. */
export interface SiblingFact {
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly files: string;
}

/** The part of a solved record that {@link exactKey} takes. */
export function lockedPackage(record: RepodataRecord): LockedPackage {
  const { url, fn, sha256, md5 } = record;
  const isFar = url.startsWith('http:') || url.startsWith('https:');
  return {
    url: isFar ? url : fn,
    ...(sha256 === undefined ? undefined : { sha256 }),
    ...(md5 === undefined ? undefined : { md5 }),
  };
}

/** The packages of a locked environment as its digest covers them: sorted by the bytes of their canonical JSON. */
export function lockedPackages({ resolved }: LockedEnvironment): readonly LockedPackage[] {
  const texts = new Map(
    resolved.map(lockedPackage).map((locked) => [locked, canonicalJson(locked)]),
  );
  const textOf = (locked: LockedPackage): string => texts.get(locked) ?? '';
  return [...texts.keys()].toSorted((a, b) => compareBytes(textOf(a), textOf(b)));
}

/** Static key and worker's facts as one key. Lists without an order of their own are sorted. */
export function exactKey(
  staticKey: InputKey,
  facts: ExactKeyFacts,
  sha256Hex: (text: string) => string,
): InputKey {
  const sorted = {
    static: staticKey,
    build: facts.build === null ? null : facts.build.map(canonicalJson).toSorted(),
    host: facts.host.map(canonicalJson).toSorted(),
    snapshot: facts.snapshot,
    worker: facts.worker,
    siblings: facts.siblings?.map(canonicalJson).toSorted(),
    sources: facts.sources?.toSorted(),
  };
  return inputKey(sha256Hex(`stageyard exact key 1\n${canonicalJson(sorted)}`));
}
