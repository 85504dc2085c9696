/**
 * Unpacks source archives below an empty directory. Whatever the format, members go through the safe
 * sink: names that leave the directory, devices, writing through links, and archives that unpack to
 * far more than they are, are refused with `SOURCE_UNSAFE`.
 */
import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { StageyardError, wrapError } from '#proto/errors.ts';
import { decompressBzip2File } from '../archive/bzip2.ts';
import { type ExtractOptions, extractTar } from '../archive/tar-extract.ts';
import { hoistSingleDirectory } from '../archive/top-level.ts';
import { decompressZstdFile } from '../archive/zstd.ts';
import type { ArchiveFormat } from './archive-names.ts';
import { runTool, streamTool, type ToolOutcome } from './system-tool.ts';
import { checkExtractedTree } from './tree-check.ts';
import { extractZip } from './zip-extract.ts';

const CODE = 'SOURCE_UNSAFE';
const FILES_MAX = 2_000_000;
/** An archive may always unpack to this much; more only in proportion to its own size. */
const UNPACKED_BYTES_ALLOWED = 2 * 1024 ** 3;
const UNPACKED_RATIO_MAX = 300;
const UNPACKED_BYTES_MAX = 128 * 1024 ** 3;

/** What to unpack. */
export interface UnpackRequest {
  readonly archive: string;
  readonly format: ArchiveFormat;
  /** Existing and empty. */
  readonly directory: string;
  /** For messages: the source as the recipe names it. */
  readonly label: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Unpacks; a single top-level directory is stripped (spec 1.4). Rejects with `SOURCE_UNSAFE` (hostile or
 * damaged), `SOURCE_TOOL_MISSING`, `DISK_FULL`, `CANCELLED`.
 */
export async function unpackArchive(request: UnpackRequest): Promise<void> {
  const { size } = await stat(request.archive);
  const allowed = Math.max(UNPACKED_BYTES_ALLOWED, size * UNPACKED_RATIO_MAX);
  const maxBytes = Math.min(allowed, UNPACKED_BYTES_MAX);
  try {
    if (request.format === 'zip') {
      await extractZip(request.archive, request.directory, {
        code: CODE,
        maxBytes,
        maxFiles: FILES_MAX,
      });
      hoistSingleDirectory(request.directory);
    } else if (request.format === '7z') {
      await unpackSevenZip(request, maxBytes);
    } else {
      const content = tarStreamOf(request.format, request, maxBytes);
      await extractTar(content, request.directory, tarOptions(request, maxBytes));
    }
  } catch (error) {
    if (request.signal?.aborted === true)
      throw new StageyardError('CANCELLED', 'unpacking was cancelled');
    throw wrapError(error, `source ${request.label}`, CODE);
  }
}

function tarOptions({ signal }: UnpackRequest, maxBytes: number): ExtractOptions {
  return {
    code: CODE,
    maxBytes,
    maxFiles: FILES_MAX,
    stripTopLevel: true,
    duplicates: 'replace',
    keepTimes: true,
    ...(signal === undefined ? {} : { signal }),
  };
}

type TarFormat = Exclude<ArchiveFormat, 'zip' | '7z'>;

/** Programs that unpack to standard output. `gzip` knows the old `compress` format. */
const tools: Readonly<
  Record<'tar.xz' | 'tar.lzma' | 'tar.Z' | 'tar.lz' | 'tar.lzo', readonly string[]>
> = {
  'tar.xz': ['xz', '-dc', '--'],
  'tar.lzma': ['xz', '--format=lzma', '-dc', '--'],
  'tar.Z': ['gzip', '-dc', '--'],
  'tar.lz': ['lzip', '-dc', '--'],
  'tar.lzo': ['lzop', '-dc', '--'],
};

function tarStreamOf(
  format: TarFormat,
  request: UnpackRequest,
  maxBytes: number,
): AsyncIterable<Uint8Array> {
  const { archive } = request;
  // The tar around the files is larger than their sum; the sum itself is bounded exactly.
  const bounds = { code: CODE, maxOutputBytes: maxBytes * 2 } as const;
  switch (format) {
    case 'tar':
      return createReadStream(archive);
    case 'tar.gz':
      return gunzipped(archive);
    case 'tar.bz2':
      return decompressBzip2File(archive, bounds);
    case 'tar.zst':
      return decompressZstdFile(archive, bounds);
    case 'tar.xz':
    case 'tar.lzma':
    case 'tar.Z':
    case 'tar.lz':
    case 'tar.lzo':
      return unpackedByTool(tools[format], request);
  }
}

async function* gunzipped(archive: string): AsyncGenerator<Uint8Array> {
  const input = createReadStream(archive);
  const unpacked = createGunzip();
  input.on('error', (error) => unpacked.destroy(error));
  try {
    yield* input.pipe(unpacked) as AsyncIterable<Buffer>;
  } catch (error) {
    throw wrapError(error, 'damaged gzip data', CODE);
  } finally {
    input.destroy();
    unpacked.destroy();
  }
}

async function* unpackedByTool(
  tool: readonly string[],
  request: UnpackRequest,
): AsyncGenerator<Uint8Array> {
  const outcome = yield* streamTool([...tool, request.archive], { signal: request.signal });
  if (outcome.kind === 'missing' && tool === tools['tar.xz']) {
    yield* unpackedByLibrary(request.archive);
    return;
  }
  checkTool(outcome, { name: tool[0] ?? '', format: request.format });
}

/** Slower than the tool, and always there. */
async function* unpackedByLibrary(archive: string): AsyncGenerator<Uint8Array> {
  const { XzReadableStream } = await import('xz-decompress');
  const input = createReadStream(archive);
  try {
    yield* new XzReadableStream(Readable.toWeb(input) as ReadableStream<Uint8Array>);
  } catch (error) {
    throw wrapError(error, 'damaged xz data', CODE);
  } finally {
    input.destroy();
  }
}

function checkTool(outcome: ToolOutcome, { name, format }: { name: string; format: string }): void {
  if (outcome.kind === 'missing') {
    throw new StageyardError(
      'SOURCE_TOOL_MISSING',
      `a ${format} archive needs the program ${name}, which is not on PATH`,
    );
  }
  if (outcome.status !== 0) {
    throw new StageyardError(
      CODE,
      `${name} refuses the archive (status ${outcome.status}): ${outcome.message}`,
    );
  }
}

/** `bsdtar` turns it into a tar stream for the safe sink; 7-Zip's own program unpacks into a directory that is checked after. */
async function unpackSevenZip(request: UnpackRequest, maxBytes: number): Promise<void> {
  const { archive, directory, signal } = request;
  const converted = streamTool(['bsdtar', '-cf', '-', `@${archive}`], { signal });
  if (await isThere('bsdtar', signal)) {
    await extractTar(withStatus(converted, 'bsdtar'), directory, tarOptions(request, maxBytes));
    return;
  }
  for (const program of ['7z', '7zz', '7za', '7zr']) {
    const inner = join(directory, 'unpacked');
    await mkdir(inner, { recursive: true });
    const outcome = await runTool([program, 'x', '-y', `-o${inner}`, '--', archive], { signal });
    if (outcome.kind === 'missing') continue;
    checkTool(outcome, { name: program, format: '7z' });
    checkExtractedTree(inner, { code: CODE, maxBytes, maxFiles: FILES_MAX });
    hoistSingleDirectory(inner);
    hoistSingleDirectory(directory);
    return;
  }
  throw new StageyardError(
    'SOURCE_TOOL_MISSING',
    'a 7z archive needs bsdtar or 7z, neither is on PATH. Debian: apt install libarchive-tools',
  );
}

async function isThere(program: string, signal: AbortSignal | undefined): Promise<boolean> {
  return (await runTool([program, '--version'], { signal })).kind === 'ended';
}

async function* withStatus(
  stream: AsyncGenerator<Buffer, ToolOutcome>,
  name: string,
): AsyncGenerator<Buffer> {
  checkTool(yield* stream, { name, format: '7z' });
}
