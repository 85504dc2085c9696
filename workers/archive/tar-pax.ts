/** Records of a pax extended header (POSIX.1-2001): `LENGTH KEY=VALUE\n`, one after the other. */

/** The records that matter for unpacking; all others are ignored. */
export interface PaxRecords {
  readonly path?: string;
  readonly linkTarget?: string;
  readonly sizeBytes?: number;
  readonly mtimeSeconds?: number;
  readonly isSparse?: boolean;
}

const LENGTH_DIGITS_MAX = 8;

function recordsOf(key: string, value: string): PaxRecords | string {
  if (key === 'path' || key === 'linkpath') {
    if (value.includes('\0')) return 'a name holds a NUL';
    return key === 'path' ? { path: value } : { linkTarget: value };
  }
  if (key === 'size') {
    const sizeBytes = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    return Number.isSafeInteger(sizeBytes) ? { sizeBytes } : 'a pax header has an invalid size';
  }
  if (key === 'mtime') {
    const seconds = Math.floor(Number(value));
    return Number.isSafeInteger(seconds)
      ? { mtimeSeconds: seconds }
      : 'a pax header has an invalid time';
  }
  return key.startsWith('GNU.sparse') ? { isSparse: true } : {};
}

/** Parses the body of a pax header; a string says what is wrong with it. Linear in its length. */
export function parsePaxRecords(bytes: Buffer): PaxRecords | string {
  let all: PaxRecords = {};
  let offset = 0;
  while (offset < bytes.length) {
    const space = bytes.indexOf(0x20, offset);
    const digits =
      space < 0
        ? ''
        : bytes.toString('latin1', offset, Math.min(space, offset + LENGTH_DIGITS_MAX + 1));
    const length = /^\d{1,8}$/.test(digits) ? Number(digits) : 0;
    const end = offset + length;
    if (length === 0 || end > bytes.length || bytes[end - 1] !== 0x0a)
      return 'a pax header is malformed';
    const equals = bytes.indexOf(0x3d, space);
    if (equals < 0 || equals >= end) return 'a pax header is malformed';
    const record = recordsOf(
      bytes.toString('utf8', space + 1, equals),
      bytes.toString('utf8', equals + 1, end - 1),
    );
    if (typeof record === 'string') return record;
    all = { ...all, ...record };
    offset = end;
  }
  return all;
}
