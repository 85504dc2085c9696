/** Build order and rendering order (spec 2.7, appendix E). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { orderNodes, passOrder } from '#coordinator/render/output-order.ts';

const node = (name: string, ...needs: string[]) => ({ name, needs: new Set(needs) });

function namesInOrder(nodes: readonly ReturnType<typeof node>[]): string {
  const order = orderNodes(nodes);
  return order.ok ? order.value.map((index) => nodes[index]?.name).join(' ') : '';
}

describe('the build order', () => {
  it('keeps the written order where nothing forces another', () => {
    assert.equal(namesInOrder([node('c'), node('a'), node('b')]), 'c a b');
  });

  it('puts requirements first and takes the earliest that is free', () => {
    assert.equal(namesInOrder([node('c', 'b'), node('z'), node('b', 'a'), node('a')]), 'z a b c');
  });

  it('makes a dependent wait for every variant of what it needs', () => {
    const nodes = [node('a'), node('t', 'a'), node('a'), node('t', 'a'), node('a')];
    const order = orderNodes(nodes);
    assert.deepEqual(order.ok && order.value, [0, 2, 4, 1, 3]);
  });

  it('ignores names that nobody builds, and the own name', () => {
    assert.equal(namesInOrder([node('a', 'a', 'python')]), 'a');
  });

  it('names the members of a cycle, sorted, and not those who merely wait for it', () => {
    const order = orderNodes([node('b', 'a'), node('a', 'b'), node('later', 'a'), node('first')]);
    assert.deepEqual(!order.ok && order.failure, ['a', 'b']);
  });

  it('names both of two cycles', () => {
    const nodes = [node('a', 'b'), node('b', 'a'), node('x', 'y', 'a'), node('y', 'x')];
    const order = orderNodes(nodes);
    assert.deepEqual(!order.ok && order.failure, ['a', 'b', 'x', 'y']);
  });

  it('orders a long chain written backwards', () => {
    const count = 2000;
    const nodes = Array.from({ length: count }, (_, index) => node(`o${index}`, `o${index + 1}`));
    const order = orderNodes(nodes);
    assert.equal(order.ok && order.value[0], count - 1);
    assert.equal(order.ok && order.value.length, count);
  });
});

describe('the rendering order', () => {
  const names = ['z1', 'z2', 'k', 'm', 'n', 'o', 'p', 'q'];
  const needs: Readonly<Record<string, readonly string[]>> = { z1: ['m'], z2: ['z1'], o: ['q'] };

  it('takes in each pass what waits for nothing any more', () => {
    const needsOf = (index: number) =>
      (needs[names[index] ?? ''] ?? []).map((name) => names.indexOf(name));
    const order = passOrder(names.length, needsOf).map((index) => names[index]);
    assert.deepEqual(order, ['k', 'm', 'n', 'p', 'q', 'z1', 'z2', 'o']);
  });

  it('ends on a cycle', () => {
    assert.deepEqual(
      [...passOrder(2, (index) => [1 - index])].toSorted((a, b) => a - b),
      [0, 1],
    );
  });
});
