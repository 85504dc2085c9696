/**
 * Build order: one stable topological sort over everything that will be built (spec 2.7, appendix E, Order). A node
 * waits for all nodes of each name it needs; among those that wait for nothing the earliest written one comes first.
 */
import { fail, ok, type Result } from '#proto/result.ts';
import { compareBytewise } from './hash.ts';

/** One output of one variant. Names that no node has are ignored, and so is its own. */
export interface OrderNode {
  readonly name: string;
  readonly needs: ReadonlySet<string>;
}

/** Smallest-first queue of indices. */
class IndexHeap {
  readonly #items: number[] = [];

  push(index: number): void {
    const items = this.#items;
    let at = items.push(index) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent] ?? 0;
      if (above <= index) break;
      items[at] = above;
      at = parent;
    }
    items[at] = index;
  }

  pop(): number | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const leftValue = items[left];
      if (leftValue === undefined) break;
      const rightValue = items[right] ?? Number.POSITIVE_INFINITY;
      const child = rightValue < leftValue ? right : left;
      const value = Math.min(leftValue, rightValue);
      if (value >= last) break;
      items[at] = value;
      at = child;
    }
    items[at] = last;
    return top;
  }
}

/**
 * Order in which repeated passes over the nodes would take them, each pass taking what waits for nothing any more.
 * This is the order of rendering, which decides between nodes that {@link orderNodes} leaves free. `needsOf` gives
 * the indices a node waits for; on a cycle the wait is ignored.
 */
export function passOrder(
  count: number,
  needsOf: (index: number) => readonly number[],
): readonly number[] {
  const passes: (number | undefined)[] = Array.from({ length: count });
  const visiting = new Set<number>();
  const passOf = (index: number): number => {
    const known = passes[index];
    if (known !== undefined) return known;
    visiting.add(index);
    let pass = 0;
    for (const need of needsOf(index)) {
      if (need === index || visiting.has(need)) continue;
      pass = Math.max(pass, passOf(need) + (need > index ? 1 : 0));
    }
    visiting.delete(index);
    passes[index] = pass;
    return pass;
  };
  const indices = Array.from({ length: count }, (_, index) => index);
  return indices.sort((a, b) => passOf(a) - passOf(b) || a - b);
}

/** Names that are on a cycle: what is left when everything that only waits, and everything nobody waits for, is gone. */
function namesOnCycles(needsOfName: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const left = new Set(needsOfName.keys());
  for (let shrinking = true; shrinking; ) {
    const needed = new Set([...left].flatMap((name) => [...(needsOfName.get(name) ?? [])]));
    const gone = [...left].filter(
      (name) =>
        !needed.has(name) || ![...(needsOfName.get(name) ?? [])].some((other) => left.has(other)),
    );
    for (const name of gone) left.delete(name);
    shrinking = gone.length > 0;
  }
  return [...left].sort(compareBytewise);
}

/** Indices in build order, or the names that form cycles. */
export function orderNodes(
  nodes: readonly OrderNode[],
): Result<readonly number[], readonly string[]> {
  const countOfName = new Map<string, number>();
  for (const { name } of nodes) countOfName.set(name, (countOfName.get(name) ?? 0) + 1);
  const waiters = new Map<string, number[]>();
  const openNeeds = nodes.map((node, index) => {
    const needs = [...node.needs].filter((name) => name !== node.name && countOfName.has(name));
    for (const name of needs) {
      const list = waiters.get(name);
      if (list === undefined) waiters.set(name, [index]);
      else list.push(index);
    }
    return needs.length;
  });
  const ready = new IndexHeap();
  openNeeds.forEach((count, index) => {
    if (count === 0) ready.push(index);
  });
  const order: number[] = [];
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    order.push(index);
    const name = nodes[index]?.name ?? '';
    const left = (countOfName.get(name) ?? 1) - 1;
    countOfName.set(name, left);
    if (left > 0) continue;
    for (const waiter of waiters.get(name) ?? []) {
      const open = (openNeeds[waiter] ?? 1) - 1;
      openNeeds[waiter] = open;
      if (open === 0) ready.push(waiter);
    }
  }
  if (order.length === nodes.length) return ok(order);
  const done = new Set(order);
  const needsOfName = new Map<string, Set<string>>();
  nodes.forEach((node, index) => {
    if (done.has(index)) return;
    const needs = needsOfName.get(node.name) ?? new Set<string>();
    for (const name of node.needs) if (name !== node.name) needs.add(name);
    needsOfName.set(node.name, needs);
  });
  return fail(namesOnCycles(needsOfName));
}
