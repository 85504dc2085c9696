/**
 * The part of JSON schema (draft 7) that our schema uses, checked without a library. A keyword that isn't known here
 * throws: a schema that nobody checks proves nothing.
 */

type Schema = { readonly [keyword: string]: unknown };

/** One disagreement: where in the document, and with which keyword. */
export interface SchemaViolation {
  readonly path: string;
  readonly message: string;
}

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function schemaOf(value: unknown): Schema {
  if (!isObject(value)) throw new Error(`not a schema: ${JSON.stringify(value)}`);
  return value;
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`not a list: ${JSON.stringify(value)}`);
  return value;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

function hasType(value: unknown, types: unknown): boolean {
  const wanted = Array.isArray(types) ? types : [types];
  return wanted.includes(typeOf(value)) || (wanted.includes('integer') && Number.isInteger(value));
}

type Check = (value: unknown, argument: unknown, place: Place) => SchemaViolation[];

interface Place {
  readonly root: Schema;
  readonly schema: Schema;
  readonly path: string;
}

const violation = (place: Place, message: string): SchemaViolation[] => [
  { path: place.path === '' ? '/' : place.path, message },
];

const inside = (place: Place, schema: unknown, step: string | number): Place => ({
  root: place.root,
  schema: schemaOf(schema),
  path: `${place.path}/${step}`,
});

function resolved(reference: unknown, root: Schema): Schema {
  const name = String(reference).replace('#/definitions/', '');
  return schemaOf(schemaOf(root['definitions'])[name]);
}

/** Of several alternatives the complaints of the one that came deepest, which is the likeliest meant. */
function nearest(attempts: readonly SchemaViolation[][]): SchemaViolation[] {
  const depth = (attempt: readonly SchemaViolation[]): number =>
    Math.max(...attempt.map(({ path }) => path.split('/').length));
  return attempts.toSorted((a, b) => depth(b) - depth(a))[0] ?? [];
}

/** Keywords that say nothing by themselves; `then` and `else` belong to `if`. */
const PASSIVE = new Set(['$schema', 'title', 'description', 'definitions', 'then', 'else']);

const checks: Readonly<Record<string, Check>> = {
  $ref: (value, argument, place) =>
    check(value, { ...place, schema: resolved(argument, place.root) }),
  type: (value, argument, place) =>
    hasType(value, argument)
      ? []
      : violation(place, `is ${typeOf(value)}, not ${JSON.stringify(argument)}`),
  enum: (value, argument, place) =>
    listOf(argument).includes(value)
      ? []
      : violation(place, `is none of ${JSON.stringify(argument)}`),
  pattern: (value, argument, place) =>
    typeof value !== 'string' || new RegExp(String(argument), 'u').test(value)
      ? []
      : violation(place, `does not match ${String(argument)}`),
  minItems: (value, argument, place) =>
    !Array.isArray(value) || value.length >= Number(argument)
      ? []
      : violation(place, `has fewer than ${String(argument)} items`),
  items: (value, argument, place) =>
    Array.isArray(value)
      ? value.flatMap((item: unknown, index) => check(item, inside(place, argument, index)))
      : [],
  required: (value, argument, place) =>
    isObject(value)
      ? listOf(argument)
          .filter((key) => !Object.hasOwn(value, String(key)))
          .flatMap((key) => violation(place, `lacks ${String(key)}`))
      : [],
  properties: (value, argument, place) =>
    isObject(value)
      ? Object.entries(schemaOf(argument)).flatMap(([key, schema]) =>
          Object.hasOwn(value, key) ? check(value[key], inside(place, schema, key)) : [],
        )
      : [],
  propertyNames: (value, argument, place) =>
    isObject(value)
      ? Object.keys(value).flatMap((key) => check(key, inside(place, argument, key)))
      : [],
  additionalProperties(value, argument, place) {
    if (!isObject(value)) return [];
    const known = schemaOf(place.schema['properties'] ?? {});
    return Object.entries(value)
      .filter(([key]) => !Object.hasOwn(known, key))
      .flatMap(([key, item]) =>
        argument === false
          ? violation(place, `has the unknown key ${key}`)
          : check(item, inside(place, argument, key)),
      );
  },
  anyOf(value, argument, place) {
    const attempts = listOf(argument).map((one) =>
      check(value, { ...place, schema: schemaOf(one) }),
    );
    return attempts.some((attempt) => attempt.length === 0) ? [] : nearest(attempts);
  },
  if(value, argument, place) {
    const holds = check(value, { ...place, schema: schemaOf(argument) }).length === 0;
    const branch = place.schema[holds ? 'then' : 'else'];
    return branch === undefined ? [] : check(value, { ...place, schema: schemaOf(branch) });
  },
};

function check(value: unknown, place: Place): SchemaViolation[] {
  return Object.entries(place.schema).flatMap(([keyword, argument]) => {
    if (PASSIVE.has(keyword)) return [];
    const one = Object.hasOwn(checks, keyword) ? checks[keyword] : undefined;
    if (one === undefined) throw new Error(`unknown keyword ${keyword} at ${place.path}`);
    return one(value, argument, place);
  });
}

/** All disagreements of a document with a schema. */
export function validate(document: unknown, schema: Schema): SchemaViolation[] {
  return check(document, { root: schema, schema, path: '' });
}
