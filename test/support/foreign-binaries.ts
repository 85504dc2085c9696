/**
 * Real binaries, most of them for other systems: addons, programs and libraries that npm packages carry ready-made, in
 * exact versions, and some packages of Debian. Fetched once into `.cache/foreign-binaries/`; nothing of them is run.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../.cache/foreign-binaries');

const PACKAGES = [
  '7zip-bin@5.2.0',
  '@esbuild/darwin-x64@0.25.0',
  '@esbuild/win32-ia32@0.25.0',
  '@serialport/bindings-cpp@12.0.1',
  'argon2@0.43.0',
  'bcrypt@6.0.0',
  'bufferutil@4.0.9',
  'classic-level@1.4.1',
  'edge-cs@1.2.1',
  'edge-js@23.1.1',
  'electron-winstaller@5.4.0',
  'ffi-napi@4.0.3',
  'fsevents@2.3.3',
  'koffi@2.9.2',
  'leveldown@6.1.1',
  'node-notifier@10.0.1',
  'node-pty@1.0.0',
  'oracledb@6.8.0',
  'rcedit@4.0.1',
  'sodium-native@4.3.3',
  'tree-sitter-c@0.23.5',
  'tree-sitter-html@0.23.2',
  'tree-sitter-javascript@0.23.1',
  'tree-sitter-json@0.24.8',
  'usb@2.14.0',
  'utf-8-validate@6.0.5',
] as const;

/** Debian's packages of many small libraries and plugins: a bare machine has few of its own. */
const DEBIAN_PACKAGES = ['collectd-core', 'iptables', 'samba-libs'] as const;

/** Directory with the contents of all packages. */
export async function foreignBinaries(): Promise<string> {
  const unpacked = join(ROOT, 'unpacked');
  for (const name of PACKAGES) await obtain(name, join(unpacked, name.replaceAll('/', '+')));
  for (const name of DEBIAN_PACKAGES) await obtainFromDebian(name, join(unpacked, name));
  return unpacked;
}

/** Where Debian's archive is at hand; whether there are enough binaries without it is the test's to say. */
async function obtainFromDebian(name: string, target: string): Promise<void> {
  if (existsSync(target)) return;
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const script = 'apt-get download -q "$1" && dpkg-deb -x ./*.deb . && rm ./*.deb';
  const { status } = spawnSync('sh', ['-c', script, 'sh', name], { cwd: partial, stdio: 'ignore' });
  await (status === 0 ? rename(partial, target) : rm(partial, { recursive: true }));
}

// A directory under its final name is whole.
async function obtain(name: string, target: string): Promise<void> {
  if (existsSync(target)) return;
  // As npm names it.
  const archive = join(ROOT, `${name.replace(/^@/, '').replace('/', '-').replace('@', '-')}.tgz`);
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  if (!existsSync(archive)) {
    execFileSync('npm', ['pack', '--silent', name], { cwd: ROOT, stdio: 'ignore' });
  }
  execFileSync('tar', ['-xzf', archive, '-C', partial]);
  await rename(partial, target);
}
