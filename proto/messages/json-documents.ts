/**
 * The conda documents inside a manifest, as JSON text. Checked as deep as a reader's safety needs:
 * what is there has the right shape; keys that nobody here knows stay.
 */
import type { ExportedBy, LockedEnvironments } from '../environment.ts';
import type { Source } from '../recipe/recipe.ts';
import { invalidField } from './wire.ts';

type Shape = (field: string, value: unknown) => void;

/** Locked build and host environments. */
export function parseEnvironments(text: string): LockedEnvironments {
  return parsed('environments', text, environmentsShape) as LockedEnvironments;
}

/** Finalized sources. */
export function parseSources(text: string): readonly Source[] {
  return parsed('sources', text, arrayOf(oneOfKinds(['url', 'path', 'git']))) as readonly Source[];
}

/** Run exports with their exporters. */
export function parseExports(text: string): readonly ExportedBy[] {
  return parsed('exports', text, arrayOf(exportShape)) as readonly ExportedBy[];
}

function parsed(field: string, text: string, shape: Shape): unknown {
  const value: unknown = JSON.parse(text);
  shape(field, value);
  return value;
}

const string: Shape = (field, value) => {
  if (typeof value !== 'string') throw invalidField(field, 'not text');
};

const count: Shape = (field, value) => {
  if (!Number.isSafeInteger(value)) throw invalidField(field, 'not an integer');
};

const arrayOf =
  (item: Shape): Shape =>
  (field, value) => {
    if (!Array.isArray(value)) throw invalidField(field, 'not a list');
    value.forEach((entry, index) => item(`${field}[${index}]`, entry));
  };

const nullOr =
  (shape: Shape): Shape =>
  (field, value) => {
    if (value !== null) shape(field, value);
  };

const optional =
  (shape: Shape): Shape =>
  (field, value) => {
    if (value !== undefined) shape(field, value);
  };

const object =
  (shapes: Readonly<Record<string, Shape>>): Shape =>
  (field, value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidField(field, 'not a mapping');
    }
    const entries: Readonly<Record<string, unknown>> = { ...value };
    for (const [key, shape] of Object.entries(shapes)) shape(`${field}.${key}`, entries[key]);
  };

function oneOfKinds(kinds: readonly string[]): Shape {
  const kindShape: Shape = (field, value) => {
    if (!kinds.some((kind) => kind === value))
      throw invalidField(field, `not one of ${kinds.join(', ')}`);
  };
  return object({ kind: kindShape });
}

const strings = arrayOf(string);

const recordShape = object({
  name: string,
  version: string,
  build: string,
  build_number: count,
  subdir: string,
  depends: strings,
  constrains: optional(strings),
  fn: string,
  url: string,
  channel: string,
});

const exportShape = object({
  package: string,
  from: string,
  exports: object({
    weak: optional(strings),
    strong: optional(strings),
    noarch: optional(strings),
    weak_constrains: optional(strings),
    strong_constrains: optional(strings),
  }),
});

const environmentShape = object({
  platform: string,
  specs: arrayOf(object({ spec: string })),
  resolved: arrayOf(recordShape),
});

const environmentsShape = object({
  build: nullOr(environmentShape),
  host: environmentShape,
  exports: arrayOf(exportShape),
});
