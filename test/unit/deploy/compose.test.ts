/** The farm in containers, as far as it can be checked without an engine. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import { parse } from 'yaml';
import { registerCoordinator } from '#deploy/cli/farm/coordinator.ts';
import { registerWorker } from '#deploy/cli/farm/worker.ts';
import { coordinatorConfig, workerConfig } from '#deploy/config/farm-config.ts';
import { coordinatorSettings, workerSettings } from '#deploy/config/setting-tables.ts';
import { variableOf } from '#deploy/config/settings.ts';
import { wantedMinio } from '#deploy/local-farm/services/minio-engine.ts';
import { wantedNats } from '#deploy/local-farm/services/nats-service.ts';
import { checkout } from '../../support/stageyard.ts';

interface Service {
  readonly image: string;
  readonly build: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string | null>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

const directory = join(checkout, 'deploy', 'compose');
const textOf = (name: string): string => readFileSync(join(directory, name), 'utf8');
const { services }: { services: Readonly<Record<string, Service>> } = parse(
  textOf('compose.yaml'),
  { merge: true },
);

/** As the engine fills variables in: those of .env, else their defaults. */
function environmentOf(name: string): Record<string, string> {
  const given: Record<string, string> = { NATS_PASSWORD: 'k1', STAGEYARD_TOKEN: 'k'.repeat(33) };
  const entries = Object.entries(services[name]?.environment ?? {});
  return Object.fromEntries(
    entries
      .filter((entry): entry is [string, string] => entry[1] !== null)
      .map(([key, value]) => [
        key,
        value.replace(
          /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
          (_, variable: string, kind?: string, rest?: string) =>
            given[variable] ?? (kind === '-' ? (rest ?? '') : 'k2'),
        ),
      ]),
  );
}

/** Our own processes, each with the settings that it knows. */
const processes = [
  ['coordinator', coordinatorSettings],
  ['standby', coordinatorSettings],
  ['worker', workerSettings],
] as const;
/** They are no settings: the image says them. */
const otherVariables = ['STAGEYARD_IMAGE_DIGEST'];

function commandsOfFarm(): Command {
  const program = new Command();
  registerCoordinator(program);
  registerWorker(program);
  return program;
}

describe('the farm in containers', () => {
  it('runs commands that the program has, with flags that they have', () => {
    const { commands } = commandsOfFarm();
    for (const [name] of processes) {
      const [word, ...flags] = services[name]?.command ?? [''];
      const command = commands.find((known) => known.name() === word);
      assert.ok(command !== undefined, `${name}: ${word}`);
      const known = new Set(command.options.map(({ long }) => long));
      assert.deepEqual(
        flags.filter((flag) => !known.has(flag)),
        [],
      );
    }
  });

  it('sets no variable that its process does not read', () => {
    for (const [name, table] of processes) {
      const read = new Set(Object.values(table).map(({ key }) => variableOf(key)));
      const unread = Object.keys(services[name]?.environment ?? {}).filter(
        (variable) => !read.has(variable) && !otherVariables.includes(variable),
      );
      assert.deepEqual(unread, [], name);
    }
  });

  it('asks each process for its health where it listens', () => {
    for (const [name] of processes) {
      const { STAGEYARD_LISTEN, STAGEYARD_HEALTH } = environmentOf(name);
      const url = new URL(services[name]?.healthcheck?.test.at(-1) ?? '');
      assert.equal(url.pathname, '/healthz');
      assert.equal(url.host, STAGEYARD_HEALTH ?? STAGEYARD_LISTEN?.replace('0.0.0.0', '127.0.0.1'));
    }
  });

  it('wants of .env what new-env.sh writes, and what else may stand there is told', () => {
    const text = textOf('compose.yaml');
    const named = (pattern: RegExp, from: string): readonly string[] =>
      [...new Set([...from.matchAll(pattern)].map(([, name = '']) => name))].toSorted();
    assert.deepEqual(
      named(/\$\{(\w+):\?/g, text),
      named(/^(\w+)=\$\(secret\)$/gm, textOf('new-env.sh')),
    );
    const manual = readFileSync(join(directory, '..', 'README.md'), 'utf8');
    const untold = named(/\$\{(\w+):-/g, text).filter((name) => !manual.includes(`\`${name}`));
    assert.deepEqual(untold, []);
  });

  it('configures the coordinator and the standby with settings that they know', () => {
    for (const name of ['coordinator', 'standby']) {
      const sources = { file: undefined, environment: environmentOf(name), flags: {} };
      const { listen, token, store } = coordinatorConfig(sources);
      assert.deepEqual(listen, { host: '0.0.0.0', port: 7311 });
      assert.equal(token, 'k'.repeat(33));
      assert.equal(store.kind, 's3');
    }
  });

  it('configures workers with settings that they know', () => {
    const sources = { file: undefined, environment: environmentOf('worker'), flags: {} };
    const { slots, labels, graceMs } = workerConfig(sources);
    assert.deepEqual({ slots, labels, graceMs }, { slots: 1, labels: [], graceMs: 600_000 });
  });

  it('watches the health of every service', () => {
    const unwatched = Object.entries(services).filter(([, { healthcheck }]) => !healthcheck);
    assert.deepEqual(unwatched, []);
  });

  it('builds every image from images that are pinned by digest', () => {
    const files = new Set(Object.values(services).map(({ build }) => build.dockerfile));
    assert.equal(files.size, 2);
    for (const file of files) {
      const text = readFileSync(join(file.includes('/') ? checkout : directory, file), 'utf8');
      const stages = new Set([...text.matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, name]) => name));
      for (const [line, image = ''] of text.matchAll(/^FROM (\S+).*$/gm)) {
        const isPinned = /^docker\.io\/library\/[a-z]+:[a-z0-9.-]+@sha256:[0-9a-f]{64}$/.test(
          image,
        );
        assert.ok(stages.has(image) || isPinned, line);
      }
    }
  });

  it('builds the servers that the tests run with', () => {
    const text = textOf('servers.Containerfile');
    const built = [...text.matchAll(/^RUN go install (\S+)$/gm)].map(([, name]) => name);
    const known = [wantedNats, wantedMinio].map(({ sources }) =>
      sources.map(({ title }) => /building (\S+)/.exec(title)?.[1]).find((name) => name),
    );
    assert.deepEqual(built, known);
  });
});
