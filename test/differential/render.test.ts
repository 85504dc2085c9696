/**
 * Rendering beside rattler-build 0.73.0 as a Python module: names, versions, build strings, hashes, prefixes,
 * variants, requirements, and which recipes are refused. Not compared: words of messages; the order of outputs
 * (the module's is not the command's); booleans in texts (`True` since 0.74).
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { renderOnlyJson } from '#coordinator/render/json.ts';
import { pythonVenv } from '../support/python-venv.ts';
import { rendered, renderText } from '../support/render-text.ts';
import { accepted, refused, type RenderCase } from './render-cases.ts';

const PEER_TIMEOUT_MS = 120_000;

function peerAnswers(python: string, cases: readonly RenderCase[]): readonly unknown[] {
  const input = cases.map(({ text, options = {} }) => {
    const build = options.build ?? 'linux-64';
    return {
      text,
      variants: options.variants ?? {},
      zip_keys: options.zipKeys ?? [],
      build,
      target: options.target ?? build,
    };
  });
  const peer = spawnSync(python, [join(import.meta.dirname, 'peer_render.py')], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    timeout: PEER_TIMEOUT_MS,
  });
  assert.equal(peer.status, 0, peer.stderr);
  const answers: unknown = JSON.parse(peer.stdout);
  assert.ok(Array.isArray(answers));
  return answers;
}

/** What the peer's script says about each output, of our rendering. */
function ourAnswer({ text, options }: RenderCase): readonly object[] {
  const recipe = rendered(text, options);
  const documents = renderOnlyJson([recipe], { channels: [] });
  return recipe.outputs.map((output, index) => {
    const document = documents[index]?.['recipe'];
    assert.ok(typeof document === 'object' && document !== null && 'requirements' in document);
    return {
      name: output.name,
      version: output.version,
      string: output.build.string,
      hash: output.hash.hash,
      prefix: output.hash.prefix,
      variant: output.variant,
      requirements: document.requirements,
    };
  });
}

const sorted = (answer: unknown): unknown =>
  Array.isArray(answer) ? answer.map((item) => JSON.stringify(item)).toSorted() : answer;

/** The same object with sorted keys at every level. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, canonical(item)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

describe('rendering as rattler-build does', () => {
  let answers: readonly unknown[] = [];
  let refusals: readonly unknown[] = [];
  before(async () => {
    const python = await pythonVenv();
    answers = peerAnswers(python, accepted);
    refusals = peerAnswers(python, refused);
  });

  accepted.forEach((item, index) => {
    it(`agrees on ${item.name}`, () => {
      assert.ok(Array.isArray(answers[index]), JSON.stringify(answers[index]));
      assert.deepEqual(sorted(canonical(ourAnswer(item))), sorted(canonical(answers[index])));
    });
  });

  refused.forEach((item, index) => {
    it(`refuses ${item.name}`, () => {
      assert.equal(Array.isArray(refusals[index]), false);
      assert.equal(renderText(item.text, item.options).ok, false);
    });
  });
});
