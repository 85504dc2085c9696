/** Tar archives in memory: good ones through the product's writer, hostile ones byte by byte. */
import { encodeHeader, paddingOf } from '#workers/archive/tar-format.ts';
import { writeTar } from '#workers/archive/tar-writer.ts';
import type { TarEntry } from '#workers/archive/tar-writer.ts';

/** The archive of these entries. */
export async function tarOf(entries: Iterable<TarEntry>): Promise<Buffer> {
  const parts: Buffer[] = [];
  await writeTar(entries, { write: (chunk) => void parts.push(Buffer.from(chunk)) });
  return Buffer.concat(parts);
}

/** A member as a hostile archive may state it. */
export interface RawMember {
  readonly name: string | Buffer;
  readonly type?: string;
  readonly link?: string;
  readonly content?: string | Buffer;
  /** Size in the header, when it lies. */
  readonly statedSizeBytes?: number;
  readonly mode?: number;
}

/** Header and padded content of one member. */
export function rawMember(member: RawMember): Buffer {
  const content = Buffer.from(member.content ?? '');
  const header = Buffer.alloc(512);
  encodeHeader(header, 0, {
    name: Buffer.from(member.name),
    mode: member.mode ?? 0o644,
    sizeBytes: member.statedSizeBytes ?? content.length,
    mtimeSeconds: 1,
    type: member.type ?? '0',
    ...(member.link === undefined ? {} : { link: Buffer.from(member.link) }),
  });
  return Buffer.concat([header, content, Buffer.alloc(paddingOf(content.length))]);
}

/** Members with the two zero blocks behind them. */
export function rawTar(...members: readonly RawMember[]): Buffer {
  return Buffer.concat([...members.map(rawMember), Buffer.alloc(1024)]);
}

/** A pax header block: each record becomes `LENGTH KEY=VALUE\n`. */
export function paxMember(records: Readonly<Record<string, string>>, type = 'x'): RawMember {
  const content = Object.entries(records)
    .map(([key, value]) => {
      const rest = Buffer.byteLength(` ${key}=${value}\n`);
      let length = rest + String(rest).length;
      if (String(length).length + rest !== length) length = rest + String(length).length;
      return `${length} ${key}=${value}\n`;
    })
    .join('');
  return { name: 'pax', type, content };
}

/** The bytes as a stream of chunks of this size. */
export async function* chunked(bytes: Uint8Array, chunkBytes = 64 * 1024): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < bytes.length; offset += chunkBytes) {
    yield Buffer.from(bytes.subarray(offset, offset + chunkBytes));
  }
}
