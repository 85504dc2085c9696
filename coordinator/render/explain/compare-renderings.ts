/** What differs between two renderings of an output, each as `--render-only` prints it. */
import { isDeepStrictEqual } from 'node:util';
import {
  jsonObject,
  type JsonObject,
  jsonText,
  objectMember,
  textMember,
} from '#proto/json-shape.ts';
import { compareBytewise } from '../hash.ts';

/** One output of a rendering. */
export interface RenderingFacts {
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly number: unknown;
  readonly hash: string;
  readonly variant: Readonly<Record<string, unknown>>;
  /** By section, such as `build` or `staging NAME host`. */
  readonly requirements: Readonly<Record<string, readonly string[]>>;
}

/** One difference. Undefined: not there. */
export interface RenderingChange {
  /** `version`, `build number`, `build string`, `variant KEY` or `requirements SECTION`. */
  readonly what: string;
  /** True for what the hash covers. */
  readonly isHashed: boolean;
  readonly before: unknown;
  readonly after: unknown;
}

const SECTIONS = ['build', 'host', 'run', 'run_constraints'];

function requirementsOf(holder: JsonObject, prefix: string): [string, string[]][] {
  const { requirements } = holder.members;
  if (requirements === undefined) return [];
  const sections = objectMember(holder, 'requirements');
  return SECTIONS.flatMap((section): [string, string[]][] => {
    const list = sections.members[section];
    if (!Array.isArray(list)) return [];
    const texts = list.map((item: unknown) =>
      typeof item === 'string' ? item : JSON.stringify(item),
    );
    return [[prefix + section, texts]];
  });
}

function factsOf(item: unknown, at: string): RenderingFacts {
  const output = jsonObject(item, at);
  const recipe = objectMember(output, 'recipe');
  const identity = objectMember(recipe, 'package');
  const build = objectMember(recipe, 'build');
  const configuration = objectMember(output, 'build_configuration');
  const { staging_caches: caches = [] } = recipe.members;
  const staging = (Array.isArray(caches) ? caches : []).flatMap((cache: unknown, index) => {
    const part = jsonObject(cache, `${recipe.at}.staging_caches[${index}]`);
    return requirementsOf(part, `staging ${textMember(part, 'name')} `);
  });
  return {
    name: textMember(identity, 'name').toLowerCase(),
    version: jsonText(identity.members['version'], `${identity.at}.version`),
    build: textMember(build, 'string'),
    number: build.members['number'] ?? 0,
    hash: textMember(objectMember(configuration, 'hash'), 'hash'),
    variant: objectMember(configuration, 'variant').members,
    requirements: Object.fromEntries([...requirementsOf(recipe, ''), ...staging]),
  };
}

/** The outputs of what `--render-only` printed. Throws `MESSAGE_INVALID` that names what is missing. */
export function renderingFacts(json: unknown, at: string): readonly RenderingFacts[] {
  if (!Array.isArray(json)) return [factsOf(json, at)];
  return json.map((item: unknown, index) => factsOf(item, `${at}[${index}]`));
}

/** Of the outputs with that name the one that has most in common with `wanted`; undefined: there is none. */
export function counterpart(
  wanted: RenderingFacts,
  among: readonly RenderingFacts[],
): RenderingFacts | undefined {
  const shared = (facts: RenderingFacts): number =>
    Object.entries(facts.variant).filter(([key, value]) => wanted.variant[key] === value).length +
    (facts.hash === wanted.hash ? 1 : 0);
  const candidates = among.filter(({ name }) => name === wanted.name);
  return candidates.toSorted((a, b) => shared(b) - shared(a))[0];
}

function changesIn(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  describe: { readonly prefix: string; readonly isHashed: boolean },
): RenderingChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys
    .toSorted(compareBytewise)
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => ({
      what: describe.prefix + key,
      isHashed: describe.isHashed,
      before: before[key],
      after: after[key],
    }));
}

/** Everything that changed, what the hash covers first. */
export function changesBetween(
  before: RenderingFacts,
  after: RenderingFacts,
): readonly RenderingChange[] {
  const plain = (facts: RenderingFacts) => ({
    version: facts.version,
    'build number': facts.number,
    'build string': facts.build,
  });
  return [
    ...changesIn(before.variant, after.variant, { prefix: 'variant ', isHashed: true }),
    ...changesIn(plain(before), plain(after), { prefix: '', isHashed: false }),
    ...changesIn(before.requirements, after.requirements, {
      prefix: 'requirements ',
      isHashed: false,
    }),
  ];
}
