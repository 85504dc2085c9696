// Bump arena: arguments, file bytes and results of one call lie here and are dropped together by the
// post-return function. No garbage-collected objects exist in the component.
let top: usize = __heap_base;

/** `size` bytes, zeroed only where memory is fresh. Traps when the host refuses more memory. */
export function alloc(size: usize, align: usize = 8): usize {
  const at = (top + align - 1) & ~(align - 1);
  const end = at + size;
  if (end < at) unreachable();
  const have = <usize>memory.size() << 16;
  if (end > have) {
    const pages = <i32>((end - have + 0xffff) >>> 16);
    if (memory.grow(pages) < 0) unreachable();
  }
  top = end;
  return at;
}

/** Drops everything. */
export function reset(): void {
  top = __heap_base;
}

/** Canonical ABI `cabi_realloc`. */
export function realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (old != 0 && old + oldSize == top) {
    top = old;
    return alloc(size, align);
  }
  const at = alloc(size, align);
  if (old != 0) memory.copy(at, old, min(oldSize, size));
  return at;
}
