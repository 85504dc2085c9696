/** Entries of a journal, changed as a faulty codec would change them. Works on any JSON, whatever the layout. */

/** A depth that no run has. */
const DEEPER = 10;

/** What goes wrong. */
export type Alteration =
  | 'no-dependencies'
  | 'no-last-task'
  | 'no-tests'
  | 'deeper-queues'
  | 'other-times';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** The entry with the mistake in it. */
export function alteredEntry(body: Uint8Array, how: Alteration): Uint8Array {
  const entry: unknown = JSON.parse(new TextDecoder().decode(body));
  return new TextEncoder().encode(JSON.stringify(walk(asJson(entry), how)));
}

function walk(value: Json, how: Alteration): Json {
  if (isList(value)) return value.map((item) => walk(item, how));
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).map(([name, member]): [string, Json] => [
    name,
    changed(name, walk(member, how), how),
  ]);
  return Object.fromEntries(members);
}

function changed(name: string, value: Json, how: Alteration): Json {
  if (how === 'no-dependencies' && name === 'dependsOn') return [];
  if (how === 'no-tests' && name === 'testedBy') return null;
  if (how === 'deeper-queues' && name === 'queueDepth') return DEEPER;
  if (how === 'other-times' && name === 'wallMs' && typeof value === 'number') return value + 1;
  if (how === 'no-last-task' && name === 'tasks' && isList(value)) return withoutLast(value);
  return value;
}

/** Nothing refers to it any more: a careful mistake, so that nothing else notices. */
function withoutLast(tasks: readonly Json[]): readonly Json[] {
  const last = tasks.at(-1);
  const id = memberOf(last, 'id');
  return tasks.slice(0, -1).map((task) => {
    const isTested = memberOf(task, 'testedBy') === id;
    return isTested && isObject(task) ? { ...task, testedBy: null } : task;
  });
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) ? value[name] : undefined;
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !isList(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function asJson(value: unknown): Json {
  return value as Json;
}
