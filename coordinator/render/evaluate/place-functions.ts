/**
 * Functions that look beyond the recipe (spec 1.16): `load_from_file` and `git.*`. rattler-build has them behind
 * `--experimental`, and so they are here: what such a recipe renders depends on more than its text.
 */
import type { CallArguments, TemplateFunction } from '#proto/recipe/expression/scope.ts';
import { type Operand, typeName, type Value } from '#proto/recipe/expression/values.ts';
import { fail, ok, type Result } from '#proto/result.ts';
import { dataOfFile } from '../data-files/data-file.ts';
import type { GitRepositories } from '../git-repositories.ts';
import type { RecipeFiles } from '../recipe-files.ts';

/** Where the functions look. */
export interface FunctionPlaces {
  readonly experimental: boolean;
  readonly files: RecipeFiles;
  readonly git: GitRepositories;
}

/** The one text that all of them take. */
function onlyText(call: CallArguments, name: string): Result<string, string> {
  const [first, ...more] = call.positional;
  if (more.length > 0 || call.named.size > 0 || first === undefined) {
    return fail(`\`${name}\` takes one argument by position`);
  }
  return typeof first === 'string'
    ? ok(first)
    : fail(`\`${name}\` needs a text, not ${typeName(first)}`);
}

/** One answer per argument, however many variants ask. */
function remembering(
  name: string,
  places: FunctionPlaces,
  answer: (text: string) => Result<Operand, string>,
): TemplateFunction {
  const known = new Map<string, Result<Operand, string>>();
  return (call) => {
    if (!places.experimental) {
      return fail(
        `\`${name}\` is an experimental feature: provide the \`--experimental\` flag to enable it`,
      );
    }
    const text = onlyText(call, name);
    if (!text.ok) return text;
    const result = known.get(text.value) ?? answer(text.value);
    known.set(text.value, result);
    return result;
  };
}

function loadFromFile(path: string, files: RecipeFiles): Result<Value, string> {
  const text = files.readText(path);
  if (text === undefined) {
    return fail(
      `\`${path}\` is not a text file that can be read, beside the recipe or in the current directory`,
    );
  }
  const data = dataOfFile(path, text);
  return data.ok ? data : fail(`\`${path}\` can't be read: ${data.failure}`);
}

/** The functions by name. */
export function placeFunctions(places: FunctionPlaces): ReadonlyMap<string, TemplateFunction> {
  const { files, git } = places;
  const answers: Readonly<Record<string, (text: string) => Result<Operand, string>>> = {
    load_from_file: (path) => loadFromFile(path, files),
    'git.head_rev': (source) => git.headRevision(source),
    'git.latest_tag': (source) => git.latestTag(source),
    'git.latest_tag_rev': (source) => git.latestTagRevision(source),
    'git.latest_tag_distance': (source) => git.latestTagDistance(source),
  };
  return new Map(
    Object.entries(answers).map(([name, answer]) => [name, remembering(name, places, answer)]),
  );
}
