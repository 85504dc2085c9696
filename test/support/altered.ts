/** Objects and classes with some methods replaced: how tests break a port without touching its code. */

/** The same object, broken. Private state stays the target's: methods that aren't replaced are its own. */
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

/** Replaces a method of a class in this whole process; `make` is given the old one. */
export function replaceMethod<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  make: (old: T[K]) => T[K],
): void {
  prototype[name] = make(prototype[name]);
}
