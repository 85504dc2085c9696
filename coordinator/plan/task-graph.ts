/**
 * The graph while it is planned: hard edges must hold, soft edges are wishes that a cycle cancels.
 *
 *     a ──hard──> b        b starts when a is done; a cycle of these is the recipe's fault
 *     a ┄┄soft┄┄> b        the same, unless both lie on a common cycle
 */

/** Nodes are numbered from 0; edges point from prerequisite to dependent. */
export class TaskGraph {
  readonly #hard: Set<number>[] = [];
  readonly #soft: Set<number>[] = [];

  /** A new node's number. */
  addNode(): number {
    this.#soft.push(new Set());
    return this.#hard.push(new Set()) - 1;
  }

  /** `dependent` needs `prerequisite`. An edge to oneself is ignored. */
  addHard(prerequisite: number, dependent: number): void {
    if (prerequisite !== dependent) this.#hard[dependent]?.add(prerequisite);
  }

  /** `dependent` would rather come after `prerequisite`. */
  addSoft(prerequisite: number, dependent: number): void {
    if (prerequisite !== dependent) this.#soft[dependent]?.add(prerequisite);
  }

  /** Hard prerequisites of a node, ascending. */
  hardPrerequisites(node: number): readonly number[] {
    return [...(this.#hard[node] ?? [])].toSorted((a, b) => a - b);
  }

  /**
   * Groups of nodes that need each other over hard edges, each ascending; empty when there are none.
   */
  hardCycles(): readonly (readonly number[])[] {
    const component = components(this.#hard.map((edges) => [...edges]));
    return groupsOf(component).filter((group) => group.length > 1);
  }

  /**
   * Prerequisites of each node that remain, ascending: all hard ones, and the soft ones whose two ends
   * aren't on a common cycle. Free of cycles if there are no {@link hardCycles}.
   */
  settle(): readonly (readonly number[])[] {
    const all = this.#hard.map((edges, node) => [...edges, ...(this.#soft[node] ?? [])]);
    const component = components(all);
    return this.#hard.map((hard, node) => {
      const soft = [...(this.#soft[node] ?? [])].filter(
        (other) => component[other] !== component[node],
      );
      return [...new Set([...hard, ...soft])].toSorted((a, b) => a - b);
    });
  }
}

/** Kahn's algorithm, smallest number first: a stable order. Nodes of a cycle are missing from it. */
export function stableOrder(prerequisites: readonly (readonly number[])[]): readonly number[] {
  const dependents: number[][] = prerequisites.map(() => []);
  const missing = prerequisites.map((list) => list.length);
  for (const [node, list] of prerequisites.entries()) {
    for (const before of list) dependents[before]?.push(node);
  }
  const free = new SmallestFirst();
  for (const [node, count] of missing.entries()) if (count === 0) free.push(node);
  const order: number[] = [];
  for (let node = free.pop(); node !== undefined; node = free.pop()) {
    order.push(node);
    for (const dependent of dependents[node] ?? []) {
      const left = (missing[dependent] ?? 0) - 1;
      missing[dependent] = left;
      if (left === 0) free.push(dependent);
    }
  }
  return order;
}

/** Binary heap of numbers. */
class SmallestFirst {
  readonly #heap: number[] = [];

  push(value: number): void {
    const heap = this.#heap;
    let at = heap.push(value) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] ?? 0;
      if (above <= value) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = value;
  }

  pop(): number | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const child = (heap[right] ?? Infinity) < (heap[left] ?? Infinity) ? right : left;
      const below = heap[child];
      if (below === undefined || below >= last) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

/** Strongly connected components (Tarjan, without recursion): the component's number of each node. */
function components(edges: readonly (readonly number[])[]): readonly number[] {
  const search = new ComponentSearch(edges);
  for (let node = 0; node < edges.length; node += 1) search.visit(node);
  return search.component;
}

class ComponentSearch {
  readonly component: number[];
  readonly #edges: readonly (readonly number[])[];
  readonly #index: number[];
  readonly #low: number[];
  readonly #open: number[] = [];
  #visited = 0;
  #found = 0;

  constructor(edges: readonly (readonly number[])[]) {
    this.#edges = edges;
    this.component = edges.map(() => -1);
    this.#index = edges.map(() => -1);
    this.#low = edges.map(() => -1);
  }

  visit(root: number): void {
    if (this.#index[root] !== -1) return;
    const path: { node: number; next: number }[] = [this.#enter(root)];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const target = this.#edges[top.node]?.[top.next];
      top.next += 1;
      if (target === undefined) {
        path.pop();
        this.#leave(top.node);
        const parent = path.at(-1);
        if (parent !== undefined) this.#lower(parent.node, this.#low[top.node] ?? 0);
      } else if (this.#index[target] === -1) {
        path.push(this.#enter(target));
      } else if (this.component[target] === -1) {
        this.#lower(top.node, this.#index[target] ?? 0);
      }
    }
  }

  #enter(node: number): { node: number; next: number } {
    this.#index[node] = this.#visited;
    this.#low[node] = this.#visited;
    this.#visited += 1;
    this.#open.push(node);
    return { node, next: 0 };
  }

  #lower(node: number, value: number): void {
    this.#low[node] = Math.min(this.#low[node] ?? 0, value);
  }

  #leave(node: number): void {
    if (this.#low[node] !== this.#index[node]) return;
    for (let member = this.#open.pop(); member !== undefined; member = this.#open.pop()) {
      this.component[member] = this.#found;
      if (member === node) break;
    }
    this.#found += 1;
  }
}

function groupsOf(component: readonly number[]): readonly (readonly number[])[] {
  const groups = new Map<number, number[]>();
  for (const [node, number] of component.entries()) {
    const group = groups.get(number);
    if (group === undefined) groups.set(number, [node]);
    else group.push(node);
  }
  return [...groups.values()];
}
