/** Documents that name files keep up with them. */
import assert from 'node:assert/strict';
import { dirname, posix } from 'node:path';
import { describe, it } from 'node:test';
import { paths, textOf } from './source-tree.ts';

const documents = paths.filter((path) => path.endsWith('.md'));

describe('documents', () => {
  it('name source files that exist', () => {
    const missing = documents
      .filter((path) => !path.startsWith('docs/adr/'))
      .flatMap((path) =>
        [...textOf(path).matchAll(/`([\w./-]+\.ts)`/g)]
          .map(([, name = '']) => name)
          .filter((name) => !paths.some((known) => known === name || known.endsWith(`/${name}`)))
          .map((name) => `${path}: ${name}`),
      );
    assert.deepEqual(missing, []);
  });

  it('link to files that exist', () => {
    const broken = documents.flatMap((path) =>
      [...textOf(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)]*)?\)/g)]
        .map(([, target = '']) => posix.join(dirname(path), target).replace(/\/$/, ''))
        .filter((target) => !paths.some((known) => `${known}/`.startsWith(`${target}/`)))
        .map((target) => `${path}: ${target}`),
    );
    assert.deepEqual(broken, []);
  });
});
