/** `context:` and `extra:`: what quotes, templates and lists make of a value (spec 1.2). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onlyOutput, refusals } from '../../../../support/render-text.ts';

const head = "package: {name: example, version: '1'}\n";
const valueOf = (written: string): unknown =>
  onlyOutput(`context:\n  five: 5\n  both: [1, two]\n  value: ${written}\n${head}`).context[
    'value'
  ];

describe('a context value', () => {
  it('keeps the type of a template alone and without quotes', () => {
    assert.equal(valueOf('${{ five + 1 }}'), 6);
    assert.equal(valueOf('${{ five > 1 }}'), true);
    assert.equal(valueOf('${{ "7" }}'), '7');
    assert.deepEqual(valueOf('${{ both }}'), [1, 'two']);
    assert.deepEqual(valueOf('${{ {"a":1} }}'), { a: 1 });
    assert.equal(valueOf('${{ 10 / 5 }}'), 2);
  });

  it('is text where the template is in quotes or a block', () => {
    assert.equal(valueOf("'${{ five + 1 }}'"), '6');
    assert.equal(valueOf('|\n    ${{ five }}'), '5');
  });

  it('is typed by the rendered text where a template without quotes stands among text', () => {
    assert.equal(valueOf('1${{ five }}'), 15);
    assert.equal(valueOf('tr${{ "ue" }}'), true);
    assert.equal(valueOf('1.${{ five }}'), '1.5');
  });

  it('takes the items of a list as written', () => {
    assert.deepEqual(valueOf("['${{ five }}', 2, 3.10]"), ['${{ five }}', 2, '3.10']);
    assert.equal(refusals(`context: {value: [{if: unix, then: a}]}\n${head}`).length, 1);
  });

  it('is refused where a condition leaves it without a value', () => {
    assert.deepEqual(refusals(`context:\n  value: \${{ 1 if false }}\n${head}`), [
      'the value is not defined',
    ]);
  });
});

describe('a value of extra', () => {
  const extra = (written: string): unknown =>
    onlyOutput(`${head}extra:\n  value: ${written}\n`).extra['value'];

  it('is text where it is a template', () => {
    assert.equal(extra('${{ 1 + 1 }}'), '2');
    assert.equal(extra('|\n    a ${{ 1 }}'), 'a 1');
  });

  it('is a number where it is written as one', () => {
    assert.equal(extra('1e3'), 1000);
    assert.equal(extra('1.10'), 1.1);
    assert.equal(extra('0x10'), '0x10');
  });

  it('brings no variant of its own', () => {
    const variants = { python: ['3.11', '3.12'] };
    assert.deepEqual(refusals(`${head}extra: {value: "\${{ python }}"}\n`, { variants }), [
      '`python` is not defined',
    ]);
  });
});
