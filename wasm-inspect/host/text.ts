/**
 * Names from files are bytes, reports are JSON. Valid UTF-8 becomes the text it is; every other byte B
 * becomes the lone surrogate U+DC00 + B (the convention that Python calls "surrogateescape").
 */

const ESCAPE = 0xdc00;

/** The text of a name. Never fails, and different bytes give different texts. */
export function textOfBytes(bytes: Uint8Array): string {
  // Names are short and ASCII: adding characters is quicker than any call that converts.
  let text = '';
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte >= 0x80) return decode(bytes);
    text += String.fromCharCode(byte);
  }
  return text;
}

function decode(bytes: Uint8Array): string {
  const parts: string[] = [];
  let from = 0;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < buffer.length; ) {
    const length = sequenceLength(buffer, at);
    if (length === 0) {
      parts.push(
        buffer.toString('utf8', from, at),
        String.fromCharCode(ESCAPE + (buffer[at] ?? 0)),
      );
      from = at + 1;
    }
    at += Math.max(length, 1);
  }
  parts.push(buffer.toString('utf8', from));
  return parts.join('');
}

// Length of the valid UTF-8 sequence at `at`, 0 when there is none.
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let i = 1; i < length; i++) {
    if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  const second = bytes[at + 1] ?? 0;
  const isOverlong = (first === 0xe0 && second < 0xa0) || (first === 0xf0 && second < 0x90);
  const isSurrogate = first === 0xed && second >= 0xa0;
  const isBeyond = first === 0xf4 && second >= 0x90;
  return isOverlong || isSurrogate || isBeyond ? 0 : length;
}

/** The bytes of a text made by `textOfBytes`. */
export function bytesOfText(text: string): Uint8Array {
  const parts: Buffer[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const isLow = unit >= 0xdc80 && unit <= 0xdcff;
    const previous = i === 0 ? 0 : text.charCodeAt(i - 1);
    if (!isLow || (previous >= 0xd800 && previous <= 0xdbff)) continue;
    parts.push(Buffer.from(text.slice(from, i), 'utf8'), Buffer.from([unit - ESCAPE]));
    from = i + 1;
  }
  parts.push(Buffer.from(text.slice(from), 'utf8'));
  return Buffer.concat(parts);
}

/** A path as the file system takes it: text, or bytes where the text stands for some that are no UTF-8. */
export function systemPath(path: string): string | Buffer {
  return /[\udc80-\udcff]/.test(path) ? Buffer.from(bytesOfText(path)) : path;
}
