/**
 * Tasks that may be offered: one queue per pool, critical path first, plan order among equals; tasks that
 * wait for their back-off in a queue of their own. Entries are never removed, only passed over when
 * their task has moved on: a task is put in each time it becomes ready.
 */
import type { TaskState } from './state.ts';

/** See the file's head. */
export class ReadyQueues {
  readonly #byPool = new Map<string, Heap<TaskState>>();
  readonly #delayed = new Heap<Delayed>(
    (a, b) => a.notBeforeMs - b.notBeforeMs || a.task.index - b.task.index,
  );

  /** Puts a task in that just became ready. */
  add(task: TaskState, nowMs: number): void {
    if (task.notBeforeMs > nowMs) {
      this.#delayed.push({ task, notBeforeMs: task.notBeforeMs });
    } else {
      this.#poolHeap(task.plan.pool).push(task);
    }
  }

  /** Moves tasks whose delay is over to their pool's queue. */
  wake(nowMs: number): void {
    for (let top = this.#delayed.peek(); top !== undefined; top = this.#delayed.peek()) {
      if (top.notBeforeMs > nowMs) return;
      this.#delayed.pop();
      this.#poolHeap(top.task.plan.pool).push(top.task);
    }
  }

  /** Pools that may have ready tasks, sorted by code units: the same for a replayed and a restored state. */
  get pools(): readonly string[] {
    return [...this.#byPool.keys()].toSorted();
  }

  /** The next task to offer in a pool; it stays until its phase changes. */
  first(pool: string, nowMs: number): TaskState | undefined {
    const heap = this.#byPool.get(pool);
    for (let top = heap?.peek(); top !== undefined; top = heap?.peek()) {
      if (top.phase === 'ready' && top.notBeforeMs <= nowMs) return top;
      heap?.pop();
    }
    return undefined;
  }

  /** When the next delay ends; undefined when nothing is delayed. */
  get nextWakeMs(): number | undefined {
    for (let top = this.#delayed.peek(); top !== undefined; top = this.#delayed.peek()) {
      if (top.task.phase === 'ready' && top.task.notBeforeMs === top.notBeforeMs) {
        return top.notBeforeMs;
      }
      this.#delayed.pop();
    }
    return undefined;
  }

  #poolHeap(pool: string): Heap<TaskState> {
    const known = this.#byPool.get(pool);
    if (known !== undefined) return known;
    const heap = new Heap<TaskState>((a, b) => b.priority - a.priority || a.index - b.index);
    this.#byPool.set(pool, heap);
    return heap;
  }
}

interface Delayed {
  readonly task: TaskState;
  readonly notBeforeMs: number;
}

/** Binary heap: the item that compares lowest comes first. */
class Heap<T> {
  readonly #items: T[] = [];
  readonly #compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent];
      if (above === undefined || this.#compare(above, item) <= 0) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  pop(): T | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#sink(last);
    return first;
  }

  #sink(item: T): void {
    const items = this.#items;
    let at = 0;
    for (;;) {
      const child = this.#lowerChild(at);
      const below = items[child];
      if (below === undefined || this.#compare(below, item) >= 0) break;
      items[at] = below;
      at = child;
    }
    items[at] = item;
  }

  #lowerChild(at: number): number {
    const left = this.#items[2 * at + 1];
    const right = this.#items[2 * at + 2];
    const isRight = left !== undefined && right !== undefined && this.#compare(right, left) < 0;
    return 2 * at + (isRight ? 2 : 1);
  }
}
