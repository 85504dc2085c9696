import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attribution, Finding, LinkReport } from '#proto/link-report.ts';
import type { LibraryMapEntry } from '#proto/snapshot.ts';
import { checkLinking } from '#workers/linking/check-linking.ts';
import type { LinkingInput } from '#workers/linking/linking-input.ts';
import { systemLibraries } from '#workers/linking/system-libraries.ts';
import { dynamicLinking, elfSlice } from '../../../support/linking.ts';

const prefix = '/build/host_env_placehold';
const binary = (needed: readonly string[], rpath: string | null = '$ORIGIN/../lib') => ({
  path: 'bin/calculator',
  slice: elfSlice({ needed, rpath }),
});

function input(changes: Partial<LinkingInput> = {}): LinkingInput {
  return {
    package: { name: 'calculator-tools', version: '1.0.0', build: 'h1_0' },
    prefix,
    binaries: [binary(['libadder.so.2'])],
    files: ['bin/calculator'],
    runDependencies: [],
    hostPackages: [],
    resolveInPrefix: () => undefined,
    inherited: [],
    siblings: [],
    system: systemLibraries({ platform: 'linux-64', buildPackages: [], libraryMaps: [] }),
    dynamicLinking: dynamicLinking(),
    ...changes,
  };
}

function entry(changes: Partial<LibraryMapEntry> = {}): LibraryMapEntry {
  const path = changes.path ?? 'lib/libadder.so.2';
  return {
    fileName: path.slice(path.lastIndexOf('/') + 1),
    path,
    package: 'libadder',
    version: '2.1.0',
    build: 'h0_0',
    nature: 'dso-library',
    from: 'host',
    ...changes,
  };
}

const inherits = (...entries: readonly LibraryMapEntry[]): Pick<LinkingInput, 'inherited'> => ({
  inherited: [
    { stagingName: 'calculator-build', libraryMap: { version: 2, hasSysroot: false, entries } },
  ],
});

const zlib = {
  name: 'zlib',
  version: '1.3',
  build: 'h_0',
  files: ['lib/libz.so.1.3', 'lib/libz.so.1'],
};
const onDisk = {
  hostPackages: [zlib],
  binaries: [binary(['libz.so.1'])],
  resolveInPrefix: (path: string) => (path === 'lib/libz.so.1' ? 'lib/libz.so.1.3' : undefined),
};

function only(report: LinkReport): Attribution {
  assert.equal(report.binaries.length, 1);
  assert.equal(report.binaries[0]?.libraries.length, 1);
  const [attribution] = report.binaries[0].libraries;
  assert.ok(attribution);
  return attribution;
}

function onlyFinding(report: LinkReport): Finding {
  assert.equal(report.findings.length, 1, JSON.stringify(report.findings));
  const [finding] = report.findings;
  assert.ok(finding);
  return finding;
}

