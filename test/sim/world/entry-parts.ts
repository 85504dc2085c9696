/** Reads entries of a journal for those who watch it: of one run, or of a farm whose plans lie in the store. */
import { zstdDecompressSync } from 'node:zlib';
import { runId } from '#proto/ids.ts';
import { parseJsonObject } from '#proto/json-shape.ts';
import {
  decodeFarmEntry,
  decodeStep,
  type FarmStep,
  readPlan,
} from '#coordinator/core/fact-codec.ts';
import type { Fact } from '#coordinator/core/facts.ts';
import type { FakeBlobStore } from '../../support/fake-blob-store.ts';
import type { EntryPart } from './observer.ts';

/** Reads an entry of the journal of one run. */
export function singleRunParts(body: Uint8Array): readonly EntryPart[] {
  return [{ run: undefined, facts: decodeStep(new TextDecoder().decode(body)).facts }];
}

/** Reads an entry of the journal of a farm. */
export function farmParts(blobs: FakeBlobStore): (body: Uint8Array) => readonly EntryPart[] {
  return (body) =>
    decodeFarmEntry(new TextDecoder().decode(body)).steps.map((step) => ({
      run: runId(step.run),
      facts: [...submission(blobs, step), ...step.facts],
    }));
}

function submission(blobs: FakeBlobStore, { submitted }: FarmStep): readonly Fact[] {
  if (submitted === undefined) return [];
  const stored = blobs.blobs.get(submitted.plan.digest) ?? new Uint8Array();
  const text = new TextDecoder().decode(zstdDecompressSync(stored));
  const plan = readPlan(parseJsonObject(text, 'plan'));
  return [{ kind: 'run-submitted', atMs: submitted.atMs, plan }];
}
