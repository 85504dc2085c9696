import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { computeRunPaths, directoryInPrefix } from '#workers/linking/run-paths.ts';

const prefix = '/build/host_env_placehold';
const part = fc.constantFrom('lib', 'bin', '..', '.', 'lib64', 'private', 'x');
const relative = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/'));
const name = fc.constantFrom('lib', 'bin', 'share', 'x');
const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const entry = fc
  .tuple(fc.constantFrom('$ORIGIN/', '${ORIGIN}/', `${prefix}/`, '/usr/', '/build/', ''), relative)
  .map(([start, rest]) => start + rest);
const list = fc.option(fc.array(entry, { maxLength: 6 }).map((entries) => entries.join(':')));

const input = fc.record({
  rpath: list,
  runpath: list,
  path,
  prefix: fc.constant(prefix),
  configured: fc.array(relative, { maxLength: 3 }),
  isAllowed: fc.constant((): boolean => false),
});

describe('computed run paths', () => {
  it('all lead into the prefix, from wherever the package is installed, each to another directory', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { entries } = computeRunPaths(given);
        const directories = entries.map((each) => {
          assert.match(each, /^\$(ORIGIN|\{ORIGIN\})/);
          const elsewhere = { path: given.path, prefix: '/opt/env' };
          const directory = directoryInPrefix(each, elsewhere);
          assert.notEqual(directory, undefined, each);
          assert.equal(directory, directoryInPrefix(each, given));
          return directory;
        });
        assert.equal(new Set(directories).size, directories.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('do not change when they are computed again', () => {
    fc.assert(
      fc.property(input, (given) => {
        const once = computeRunPaths(given).entries;
        const again = computeRunPaths({ ...given, rpath: once.join(':'), runpath: null }).entries;
        assert.deepEqual(again, once);
      }),
      { numRuns: 1000 },
    );
  });

  it('keep every directory inside the prefix and drop every other', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { entries, dropped } = computeRunPaths(given);
        const before = [...(given.rpath ?? '').split(':'), ...(given.runpath ?? '').split(':')];
        for (const each of before.filter((text) => text !== '')) {
          const directory = directoryInPrefix(each, given);
          if (directory === undefined) assert.ok(dropped.includes(each), each);
          else
            assert.ok(
              entries.some((kept) => directoryInPrefix(kept, given) === directory),
              each,
            );
        }
        assert.equal(posix.isAbsolute(entries[0] ?? ''), false);
      }),
      { numRuns: 1000 },
    );
  });
});
