import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import {
  replaceInBinary,
  replaceInText,
  shebangFor,
} from '#workers/environment/prefix-replacement.ts';

const placeholder = '/old/placeholder';
const text = (content: string, prefix = '/new', platform = 'linux-64'): string =>
  replaceInText(Buffer.from(content), { placeholder, prefix, platform }).toString();
const binary = (content: string, prefix = '/new'): string =>
  replaceInBinary(Buffer.from(content, 'latin1'), {
    placeholder,
    prefix,
    platform: 'linux-64',
  }).toString('latin1');

test('text is replaced wherever it occurs', () => {
  assert.equal(text(`a=${placeholder}/x:${placeholder}\n`), 'a=/new/x:/new\n');
  assert.equal(text('nothing here'), 'nothing here');
  assert.equal(text(`#!${placeholder}/bin/sh -e\n${placeholder}`), '#!/new/bin/sh -e\n/new');
});

test('bytes that are no UTF-8 survive a text replacement', () => {
  const content = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(placeholder)]);
  const found = replaceInText(content, { placeholder, prefix: '/n', platform: 'linux-64' });
  assert.deepEqual(found, Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('/n')]));
});

test('a #! line that is too long for the kernel goes through env or sh', () => {
  const long = `/${'p'.repeat(140)}`;
  assert.equal(text(`#!${placeholder}/bin/perl -w\nx\n`, long), '#!/usr/bin/env -S perl -w\nx\n');
  assert.equal(
    text(`#!${placeholder}/bin/python3.11 -u\nx\n`, long),
    `#!/bin/sh\n'''exec' "${long}/bin/python3.11" -u "$0" "$@" #'''\nx\n`,
  );
  assert.equal(text(`#!${placeholder}/bin/perl\n`, '/with space'), '#!/usr/bin/env perl\n');
});

test('the limit of a #! line is that of the platform', () => {
  const interpreter = (length: number): string => `/${'p'.repeat(length - 3)}`;
  assert.equal(shebangFor(interpreter(127), '', 'linux-64'), `#!${interpreter(127)}`);
  assert.match(shebangFor(interpreter(128), '', 'linux-64'), /^#!\/usr\/bin\/env /);
  assert.equal(shebangFor(interpreter(512), '', 'osx-64'), `#!${interpreter(512)}`);
  assert.match(shebangFor(interpreter(513), '', 'osx-64'), /^#!\/usr\/bin\/env /);
});

test('a #! line without the placeholder is left alone', () => {
  const line = `#!/usr/bin/${'long'.repeat(40)}\n`;
  assert.equal(text(line), line);
});

test('in binary files each C string keeps its length and is filled with NUL', () => {
  const before = `\x01${placeholder}/lib:${placeholder}/b\0next\0${placeholder}\0end`;
  const saved = placeholder.length - '/new'.length;
  const after = `\x01/new/lib:/new/b${'\0'.repeat(2 * saved)}\0next\0/new${'\0'.repeat(saved)}\0end`;
  assert.equal(binary(before), after);
  assert.equal(binary(before).length, before.length);
});

test('a C string that ends with the file is replaced too', () => {
  assert.equal(binary(`x\0${placeholder}/a`), `x\0/new/a${'\0'.repeat(placeholder.length - 4)}`);
});

test('a prefix that is longer than the placeholder is refused for binary files', () => {
  assert.throws(
    () => binary(placeholder, `/${'n'.repeat(40)}`),
    (error) => error instanceof StageyardError && error.code === 'PACKAGE_INVALID',
  );
});
