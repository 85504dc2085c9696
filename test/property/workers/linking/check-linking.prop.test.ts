import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkLinking } from '#workers/linking/check-linking.ts';
import type { LinkingInput } from '#workers/linking/linking-input.ts';
import { systemLibraries } from '#workers/linking/system-libraries.ts';
import { dynamicLinking, elfSlice } from '../../../support/linking.ts';

const library = fc.constantFrom(
  'liba.so',
  'libb.so.1',
  'libc.so.6',
  '/usr/lib/liba.so',
  '../x',
  '',
);
const directory = fc.constantFrom('lib', 'lib/x', 'bin');
const file = fc.tuple(directory, library).map(([place, name]) => `${place}/${name}`);
const name = fc.constantFrom('a', 'b', 'c', 'self');
const owner = fc.record({
  name,
  version: fc.constant('1'),
  build: fc.constant('0'),
  files: fc.array(file, { maxLength: 4 }),
});
const entry = fc.record({
  path: file,
  package: name,
  from: fc.constantFrom('host', 'build', 'sysroot'),
});
const run = fc.record({
  name,
  origin: fc.constantFrom('explicit', 'pin', 'run-export'),
  from: fc.constantFrom('host', 'staging'),
});
const binary = fc.record({
  path: fc.constantFrom('bin/p', 'lib/q.so', 'r'),
  needed: fc.array(library, { maxLength: 4 }),
  rpath: fc.option(
    fc
      .array(fc.constantFrom('$ORIGIN/../lib', '$ORIGIN', '/p/lib/x', '/usr/lib'), { maxLength: 3 })
      .map((entries) => entries.join(':')),
  ),
});

const input: fc.Arbitrary<LinkingInput> = fc
  .record({
    binaries: fc.array(binary, { maxLength: 3 }),
    files: fc.array(file, { maxLength: 3 }),
    runDependencies: fc.array(run, { maxLength: 3 }),
    hostPackages: fc.array(owner, { maxLength: 3 }),
    entries: fc.array(entry, { maxLength: 5 }),
    siblings: fc.array(owner, { maxLength: 2 }),
    present: fc.array(file, { maxLength: 6 }),
  })
  .map(({ binaries, entries, present, ...rest }) => ({
    ...rest,
    package: { name: 'self', version: '1', build: '0' },
    prefix: '/p',
    binaries: binaries.map(({ path, needed, rpath }) => ({
      path,
      slice: elfSlice({ needed, rpath }),
    })),
    resolveInPrefix: (path: string) => (present.includes(path) ? path : undefined),
    inherited: [
      {
        stagingName: 's',
        libraryMap: {
          version: 2 as const,
          hasSysroot: false,
          entries: entries.map((each) => ({
            ...each,
            fileName: each.path.slice(each.path.lastIndexOf('/') + 1),
            version: '1',
            build: '0',
            nature: 'dso-library' as const,
          })),
        },
      },
    ],
    system: systemLibraries({ platform: 'linux-64', buildPackages: [], libraryMaps: [] }),
    dynamicLinking: dynamicLinking({ overlinking_behavior: 'error' }),
  }));

describe('the linking check', () => {
  it('answers for every needed library, and finds fault exactly with the unknown ones', () => {
    fc.assert(
      fc.property(input, (given) => {
        const report = checkLinking(given);
        assert.equal(report.binaries.length, given.binaries.length);
        const unknown = report.binaries.flatMap(({ path, libraries }) =>
          libraries
            .filter(({ origin }) => origin === 'unknown')
            .map(({ library: needed }) => `${path} ${needed}`),
        );
        const found = report.findings
          .filter(({ kind }) => kind === 'overlinking')
          .map(({ binary: path, library: needed }) => `${path} ${needed}`);
        assert.deepEqual(found, unknown);
        for (const finding of report.findings) assert.ok((finding.remedy ?? '') !== '');
      }),
      { numRuns: 2000 },
    );
  });

  it('attributes only to packages that are run dependencies', () => {
    fc.assert(
      fc.property(input, (given) => {
        const names = new Set(given.runDependencies.map((each) => each.name));
        for (const { libraries } of checkLinking(given).binaries) {
          for (const { origin, provider, candidates } of libraries) {
            if (!['on-disk', 'staging', 'sibling'].includes(origin)) continue;
            if (candidates === undefined) assert.ok(names.has(provider?.name ?? ''));
            else for (const each of candidates) assert.ok(names.has(each.split(' ')[0] ?? ''));
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is never made worse by knowing more of staging', () => {
    fc.assert(
      fc.property(input, (given) => {
        const count = (settings: LinkingInput): number =>
          checkLinking(settings).findings.filter(({ kind }) => kind === 'overdepending').length;
        assert.equal(count(given), count({ ...given, inherited: [] }));
      }),
      { numRuns: 1000 },
    );
  });

  it('says the same whatever the order of its inputs', () => {
    fc.assert(
      fc.property(input, (given) => {
        const reversed = {
          ...given,
          hostPackages: given.hostPackages.toReversed(),
          siblings: given.siblings.toReversed(),
        };
        const origins = (settings: LinkingInput): unknown =>
          checkLinking(settings).binaries.map(({ libraries }) =>
            libraries.map(({ origin }) => origin),
          );
        const paths = new Set(given.binaries.map(({ path }) => path));
        fc.pre(paths.size === given.binaries.length);
        assert.deepEqual(origins(reversed), origins(given));
      }),
      { numRuns: 1000 },
    );
  });
});
