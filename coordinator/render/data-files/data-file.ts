/** What `load_from_file` makes of a file: YAML, JSON and TOML by their endings are data, everything else is text. */
import { parse as parseYamlData } from 'yaml';
import { makeFloat, type Value } from '#proto/recipe/expression/values.ts';
import { fail, ok, type Result } from '#proto/result.ts';
import { parseToml } from './toml.ts';

/** Data nested deeper is refused. */
const DEPTH_MAX = 200;

/** Which of two keys comes first: maps print with sorted keys, as in rattler-build. */
const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;

function entriesOf(data: object): readonly (readonly [string, unknown])[] {
  return data instanceof Map
    ? [...data].map(([key, value]) => [String(key), value])
    : Object.entries(data);
}

/** Parsed data as a value of the language. Floats of TOML come wrapped; of the others every point makes one. */
function asValue(data: unknown, depth = 0): Value {
  if (depth > DEPTH_MAX) throw new RangeError(`more than ${DEPTH_MAX} levels deep`);
  if (data === null || data === undefined) return null;
  if (typeof data === 'string' || typeof data === 'boolean' || typeof data === 'number')
    return data;
  if (typeof data === 'bigint') return String(data);
  if (typeof data !== 'object') return null;
  if (Array.isArray(data)) return data.map((item: unknown) => asValue(item, depth + 1));
  if ('float' in data && typeof data.float === 'number') return makeFloat(data.float);
  const entries = entriesOf(data).toSorted(byKey);
  return new Map(entries.map(([key, value]) => [key, asValue(value, depth + 1)]));
}

function parsed(parse: () => unknown): Result<Value, string> {
  try {
    return ok(asValue(parse()));
  } catch (error) {
    // Whatever a parser throws about foreign text is the text's fault.
    return fail(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
}

/** The value of a file's text, or what is wrong with it. */
export function dataOfFile(path: string, text: string): Result<Value, string> {
  switch (/\.([^./\\]+)$/.exec(path)?.[1]) {
    case 'json':
      return parsed(() => JSON.parse(text));
    case 'yaml':
    case 'yml':
      return parsed(() => parseYamlData(text, { mapAsMap: true, logLevel: 'silent' }));
    case 'toml': {
      const table = parseToml(text);
      return table.ok ? parsed(() => table.value) : table;
    }
    default:
      return ok(text);
  }
}
