import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { decodeRecipe } from '#coordinator/render/decode/recipe.ts';
import { ProblemList, SourceText } from '#coordinator/render/problems.ts';
import { recipeSchema, recipeSchemaText } from '#coordinator/render/recipe-schema.ts';
import { parseYaml } from '#coordinator/render/yaml/document.ts';
import { validate } from '../../../support/json-schema.ts';
import { checkout } from '../../../support/stageyard.ts';

const schema = recipeSchema();

/** What the decoder says about a text. */
function refusals(text: string): readonly string[] {
  const problems = new ProblemList(new SourceText('recipe.yaml', text));
  const node = parseYaml(problems);
  if (node !== undefined) decodeRecipe(node, { problems });
  return problems.ofSeverity('error').map(({ message }) => message);
}

/** What the schema says, as an editor with a YAML 1.2 reader asks it. */
const complaints = (text: string) => validate(parseAllDocuments(text)[0]?.toJS(), schema);

const realRecipes =
  process.env['STAGEYARD_REAL_RECIPES'] ?? join(checkout, '..', 'shared', 'real-recipes');
const found = [
  ...globSync(join(checkout, '{examples,test/fixtures}', '**', '*recipe*.yaml')),
  ...globSync(join(realRecipes, 'tree', '**', '*recipe*.yaml')),
].toSorted();

describe('the schema of recipes', () => {
  it('is the committed one', () => {
    const path = join(checkout, 'docs', 'recipe.schema.json');
    assert.ok(existsSync(path));
    assert.deepEqual(
      JSON.parse(readFileSync(path, 'utf8')),
      JSON.parse(recipeSchemaText()),
      'run `stageyard schema > docs/recipe.schema.json` and `npm run format`',
    );
  });

  it('accepts every recipe that the decoder accepts', () => {
    assert.ok(found.length > 20);
    const disagreeing = found.flatMap((path) => {
      const text = readFileSync(path, 'utf8');
      if (refusals(text).length > 0) return [];
      const violations = complaints(text);
      return violations.length === 0 ? [] : [{ path: relative(checkout, path), violations }];
    });
    assert.deepEqual(disagreeing, []);
  });

  // Everything that a section can hold at least once, so that each key is met by the next tests.
  const complete = readFileSync(
    join(checkout, 'test', 'fixtures', 'schema', 'every-key.recipe.yaml'),
    'utf8',
  );

  it('knows each key of a recipe that uses all of them', () => {
    assert.deepEqual(refusals(complete), []);
    assert.deepEqual(complaints(complete), []);
    const used = new Set(complete.match(/[a-z_0-9]+(?=:)/g));
    const known = new Set<string>();
    JSON.stringify(schema, (key, value: unknown) => {
      if (key === 'properties' && typeof value === 'object' && value !== null)
        for (const name of Object.keys(value)) known.add(name);
      return value;
    });
    const single = new Set(['cache', 'version']);
    assert.deepEqual(
      [...known].filter((name) => !used.has(name) && !single.has(name)),
      [],
    );
  });

  it('refuses a misspelt key wherever the decoder refuses it', () => {
    const lines = complete.split('\n');
    const met = { refused: 0, free: 0 };
    for (const [index, line] of lines.entries()) {
      const key = /^(\s*(?:- )?)([a-z_0-9]+)(:.*)$/.exec(line);
      if (key === null) continue;
      const text = lines.with(index, `${key[1]}${key[2]}zz${key[3]}`).join('\n');
      const isRefused = refusals(text).length > 0;
      assert.equal(complaints(text).length > 0, isRefused, `line ${index + 1}: ${line.trim()}zz`);
      met[isRefused ? 'refused' : 'free'] += 1;
    }
    assert.ok(met.refused > 100 && met.free > 2, JSON.stringify(met));
  });

  const package_ = 'package: {name: a, version: 1}\n';
  const wrong = {
    'a flag that is a word': `${package_}build: {merge_build_and_host_envs: maybe}`,
    'a number that is a word': `${package_}build: {number: one}`,
    'a behaviour that does not exist': `${package_}build: {dynamic_linking: {overlinking_behavior: warn}}`,
    'a list where a value is wanted': `${package_}about: {summary: [a]}`,
    'a value where a list is wanted': `${package_}requirements: {run: a}`,
    'an item under an `if` without `then`': `${package_}requirements: {run: [{if: unix}]}`,
    'an unknown key under an `if`': `${package_}requirements: {run: [{if: unix, then: a, elif: b}]}`,
    'a source of no kind': `${package_}source: {sha256: ''}`,
    'a test of no kind': `${package_}tests: [{}]`,
    'no outputs': 'outputs: []',
    'an output of no kind': 'outputs: [{build: {number: 1}}]',
    'run requirements of a staging output':
      'outputs: [{staging: {name: a}, requirements: {run: [b]}}]',
    'another version of the format': `schema_version: 2\n${package_}`,
    'an environment variable with a dash': `${package_}build: {script: {env: {a-b: 1}}}`,
    'a context name with a dash': `context: {a-b: 1}\n${package_}`,
    'no package': 'about: {summary: a}',
  } as const;
  for (const [name, text] of Object.entries(wrong)) {
    it(`refuses ${name}`, () => {
      assert.notDeepEqual(complaints(text), []);
    });
  }

  it('accepts templates and words wherever a flag or a number is wanted', () => {
    for (const word of ['true', 'Yes', '"no"', '${{ x }}', '']) {
      assert.deepEqual(
        complaints(`${package_}build:\n  merge_build_and_host_envs: ${word}`),
        [],
        word,
      );
    }
    for (const word of ['0', '"12"', '${{ x + 1 }}'])
      assert.deepEqual(complaints(`${package_}build:\n  number: ${word}`), [], word);
  });

  it('says what keys mean', () => {
    const definitions = parse(recipeSchemaText());
    assert.equal(
      definitions.definitions.build.properties.number.description,
      'build number (default: 0)',
    );
  });
});
