/** MinIO, the last server that was published: one program, ready in a second. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Engine, S3Wish } from './s3-engine.ts';
import type { WantedServer } from './server-binary.ts';
import { answersOk, ServerProcess } from './server-process.ts';
import { fromGo } from './server-sources.ts';

/** What is looked for. */
export const wantedMinio: WantedServer = {
  program: 'minio',
  variable: 'MINIO_BIN',
  accepts: (version) => version.includes('minio version'),
  sources: [
    fromGo({
      program: 'minio',
      module: 'github.com/minio/minio',
      version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
      duration: '3 to 4 minutes',
    }),
  ],
  instead: '`npm run farm -- --store dir:PATH`, which needs no S3',
  advice:
    'Install Go 1.21 or newer and try again, set MINIO_BIN=/path/to/minio, or install Ceph (apt install ' +
    '--no-install-recommends radosgw ceph-mon ceph-osd ceph-common); a farm on one machine does without S3: --store dir:PATH.',
};

/** Served by a program that has been found. */
export function minioEngine(program: string): S3Engine {
  return {
    name: 'MinIO',
    prepare: async ({ directory }) => {
      await mkdir(join(directory, 'data'));
    },
    start: (wish) => start(program, wish),
    end: async () => undefined,
  };
}

async function start(
  program: string,
  { directory, port, user, password }: S3Wish,
): Promise<ServerProcess> {
  const address = `127.0.0.1:${port}`;
  const server = new ServerProcess({
    program,
    words: ['server', join(directory, 'data'), '--address', address],
    directory,
    environment: {
      MINIO_ROOT_USER: user,
      MINIO_ROOT_PASSWORD: password,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
      HOME: directory,
    },
  });
  await server.untilReady(() => answersOk(`http://${address}/minio/health/cluster`));
  return server;
}
