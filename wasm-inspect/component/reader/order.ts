// Numbers in the byte order and width of the file at hand. Callers have checked the bytes with `need`.
export let big: bool;
export let wide: bool;

export function setOrder(isBig: bool, isWide: bool): void {
  big = isBig;
  wide = isWide;
}

// @ts-ignore: decorator
@inline
export function u16At(p: usize): u32 {
  const v = load<u16>(p);
  return big ? bswap<u16>(v) : v;
}
// @ts-ignore: decorator
@inline
export function u32At(p: usize): u32 {
  const v = load<u32>(p);
  return big ? bswap<u32>(v) : v;
}
// @ts-ignore: decorator
@inline
export function u64At(p: usize): u64 {
  const v = load<u64>(p);
  return big ? bswap<u64>(v) : v;
}
/** An address, offset or size: 4 or 8 bytes. */
// @ts-ignore: decorator
@inline
export function wordAt(p: usize): u64 {
  return wide ? u64At(p) : u32At(p);
}
