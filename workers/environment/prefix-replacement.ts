/**
 * Rewrites the path that a package was built in to the path that it is installed in. Text grows or
 * shrinks; in binary files each C string keeps its length: what is saved becomes NUL bytes at its end.
 */
import { StageyardError } from '#proto/errors.ts';

/** Longest `#!` line that the kernel reads whole. */
const SHEBANG_BYTES_MAX = { linux: 127, osx: 512 } as const;
const SHEBANG = /^#!\s*(\/(?:\\ |[^ \n\r\t])*)(.*)$/;

/** What to replace, and where the result will run. */
export interface Replacement {
  readonly placeholder: string;
  readonly prefix: string;
  /** Conda platform: decides the limit of `#!` lines. */
  readonly platform: string;
}

function replaceAll(bytes: Buffer, from: Buffer, to: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const hit = bytes.indexOf(from, at);
    if (hit < 0) break;
    parts.push(bytes.subarray(at, hit), to);
    at = hit + from.length;
  }
  return at === 0 ? bytes : Buffer.concat([...parts, bytes.subarray(at)]);
}

/**
 * A `#!` line for an interpreter whose path is too long for the kernel or has a space. Python finds
 * itself through a line that is a string to it and a command to the shell; everything else is looked
 * up on PATH.
 */
export function shebangFor(interpreter: string, rest: string, platform: string): string {
  const line = `#!${interpreter}${rest}`;
  const limit = platform.startsWith('osx') ? SHEBANG_BYTES_MAX.osx : SHEBANG_BYTES_MAX.linux;
  if (Buffer.byteLength(line) <= limit && !interpreter.includes(' ')) return line;
  const program = interpreter.slice(interpreter.lastIndexOf('/') + 1);
  if (/^pythonw?[\d.]*$/.test(program))
    return `#!/bin/sh\n'''exec' "${interpreter}"${rest} "$0" "$@" #'''`;
  // Without -S the kernel hands program and arguments to env as one word, which names no program.
  return rest.trim() === '' ? `#!/usr/bin/env ${program}` : `#!/usr/bin/env -S ${program}${rest}`;
}

function replaceShebang(line: string, { placeholder, prefix, platform }: Replacement): string {
  const [, interpreter, rest = ''] = SHEBANG.exec(line) ?? [];
  if (interpreter === undefined || !line.includes(placeholder)) return line;
  return shebangFor(
    interpreter.replaceAll(placeholder, prefix),
    rest.replaceAll(placeholder, prefix),
    platform,
  );
}

/** Replaces every occurrence; a first line `#!` that gets too long takes another form. */
export function replaceInText(bytes: Buffer, replacement: Replacement): Buffer {
  const from = Buffer.from(replacement.placeholder);
  const to = Buffer.from(replacement.prefix);
  const isScript =
    bytes[0] === 0x23 && bytes[1] === 0x21 && !replacement.platform.startsWith('win');
  if (!isScript) return replaceAll(bytes, from, to);
  const newline = bytes.indexOf(0x0a);
  const end = newline < 0 ? bytes.length : newline;
  const line = replaceShebang(bytes.toString('utf8', 0, end), replacement);
  return Buffer.concat([Buffer.from(line), replaceAll(bytes.subarray(end), from, to)]);
}

/**
 * Replaces every occurrence without moving any other byte. Throws `PACKAGE_INVALID` when the new
 * path is longer than the placeholder.
 */
export function replaceInBinary(bytes: Buffer, replacement: Replacement): Buffer {
  const from = Buffer.from(replacement.placeholder);
  const to = Buffer.from(replacement.prefix);
  if (to.length > from.length) {
    throw new StageyardError(
      'PACKAGE_INVALID',
      `the prefix has ${to.length} bytes, the package leaves room for ${from.length}: install it below a shorter path`,
    );
  }
  const result = Buffer.from(bytes);
  let at = 0;
  for (;;) {
    const hit = bytes.indexOf(from, at);
    if (hit < 0) return result;
    const nul = bytes.indexOf(0, hit);
    const end = nul < 0 ? bytes.length : nul;
    const replaced = replaceAll(bytes.subarray(hit, end), from, to);
    result.set(replaced, hit);
    result.fill(0, hit + replaced.length, end);
    at = end;
  }
}
