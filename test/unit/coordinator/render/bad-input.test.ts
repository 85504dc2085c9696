/** Input that is broken, hostile or huge: a clear refusal or the right result, soon. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { onlyOutput, refusals, rendered } from '../../../support/render-text.ts';
import { renderCase } from '../../../support/render-case.ts';

const head = "package: {name: example, version: '1'}\n";

/** Milliseconds that any of these may take, on a machine that does other things too. */
const SOON_MS = 4_000;

function soon<T>(action: () => T): T {
  const start = performance.now();
  const result = action();
  assert.ok(performance.now() - start < SOON_MS, 'it took too long');
  return result;
}

const refused = (text: string, pattern: RegExp): void => {
  const messages = soon(() => refusals(text));
  assert.match(messages.join('\n'), pattern);
};

describe('YAML that the format does not have', () => {
  it('is refused: keys twice, anchors, aliases, merge keys, tags', () => {
    refused(`${head}build: {number: 1, number: 2}\n`, /number/);
    refused(`${head}about: &a {summary: x}\n`, /anchor/);
    refused(`${head}extra: *a\n`, /anchor|alias/);
    refused(`${head}build: {<<: {number: 1}}\n`, /unknown key `<<`/);
    refused(`${head}about: {summary: !!binary abc}\n`, /tag/);
  });

  it('is refused: tabs that indent, a byte order mark', () => {
    refused(`${head}build:\n\tnumber: 1\n`, /tab/i);
    refused(`\uFEFF${head}`, /byte order mark/);
  });

  it('is no bomb: aliases of aliases are refused at the first', () => {
    const lines = Array.from({ length: 30 }, (_, at) =>
      at === 0 ? 'a0: &a0 [x, x]' : `a${at}: &a${at} [*a${at - 1}, *a${at - 1}, *a${at - 1}]`,
    );
    refused(`${head}extra:\n${lines.map((line) => `  ${line}\n`).join('')}`, /anchor|alias/);
  });
});

describe('numbers in YAML', () => {
  it('keep their text: 3.10 stays 3.10', () => {
    const text = 'package: {name: example, version: 3.10}\n';
    assert.equal(onlyOutput(text).version, '3.10');
  });
});

describe('line ends of Windows', () => {
  it('mean what others mean', () => {
    const text = `${head}build:\n  script: |\n    one\n    two\nabout:\n  summary: "a\n    b"\n`;
    const windows = onlyOutput(text.replaceAll('\n', '\r\n'));
    assert.deepEqual(windows.build.script, onlyOutput(text).build.script);
    assert.equal(windows.about.summary, 'a b');
  });
});

describe('a text that is no UTF-8', () => {
  it('is refused', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'stageyard-test-'));
    try {
      const bytes = Buffer.concat([
        Buffer.from(`${head}about: {summary: "`),
        Buffer.from([0xe9]),
        Buffer.from('"}\n'),
      ]);
      await writeFile(join(directory, 'recipe.yaml'), bytes);
      const result = renderCase(directory, { target: 'linux-64', build: 'linux-64' });
      assert.match(result.ok ? 'accepted' : result.message, /UTF-8/);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe('size', () => {
  it('is bounded: a huge file, a long line, many keys', () => {
    refused(
      `${head}about: {summary: "${'x'.repeat(5_000_000)}"}\n`,
      /more than 4194304 characters/,
    );
    const keys = Array.from({ length: 20_000 }, (_, at) => `  k${at}: ${at}\n`).join('');
    assert.equal(soon(() => rendered(`${head}extra:\n${keys}`)).outputs.length, 1);
  });

  it('is bounded: nesting of YAML, of conditions and of expressions', () => {
    refused(`${head}extra: ${'['.repeat(5000)}${']'.repeat(5000)}\n`, /deep/);
    const conditions = `${'{if: unix, then: ['.repeat(200)}x${']}'.repeat(200)}`;
    refused(`${head}requirements: {run: [${conditions}]}\n`, /deep/);
    refused(
      `${head}about: {summary: "\${{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}"}\n`,
      /deep|nest/,
    );
    refused(
      `${head}requirements: {run: [{if: "${'not '.repeat(20_000)}unix", then: x}]}\n`,
      /deep|nest|long/,
    );
  });

  it('is bounded: combinations of variants', () => {
    const keys = Array.from({ length: 12 }, (_, at) => `v${at}`);
    const variants = Object.fromEntries(keys.map((key) => [key, ['a', 'b', 'c', 'd', 'e']]));
    const text = `${head}requirements: {host: [${keys.join(', ')}]}\n`;
    assert.match(soon(() => refusals(text, { variants })).join(), /combinations/);
  });
});

describe('expressions that would not end or not fit', () => {
  const about = (expression: string): string =>
    `${head}about: {summary: ${JSON.stringify(expression)}}\n`;

  it('are refused: loops in loops', () => {
    const depth = 8;
    const loops = '{% for x in "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" %}'.repeat(depth);
    refused(about(`${loops}\${{ 1 }}${'{% endfor %}'.repeat(depth)}`), /steps|long|limit/);
  });

  it('are refused: texts and numbers that grow', () => {
    const doubled = `context:\n  a0: ${'x'.repeat(100)}\n${Array.from({ length: 40 }, (_, at) => `  a${at + 1}: \${{ a${at} ~ a${at} }}\n`).join('')}`;
    refused(doubled + head, /longer|large/);
    refused(about('${{ "a" * 999999999 }}'), /long|large|works|work/);
    refused(about('${{ 9 ** 9 ** 9 }}'), /large/);
  });

  it('are refused: a context that refers to itself', () => {
    refused(`context: {a: "\${{ b }}", b: "\${{ a }}"}\n${head}`, /`b` is not defined/);
    refused(`context: {a: "\${{ a }}"}\n${head}`, /`a` is not defined/);
  });

  it('are refused: conditions and patterns made to backtrack', () => {
    const spec = `foo ${'*a'.repeat(2000)}*`;
    soon(() => refusals(`${head}requirements: {run: [${JSON.stringify(spec)}]}\n`));
    soon(() => refusals(about(`\${{ match("1${'.1'.repeat(3000)}", ">=1") }}`)));
  });
});

describe('names with a meaning in JavaScript', () => {
  it('are names like others', () => {
    const text = `context: {constructor: a, toString: b}\n${head}extra: {__proto__: {x: 1}, constructor: 2}\n`;
    const { context, extra } = onlyOutput(text, { variants: { hasOwnProperty: ['1'] } });
    assert.equal(context['constructor'], 'a');
    assert.deepEqual(Object.keys(extra), ['__proto__', 'constructor']);
    refused(`${head}about: {summary: "\${{ constructor }}"}\n`, /not defined/);
    refused(`${head}requirements: {run: [{if: valueOf, then: x}]}\n`, /not defined/);
  });
});
