/** Platforms and the variables that recipes see for them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isKnownPlatform, KNOWN_PLATFORMS, platformVariables } from '#proto/conda/platform.ts';

function truths(platform: string): string[] {
  const variables = platformVariables({ target: platform, host: platform, build: 'linux-64' });
  return Object.keys(variables)
    .filter((name) => variables[name] === true)
    .toSorted();
}

describe('platform variables', () => {
  it('are true for family, architecture and alias of the host platform', () => {
    assert.deepEqual(truths('linux-64'), ['linux', 'linux64', 'unix', 'x86_64']);
    assert.deepEqual(truths('linux-32'), ['linux', 'linux32', 'unix', 'x86']);
    assert.deepEqual(truths('linux-aarch64'), ['aarch64', 'linux', 'linuxaarch64', 'unix']);
    assert.deepEqual(truths('osx-arm64'), ['arm64', 'osx', 'osxarm64', 'unix']);
    assert.deepEqual(truths('win-64'), ['win', 'win64', 'x86_64']);
    assert.deepEqual(truths('iossimulator-64'), [
      'ios',
      'iossimulator',
      'iossimulator64',
      'unix',
      'x86_64',
    ]);
    assert.deepEqual(truths('emscripten-wasm32'), [
      'emscripten',
      'emscriptenwasm32',
      'unix',
      'wasm32',
    ]);
    assert.deepEqual(truths('wasi-wasm32'), ['wasi', 'wasiwasm32', 'wasm32']);
    assert.deepEqual(truths('zos-z'), ['z', 'zos', 'zosz']);
  });

  it('exist for every platform, whatever the host is', () => {
    const names = Object.keys(
      platformVariables({ target: 'noarch', host: 'win-64', build: 'win-64' }),
    );
    for (const platform of KNOWN_PLATFORMS)
      assert.ok(names.includes(platform.replace('-', '')), platform);
    for (const name of [
      'linux',
      'osx',
      'win',
      'android',
      'freebsd',
      'ppc64le',
      's390x',
      'riscv64',
      'armv7l',
    ])
      assert.ok(names.includes(name), name);
  });

  it('name the platforms and the suffix of shared libraries', () => {
    const variables = platformVariables({ target: 'win-64', host: 'osx-64', build: 'linux-64' });
    const { target_platform, host_platform, build_platform, SHLIB_EXT, unix, win } = variables;
    assert.deepEqual(
      { target_platform, host_platform, build_platform, SHLIB_EXT, unix, win },
      {
        target_platform: 'win-64',
        host_platform: 'osx-64',
        build_platform: 'linux-64',
        SHLIB_EXT: '.dll',
        unix: true,
        win: false,
      },
    );
  });

  it('know noarch as no platform', () => {
    assert.equal(isKnownPlatform('linux-64'), true);
    assert.equal(isKnownPlatform('noarch'), false);
    assert.deepEqual(truths('noarch'), []);
  });
});
