/** Whatever a recipe file holds, rendering answers with outputs or with problems that have a place. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { renderText } from '../../support/render-text.ts';

const seed = `context:
  version: "1.0"
recipe: {name: x, version: "\${{ version }}"}
build: {number: 1, skip: [win]}
outputs:
  - staging: {name: s}
    requirements: {build: ["\${{ compiler('c') }}"], host: [zlib]}
  - package: {name: a}
    inherit: s
    requirements:
      run:
        - if: linux
          then: \${{ pin_subpackage('b', exact=True) }}
  - package: {name: b}
    tests: [{script: [echo "\${{ version }}"]}]
`;

const fragments = [
  '${{',
  '}}',
  '{',
  '[',
  ']',
  ':',
  '- ',
  '\n',
  '  ',
  '\t',
  '"',
  "'",
  '|',
  '&a',
  '*a',
  '!!x',
  '#',
  'if:',
  'null',
  '\uFEFF',
  '\0',
  '\ud800',
  'package',
  'outputs:',
];

/** The seed with stretches replaced. */
const mutated = fc
  .array(
    fc.record({
      at: fc.nat(seed.length),
      length: fc.nat(12),
      text: fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 6 })),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((edits) =>
    edits.reduce(
      (text, { at, length, text: piece }) => text.slice(0, at) + piece + text.slice(at + length),
      seed,
    ),
  );

it('a damaged recipe never makes rendering throw, and problems lie inside the file', () => {
  fc.assert(
    fc.property(mutated, (text) => {
      const result = renderText(text, { variants: { zlib: ['1', '2'] } });
      const problems = result.ok ? result.value.notices : result.failure;
      const lineCount = text.split('\n').length;
      for (const { line, length, message } of problems) {
        assert.ok(line <= lineCount, message);
        assert.ok(length >= 1, message);
      }
      if (!result.ok) assert.ok(problems.length > 0);
    }),
    { numRuns: 500 },
  );
});
