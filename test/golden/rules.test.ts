/**
 * Every message about a recipe or a variant file stands in a golden file: the texts are looked up in the sources of
 * rendering, so that a new rule without a golden fails here.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = ['coordinator/render/**/*.ts', 'proto/recipe/expression/*.ts'];
const GOLDENS = ['render/*.txt', 'render/variants/*.txt', 'rendering/refused*.json'];

/** Messages that need more than the text of a recipe; the tests beside the sources show them. */
const ELSEWHERE = [
  /^coordinator\/render\/git-repositories\.ts: /,
  /^coordinator\/render\/render-run\.ts: /,
  /: more than \0 outputs$/,
  /: the variants make \0 combinations/,
  /: the file has more than \0 characters$/,
];

/** A text literal behind `message:` or as the last word of a call that reports. */
const REPORTED =
  /(?:message:|(?:complain|fail|refuse|mistake|problem)\((?:[^()'"`]|\([^()]*\))*?)\s*('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)/g;

/** The literal's text; what is put in is one NUL. */
function textOf(literal: string): string {
  let text = '';
  let depth = 0;
  const body = literal.slice(1, -1);
  for (let at = 0; at < body.length; at += 1) {
    const opens = literal.startsWith('`') && body.startsWith('${', at);
    if (depth === 0 && opens) text += '\0';
    if (opens || (depth > 0 && body[at] === '{')) depth += 1;
    if (opens) at += 1;
    else if (depth > 0) depth -= body[at] === '}' ? 1 : 0;
    else if (body[at] === '\\') text += body[(at += 1)] ?? '';
    else text += body[at] ?? '';
  }
  return text;
}

function isSaid(text: string, goldens: string): boolean {
  const parts = text.split('\0').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(parts.join('.*?')).test(goldens);
}

describe('every rule', () => {
  const goldens = GOLDENS.flatMap((pattern) => globSync(pattern, { cwd: import.meta.dirname }))
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
    .map((text) => (text.startsWith('{') ? text.replaceAll('\\"', '"') : text))
    .join('\n');
  const rules = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).flatMap((path) =>
    [...readFileSync(join(ROOT, path), 'utf8').matchAll(REPORTED)].map(
      ([, literal = '']) => `${path}: ${textOf(literal)}`,
    ),
  );
  const sentences = rules.filter((rule) => rule.slice(rule.indexOf(': ') + 2).includes(' '));

  it('has a golden message', () => {
    const missing = sentences.filter(
      (rule) =>
        !ELSEWHERE.some((pattern) => pattern.test(rule)) &&
        !isSaid(rule.slice(rule.indexOf(': ') + 2), goldens),
    );
    assert.deepEqual(missing, []);
  });

  it('is found, and one that nothing says is noticed', () => {
    assert.ok(sentences.length > 100, `only ${sentences.length}`);
    assert.equal(isSaid('the \0 is not in any of them', goldens), false);
  });
});
