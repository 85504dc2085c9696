import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type MachineFacts,
  machineFacts,
  virtualPackagesOf,
} from '#workers/environment/virtual-packages.ts';

const v2 = ['cx16', 'lahf_lm', 'popcnt', 'sse4_1', 'sse4_2', 'ssse3'];
const v3 = ['avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave'];
const facts: MachineFacts = {
  platform: 'linux-64',
  kernelRelease: '6.1.0-13-amd64',
  glibcVersion: '2.36',
  cpuFlags: [...v2, ...v3],
  environment: {},
};
const texts = (platform: string, changes: Partial<MachineFacts> = {}): string[] =>
  virtualPackagesOf(platform, { ...facts, ...changes }).map(
    ({ name, version, build }) => `${name}=${version}=${build}`,
  );

test('environments for this machine are offered what it has', () => {
  assert.deepEqual(texts('linux-64'), [
    '__archspec=1=x86_64_v3',
    '__glibc=2.36=0',
    '__linux=6.1.0=0',
    '__unix=0=0',
  ]);
  assert.ok(texts('linux-64', { cpuFlags: v2 }).includes('__archspec=1=x86_64_v2'));
  assert.ok(texts('linux-64', { cpuFlags: v3 }).includes('__archspec=1=x86_64'));
  assert.ok(texts('linux-64', { cpuFlags: [] }).includes('__archspec=1=x86_64'));
});

test('environments for other machines are offered what such machines have at least', () => {
  assert.deepEqual(texts('linux-aarch64'), [
    '__archspec=1=aarch64',
    '__glibc=2.17=0',
    '__linux=5.10=0',
    '__unix=0=0',
  ]);
  assert.deepEqual(texts('osx-arm64'), ['__archspec=1=m1', '__osx=11.0=0', '__unix=0=0']);
  assert.deepEqual(texts('win-64'), ['__archspec=1=x86_64', '__win=10.0=0']);
  assert.deepEqual(texts('noarch'), []);
});

test('CONDA_OVERRIDE variables change, add and remove', () => {
  const environment = {
    CONDA_OVERRIDE_GLIBC: '2.28',
    CONDA_OVERRIDE_LINUX: '',
    CONDA_OVERRIDE_CUDA: '12.4',
    CONDA_OVERRIDE_ARCHSPEC: 'zen4',
  };
  assert.deepEqual(texts('linux-64', { environment }), [
    '__archspec=1=zen4',
    '__cuda=12.4=0',
    '__glibc=2.28=0',
    '__unix=0=0',
  ]);
});

test('this machine is recognised', () => {
  const here = machineFacts({ CONDA_OVERRIDE_CUDA: '1' });
  assert.match(here.platform, /^(linux|osx|win)-/);
  assert.equal(here.environment['CONDA_OVERRIDE_CUDA'], '1');
  if (process.platform === 'linux') assert.match(here.kernelRelease, /^\d+\.\d+/);
});
