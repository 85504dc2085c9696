import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LibraryMap } from '#proto/snapshot.ts';
import { systemLibraries } from '#workers/linking/system-libraries.ts';

const none = { platform: 'linux-64', buildPackages: [], libraryMaps: [] };
const sysroot = {
  name: 'sysroot_linux-64',
  version: '2.28',
  build: '0',
  files: ['x/sysroot/lib64/libc.so.6', 'x/sysroot/usr/lib/libfuture.so', 'x/include/so.h'],
};
const stagingMap: LibraryMap = {
  version: 2,
  hasSysroot: true,
  entries: [
    {
      fileName: 'libm.so.6',
      path: 'x/lib64/libm.so.6',
      package: 'sysroot_linux-64',
      version: '2.17',
      build: '0',
      nature: 'dso-library',
      from: 'sysroot',
    },
    {
      fileName: 'libz.so.1',
      path: 'lib/libz.so.1',
      package: 'libz',
      version: '1',
      build: '0',
      nature: 'dso-library',
      from: 'host',
    },
  ],
};

describe('system libraries on Linux', () => {
  it('are those of the sysroot in the build environment, and no others', () => {
    const system = systemLibraries({
      ...none,
      buildPackages: [sysroot],
      libraryMaps: [stagingMap],
    });
    assert.equal(system('libc.so.6'), 'system (sysroot_linux-64 2.28)');
    assert.equal(system('libfuture.so'), 'system (sysroot_linux-64 2.28)');
    assert.equal(system('libm.so.6'), undefined);
    assert.equal(system('libstdc++.so.6'), undefined);
  });

  it('are those of the sysroot that the staging output was built with, when the output has none', () => {
    const empty: LibraryMap = { version: 2, hasSysroot: false, entries: [] };
    const system = systemLibraries({ ...none, libraryMaps: [empty, stagingMap] });
    assert.equal(system('libm.so.6'), 'system (sysroot_linux-64 2.17 of the staging output)');
    assert.equal(system('libz.so.1'), undefined);
    assert.equal(system('libc.so.6'), undefined);
  });

  it('are a fixed list without any sysroot, and the report says so', () => {
    const system = systemLibraries(none);
    for (const name of [
      'libc.so.6',
      'libm.so.6',
      'libstdc++.so.6',
      'libgcc_s.so.1',
      'libpthread.so.0',
      'ld-linux-x86-64.so.2',
      'ld-linux.so.2',
      'ld-linux-aarch64.so.1',
      'ld64.so.2',
    ]) {
      assert.equal(system(name), 'system (no sysroot)', name);
    }
    for (const name of [
      'libz.so.1',
      'libcrypt.so.1',
      'libgomp.so.1',
      'libc.so',
      'ld-linuxulator.so',
    ]) {
      assert.equal(system(name), undefined, name);
    }
  });

  it('do not come from a sysroot for another platform', () => {
    const system = systemLibraries({
      ...none,
      platform: 'linux-aarch64',
      buildPackages: [sysroot],
    });
    assert.equal(system('libfuture.so'), undefined);
    assert.equal(system('libc.so.6'), 'system (no sysroot)');
  });
});

describe('system libraries elsewhere', () => {
  it('are told by their place on macOS', () => {
    const system = systemLibraries({ ...none, platform: 'osx-arm64' });
    assert.equal(system('/usr/lib/libSystem.B.dylib'), 'system');
    assert.equal(system('/System/Library/Frameworks/Cocoa.framework/Versions/A/Cocoa'), 'system');
    assert.equal(system('/opt/X11/lib/libX11.6.dylib'), 'system');
    assert.equal(system('@rpath/libz.1.dylib'), undefined);
    assert.equal(system('libc.so.6'), undefined);
  });

  it('are told by their place on Windows, in any case', () => {
    const system = systemLibraries({ ...none, platform: 'win-64' });
    assert.equal(system('C:\\Windows\\System32\\kernel32.dll'), 'system');
    assert.equal(system('c:/windows/system32/downlevel/api.DLL'), 'system');
    assert.equal(system('C:/other/z.dll'), undefined);
  });
});