describe('a needed library is attributed to', () => {
  it('the package on disk that is a run dependency', () => {
    const report = checkLinking(
      input({ ...onDisk, runDependencies: [{ name: 'zlib', origin: 'run-export', from: 'host' }] }),
    );
    assert.deepEqual(only(report), {
      library: 'libz.so.1',
      origin: 'on-disk',
      provider: { name: 'zlib', version: '1.3', build: 'h_0' },
      explanation: 'host environment, run dependency by run export',
    });
    assert.deepEqual(report.findings, []);
  });

  it('a package of the staging environment, known from its library map alone', () => {
    const report = checkLinking(
      input({
        ...inherits(entry()),
        runDependencies: [{ name: 'libadder', origin: 'run-export', from: 'staging' }],
      }),
    );
    assert.deepEqual(only(report), {
      library: 'libadder.so.2',
      origin: 'staging',
      provider: { name: 'libadder', version: '2.1.0', build: 'h0_0' },
      explanation: 'staging (host requirement of calculator-build), run dependency by run export',
    });
    assert.deepEqual(report.findings, []);
  });

  it('a package of the staging environment that was not asked for by name', () => {
    const [environment] = inherits(entry()).inherited;
    assert.ok(environment);
    const report = checkLinking(
      input({
        inherited: [{ ...environment, requirements: { host: ['other'], build: [] } }],
        runDependencies: [{ name: 'libadder', origin: 'explicit' }],
      }),
    );
    assert.equal(
      only(report).explanation,
      'staging (host environment of calculator-build), run dependency',
    );
  });

  it('a run-time library of the staging build environment by its run export', () => {
    const map = entry({ path: 'lib/libgomp.so.1', package: 'libgomp', from: 'build' });
    const report = checkLinking(
      input({
        ...inherits(map),
        binaries: [binary(['libgomp.so.1'])],
        runDependencies: [{ name: 'libgomp', origin: 'run-export', from: 'staging' }],
      }),
    );
    assert.equal(
      only(report).explanation,
      'staging (build requirement of calculator-build), run dependency by run export',
    );
  });

  it('a package of the staging environment by soname, when the file has another name', () => {
    const map = entry({ path: 'lib/libadder-2.1.so', soname: 'libadder.so.2' });
    const report = checkLinking(
      input({ ...inherits(map), runDependencies: [{ name: 'libadder', origin: 'explicit' }] }),
    );
    assert.equal(only(report).origin, 'staging');
  });

  it('a sibling output that packages it', () => {
    const siblings = [
      {
        name: 'calculator-lib',
        version: '1.0.0',
        build: 'h7_0',
        files: ['lib/libcalculator.so.1'],
      },
    ];
    const report = checkLinking(
      input({
        siblings,
        binaries: [binary(['libcalculator.so.1'])],
        // Restored from staging: on disk, but no package owns it.
        resolveInPrefix: (path) => path,
        runDependencies: [{ name: 'calculator-lib', origin: 'pin' }],
      }),
    );
    assert.deepEqual(only(report), {
      library: 'libcalculator.so.1',
      origin: 'sibling',
      provider: { name: 'calculator-lib', version: '1.0.0', build: 'h7_0' },
      explanation: 'sibling output, run dependency',
    });
  });

  it('the system', () => {
    const report = checkLinking(input({ binaries: [binary(['libstdc++.so.6'])] }));
    assert.deepEqual(only(report), {
      library: 'libstdc++.so.6',
      origin: 'system',
      explanation: 'system (no sysroot)',
    });
  });

  it('the package itself', () => {
    const files = ['bin/calculator', 'lib/private/libadder.so.2'];
    const report = checkLinking(input({ files }));
    assert.equal(only(report).origin, 'self');
    assert.equal(only(report).provider?.name, 'calculator-tools');
    assert.deepEqual(report.findings, []);
  });

  it('the allowlist, which is said', () => {
    const report = checkLinking(
      input({ dynamicLinking: dynamicLinking({ missing_dso_allowlist: ['libadd*'] }) }),
    );
    assert.equal(only(report).origin, 'allowlist');
    const finding = onlyFinding(report);
    assert.equal(finding.severity, 'info');
    assert.equal(
      finding.message,
      'libadder.so.2 is missing in run dependencies for bin/calculator, yet it is included in the allow list. Skipping...',
    );
  });
});

describe('the first match wins:', () => {
  const runDependencies = [
    { name: 'zlib', origin: 'explicit' },
    { name: 'libadder', origin: 'explicit' },
    { name: 'calculator-lib', origin: 'pin' },
  ] as const;
  const sibling = { name: 'calculator-lib', version: '1', files: ['lib/libz.so.1'] };

  it('on disk before staging before sibling', () => {
    const map = entry({ path: 'lib/libz.so.1' });
    const all = { ...onDisk, ...inherits(map), siblings: [sibling], runDependencies };
    assert.equal(only(checkLinking(input(all))).origin, 'on-disk');
    const without = { ...all, runDependencies: runDependencies.slice(1) };
    assert.equal(only(checkLinking(input(without))).origin, 'staging');
    const least = { ...all, runDependencies: runDependencies.slice(2) };
    assert.equal(only(checkLinking(input(least))).origin, 'sibling');
  });

  it('the system before the package itself', () => {
    const report = checkLinking(
      input({ binaries: [binary(['libc.so.6'])], files: ['lib/libc.so.6', 'bin/calculator'] }),
    );
    assert.equal(only(report).origin, 'system');
  });
});

