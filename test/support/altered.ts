/** The same object with some methods replaced: how tests break a port without touching its code. */

/** Private state stays the target's: methods that aren't replaced are its own. */
export function altered<T extends object>(target: T, changes: Partial<T>): T {
  return new Proxy(target, {
    get(_target, key): unknown {
      const change: unknown = Reflect.get(changes, key);
      if (change !== undefined) return change;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
