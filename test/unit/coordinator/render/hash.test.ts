/** The variant's hash against values computed outside (spec 2.5). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareBytewise, hashInput, hashOfInput } from '#coordinator/render/hash.ts';

const hashOf = (variant: Parameters<typeof hashInput>[0]): string =>
  hashOfInput(hashInput(variant));

describe('the hash of a variant', () => {
  const ofPlatform = {
    'linux-64': 'b0f4dca',
    'linux-aarch64': 'e8cfe8b',
    'osx-64': '0dc7051',
    'osx-arm64': '60d57d3',
    'win-64': '9490d1a',
    noarch: '4616a5c',
  };
  for (const [platform, hash] of Object.entries(ofPlatform)) {
    it(`is ${hash} for ${platform} alone`, () => {
      assert.equal(hashOf({ target_platform: platform }), hash);
    });
  }

  it('covers nine keys of a cross-compiled rust package', () => {
    const variant = {
      target_platform: 'osx-arm64',
      rust_compiler: 'rust',
      python: '3.11.* *_cpython',
      openssl: '3',
      channel_targets: 'conda-forge main',
      c_compiler_version: '14',
      c_compiler: 'clang',
      build_platform: 'osx-64',
      CONDA_BUILD_SYSROOT:
        '/Applications/Xcode_13.2.1.app/Contents/Developer/Platforms/MacOSX.platform/Developer/SDKs/MacOSX11.0.sdk',
    };
    assert.equal(hashOf(variant), '507f6e9');
  });

  it('is there for an empty variant', () => {
    assert.equal(hashInput({}), '{}');
    assert.equal(hashOf({}), 'bf21a9e');
  });

  it('tells types apart', () => {
    assert.equal(
      hashInput({ a: 1, b: true, c: '1', d: null }),
      '{"a": 1, "b": true, "c": "1", "d": null}',
    );
  });

  it('sorts keys by bytes, not by locale', () => {
    assert.equal(hashInput({ b: 1, B: 2, _: 3 }), '{"B": 2, "_": 3, "b": 1}');
    assert.ok(compareBytewise('\u{ffff}', '\u{10000}') < 0);
  });
});