describe('a library that several packages provide', () => {
  const two = inherits(entry(), entry({ path: 'lib/other/libadder.so.2', package: 'other-adder' }));
  const both = [
    { name: 'libadder', origin: 'explicit' },
    { name: 'other-adder', origin: 'explicit' },
  ] as const;

  it('is decided by the run path directory', () => {
    for (const [rpath, name] of [
      ['$ORIGIN/../lib:$ORIGIN/../lib/other', 'libadder'],
      ['$ORIGIN/../lib/other:$ORIGIN/../lib', 'other-adder'],
      [`${prefix}/lib/other`, 'other-adder'],
    ] as const) {
      const report = checkLinking(
        input({ ...two, binaries: [binary(['libadder.so.2'], rpath)], runDependencies: both }),
      );
      assert.equal(only(report).provider?.name, name, rpath);
      assert.deepEqual(report.findings, []);
    }
  });

  it('is ambiguous when no run path decides, and all of them are named', () => {
    const report = checkLinking(
      input({ ...two, binaries: [binary(['libadder.so.2'], null)], runDependencies: both }),
    );
    assert.deepEqual(only(report).candidates, ['libadder 2.1.0', 'other-adder 2.1.0']);
    const finding = onlyFinding(report);
    assert.equal(finding.kind, 'ambiguous-library');
    assert.match(finding.message, /libadder 2\.1\.0 and by other-adder 2\.1\.0/);
  });

  it('is not ambiguous when only one of them is a run dependency', () => {
    const report = checkLinking(
      input({
        ...two,
        binaries: [binary(['libadder.so.2'], null)],
        runDependencies: both.slice(1),
      }),
    );
    assert.equal(only(report).provider?.name, 'other-adder');
    assert.deepEqual(report.findings, []);
  });

  it('accuses the one that the run path leads to, whatever else has the name', () => {
    const report = checkLinking(input({ ...two, runDependencies: both.slice(1) }));
    const finding = onlyFinding(report);
    assert.equal(finding.kind, 'overlinking');
    assert.equal(finding.remedy, 'requirements.run: - libadder');
  });
});

describe('an overlinking finding', () => {
  it('names package, library, binary, provider, and the line to add', () => {
    const finding = onlyFinding(checkLinking(input(inherits(entry()))));
    assert.deepEqual(finding, {
      kind: 'overlinking',
      severity: 'warning',
      message:
        'Overlinking against "libadder.so.2" for "bin/calculator": calculator-tools 1.0.0 needs it and has no run dependency on its package (libadder 2.1.0, known from staging (host requirement of calculator-build))',
      remedy: 'requirements.run: - libadder',
      binary: 'bin/calculator',
      library: 'libadder.so.2',
    });
  });

  it('is an error with the known words when the recipe asks for errors', () => {
    const behavior = dynamicLinking({ overlinking_behavior: 'error' });
    const report = checkLinking(input({ ...inherits(entry()), dynamicLinking: behavior }));
    const finding = onlyFinding(report);
    assert.equal(finding.severity, 'error');
    assert.ok(
      finding.message.startsWith(
        'linking check error: Overlinking against: libadder.so.2 (file: "bin/calculator")',
      ),
    );
    assert.equal(only(report).origin, 'unknown');
    assert.equal(only(report).provider?.name, 'libadder');
  });

  it('proposes a pin for a sibling', () => {
    const siblings = [{ name: 'calculator-lib', version: '1', files: ['lib/libadder.so.2'] }];
    const finding = onlyFinding(checkLinking(input({ siblings })));
    assert.equal(finding.remedy, 'requirements.run: - ${{ pin_subpackage("calculator-lib") }}');
  });

  it('says that nobody is known, and both ways out', () => {
    const finding = onlyFinding(checkLinking(input()));
    assert.match(finding.message, /no package is known to provide it/);
    assert.match(finding.remedy ?? '', /missing_dso_allowlist: - "libadder\.so\.2"/);
  });

  it('names several providers when no run path decides', () => {
    const two = inherits(entry(), entry({ path: 'x/libadder.so.2', package: 'other' }));
    const report = checkLinking(input({ ...two, binaries: [binary(['libadder.so.2'], null)] }));
    assert.equal(onlyFinding(report).remedy, 'requirements.run: - libadder or - other');
    assert.deepEqual(only(report).candidates, ['libadder 2.1.0', 'other 2.1.0']);
  });

  it('prefers the host package over one of the build environment', () => {
    const two = inherits(
      entry({ path: 'a/libadder.so.2', package: 'compiler', from: 'build' }),
      entry({ path: 'b/libadder.so.2' }),
    );
    const report = checkLinking(input({ ...two, binaries: [binary(['libadder.so.2'], null)] }));
    assert.equal(onlyFinding(report).remedy, 'requirements.run: - libadder');
  });

  it('is not made twice for a library that is needed twice', () => {
    const report = checkLinking(input({ binaries: [binary(['libx.so', 'libx.so'])] }));
    assert.equal(report.findings.length, 1);
  });

  it('is not silenced by a record of a file that is gone', () => {
    const report = checkLinking(
      input({
        ...onDisk,
        resolveInPrefix: () => undefined,
        runDependencies: [{ name: 'zlib', origin: 'explicit' }],
      }),
    );
    assert.equal(onlyFinding(report).kind, 'overlinking');
  });

  it('is not silenced by a package that others can not link against', () => {
    const files = ['share/libz.so.1/readme'];
    const report = checkLinking(
      input({
        binaries: [binary(['readme'], '$ORIGIN/../share')],
        hostPackages: [{ ...zlib, files: ['share/readme'] }],
        resolveInPrefix: (path) => path,
        runDependencies: [{ name: 'zlib', origin: 'explicit' }],
        files,
      }),
    );
    assert.notEqual(only(report).origin, 'on-disk');
  });
});

describe('an overdepending finding', () => {
  const exported = [{ name: 'zlib', origin: 'run-export', from: 'host' }] as const;
  const unused = {
    hostPackages: [zlib],
    binaries: [binary(['libc.so.6'])],
    runDependencies: exported,
  };

  it('is made for an unused run export of the host environment', () => {
    const finding = onlyFinding(checkLinking(input(unused)));
    assert.equal(finding.kind, 'overdepending');
    assert.equal(finding.severity, 'warning');
    assert.ok(finding.message.startsWith('Overdepending against zlib'));
    assert.equal(finding.remedy, 'requirements.ignore_run_exports.by_name: - zlib');
  });

  it('is an error with the known words when the recipe asks for errors', () => {
    const behavior = dynamicLinking({ overdepending_behavior: 'error' });
    const finding = onlyFinding(checkLinking(input({ ...unused, dynamicLinking: behavior })));
    assert.equal(finding.severity, 'error');
    assert.ok(finding.message.startsWith('linking check error: Overdepending against: zlib'));
  });

  it('is made for a package without binaries, too', () => {
    assert.equal(checkLinking(input({ ...unused, binaries: [] })).findings.length, 1);
  });

  it('is never made for what was written, for plugins, or for what only a library map knows', () => {
    const written = { ...unused, runDependencies: [{ name: 'zlib', origin: 'explicit' }] as const };
    assert.deepEqual(checkLinking(input(written)).findings, []);
    const plugin = { ...zlib, files: ['lib/python3.12/site-packages/x.so'] };
    assert.deepEqual(checkLinking(input({ ...unused, hostPackages: [plugin] })).findings, []);
    const staged = [{ name: 'libadder', origin: 'run-export', from: 'staging' }] as const;
    const mapOnly = { ...inherits(entry()), binaries: [], runDependencies: staged };
    assert.deepEqual(checkLinking(input(mapOnly)).findings, []);
    const fromHost = [{ name: 'libadder', origin: 'run-export', from: 'host' }] as const;
    assert.deepEqual(checkLinking(input({ ...mapOnly, runDependencies: fromHost })).findings, []);
  });
});

describe('a link report', () => {
  it('lists binaries by path and libraries in the order of the file', () => {
    const slice = elfSlice({ needed: ['libm.so.6', 'libc.so.6'] });
    const report = checkLinking(
      input({
        binaries: [
          { path: 'lib/b.so', slice },
          { path: 'bin/a', slice },
        ],
      }),
    );
    assert.deepEqual(
      report.binaries.map(({ path, libraries }) => [path, libraries.map(({ library }) => library)]),
      [
        ['bin/a', ['libm.so.6', 'libc.so.6']],
        ['lib/b.so', ['libm.so.6', 'libc.so.6']],
      ],
    );
  });
});
