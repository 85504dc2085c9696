/** Several builds of one recipe at the same moment, on machines that share nothing but a store: a bucket, or a directory. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { assertReadable, RecipeYard } from '../support/recipe-yard.ts';
import { S3Server } from '../support/services/s3-server.ts';
import type { CommandOutcome, StartedCommand } from '../support/stageyard.ts';

const limits = { timeout: 180_000 };
const BUILDS = 4;

/** A recipe whose staging script notes each execution and ends when everybody else waits for it. */
class SharedRecipe {
  readonly yard = new RecipeYard();
  readonly directory: string;
  readonly #executions = join(this.yard.directory, 'executions');
  readonly #go = join(this.yard.directory, 'go');

  constructor() {
    const script = [
      `echo ran >> '${this.#executions}'`,
      'echo compiling-now',
      'mkdir -p $PREFIX/lib && echo one > $PREFIX/lib/one && echo two > $PREFIX/lib/two',
      `until [ -e '${this.#go}' ]; do sleep 0.1; done`,
    ].join('\n');
    const output = (name: string): string =>
      `  - package: {name: ${name}}\n    inherit: shared-build\n    build: {files: [lib/${name}]}\n`;
    this.directory = this.yard.recipe(
      'shared',
      `recipe: {name: shared, version: "1"}\noutputs:\n  - staging: {name: shared-build}\n    build: {script: ${JSON.stringify(script)}}\n${output('one')}${output('two')}`,
    );
  }

  executions(): number {
    return readFileSync(this.#executions, 'utf8').trim().split('\n').length;
  }

  letGo(): void {
    writeFileSync(this.#go, '');
  }

  outputOf(machine: number): string {
    return join(this.yard.directory, `machine-${machine}`, 'output');
  }

  /** `build` as on a machine of its own: home, caches and output directory are nobody else's. */
  start(machine: number, store: { words: string[]; env: Record<string, string> }): StartedCommand {
    const home = join(this.yard.directory, `machine-${machine}`);
    mkdirSync(home, { recursive: true });
    const words = this.yard.words([this.directory], ['--json', ...store.words]);
    const output = words.indexOf('--output-dir') + 1;
    words[output] = this.outputOf(machine);
    const env = { HOME: home, XDG_CACHE_HOME: join(home, 'cache'), STAGEYARD_STORE: '' };
    return this.yard.start(words, { env: { ...env, ...store.env } });
  }
}

/** Answers when a command has said words, whether before or after it was asked. */
class Listener {
  readonly #waiting: { readonly words: string; readonly resolve: () => void }[] = [];
  #said = '';

  constructor({ child }: StartedCommand) {
    child.stdout?.on('data', (text: string) => {
      this.#said += text;
      this.#tell();
    });
  }

  says(words: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ words, resolve });
      this.#tell();
    });
  }

  #tell(): void {
    for (const { words, resolve } of this.#waiting) if (this.#said.includes(words)) resolve();
  }
}

const WAITS = 'another build is making the same result';
const COMPILES = 'compiling-now';

async function buildTogether(
  shared: SharedRecipe,
  store: (machine: number) => { words: string[]; env: Record<string, string> },
): Promise<readonly CommandOutcome[]> {
  const builds = Array.from({ length: BUILDS }, (_, machine) =>
    shared.start(machine, store(machine)),
  );
  let waiting = 0;
  const enough = Promise.withResolvers<void>();
  for (const build of builds)
    void new Listener(build).says(WAITS).then(() => {
      waiting += 1;
      if (waiting === BUILDS - 1) enough.resolve();
    });
  const outcomes = Promise.all(builds.map(({ ended }) => ended));
  await Promise.race([enough.promise, outcomes]);
  shared.letGo();
  return outcomes;
}

function assertSamePackages(shared: SharedRecipe): void {
  const indexes = Array.from({ length: BUILDS }, (_, machine) => {
    const index = JSON.parse(
      readFileSync(join(shared.outputOf(machine), 'linux-64', 'repodata.json'), 'utf8'),
    );
    return Object.entries<{ sha256: string }>(index['packages.conda']).map(([fn, entry]) => [
      fn,
      entry.sha256,
    ]);
  });
  assert.equal(indexes[0]?.length, 2);
  for (const index of indexes) assert.deepEqual(index, indexes[0]);
}

describe('builds that share a bucket', () => {
  let server: S3Server;
  before(async () => {
    server = await S3Server.start();
  });
  after(() => server.dispose());

  function storeOf(prefix: string, change: Readonly<Record<string, string>> = {}) {
    const { endpoint, bucket, accessKey, secretKey } = server.place;
    return {
      words: ['--store', `s3://${bucket}/${prefix}`],
      env: {
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: accessKey,
        AWS_SECRET_ACCESS_KEY: secretKey,
        ...change,
      },
    };
  }

  it('compile a staging output once, and all of them have the same packages', limits, async () => {
    const shared = new SharedRecipe();
    try {
      const outcomes = await buildTogether(shared, () => storeOf('ci/one'));
      for (const { code, stdout, stderr } of outcomes) assert.equal(code, 0, stdout + stderr);
      assert.equal(shared.executions(), 1);
      assertSamePackages(shared);
    } finally {
      await shared.yard.remove();
    }
  });

  it('go on when the one that compiled is killed: another compiles', limits, async () => {
    const shared = new SharedRecipe();
    try {
      const first = shared.start(0, storeOf('ci/killed'));
      const second = shared.start(1, storeOf('ci/killed'));
      const [one, two] = [new Listener(first), new Listener(second)];
      const firstCompiles = Promise.all([one.says(COMPILES), two.says(WAITS)]);
      const secondCompiles = Promise.all([two.says(COMPILES), one.says(WAITS)]);
      const [holder, other] = await Promise.race([
        firstCompiles.then(() => [first, second] as const),
        secondCompiles.then(() => [second, first] as const),
      ]);
      holder.child.kill('SIGKILL');
      shared.letGo();
      await holder.ended;
      const { code, stdout } = await other.ended;
      assert.equal(code, 0, stdout);
      assert.equal(shared.executions(), 2);
    } finally {
      await shared.yard.remove();
    }
  });

  it('a later build finds what was built before, on whatever machine', limits, async () => {
    const shared = new SharedRecipe();
    try {
      shared.letGo();
      const first = await shared.start(0, storeOf('ci/later')).ended;
      assert.equal(first.code, 0, first.stdout);
      const second = await shared.start(1, storeOf('ci/later')).ended;
      assert.equal(second.code, 0, second.stdout);
      assert.equal(shared.executions(), 1);
    } finally {
      await shared.yard.remove();
    }
  });

  it('a stored result that is damaged is made again', limits, async () => {
    const shared = new SharedRecipe();
    try {
      shared.letGo();
      const first = await shared.start(0, storeOf('ci/damaged')).ended;
      assert.equal(first.code, 0, first.stdout);
      const { bucket } = server.place;
      const blobs = await server.client().listObjectsV2(bucket, 'ci/damaged/blob/', true).toArray();
      for (const { name = '', size } of blobs as readonly { name?: string; size: number }[])
        await server.client().putObject(bucket, name, 'x'.repeat(size));
      const second = await shared.start(1, storeOf('ci/damaged')).ended;
      assert.equal(second.code, 0, second.stdout);
      assert.equal(shared.executions(), 2);
      assertReadable(second.stdout + second.stderr);
    } finally {
      await shared.yard.remove();
    }
  });

  it('a server that is not there yet is waited for, and that is said', limits, async () => {
    const shared = new SharedRecipe();
    try {
      shared.letGo();
      await server.kill();
      const build = shared.start(0, storeOf('ci/late'));
      await new Listener(build).says('waiting for the S3 store http://127.0.0.1:');
      await server.restart();
      const { code, stdout } = await build.ended;
      assert.equal(code, 0, stdout);
      assert.match(stdout, /the S3 store http:\/\/127\.0\.0\.1:\d+ is there/);
    } finally {
      await shared.yard.remove();
    }
  });

  it('say what is wrong with credentials, bucket, prefix and settings', limits, async () => {
    const shared = new SharedRecipe();
    const bad = (words: string[], env: Record<string, string> = {}) => {
      const good = storeOf('ci/bad', env);
      return shared.start(0, { words, env: good.env });
    };
    try {
      const cases: readonly [StartedCommand, number, RegExp][] = [
        [
          bad(['--store', 's3://stageyard-test/x'], { AWS_SECRET_ACCESS_KEY: 'wrong-secret' }),
          2,
          /refuses these credentials/,
        ],
        [bad(['--store', 's3://no-such-bucket/x']), 2, /there is no bucket no-such-bucket/],
        [
          bad(['--store', 's3://stageyard-test/../x']),
          2,
          /prefix of the object store is not usable/,
        ],
        [bad(['--store', 'gs://stageyard-test/x']), 2, /must be dir:PATH or s3:\/\//],
        [
          bad(['--store', 's3://stageyard-test/x'], { AWS_ACCESS_KEY_ID: '' }),
          2,
          /STAGEYARD_S3_ACCESS_KEY or AWS_ACCESS_KEY_ID/,
        ],
      ];
      for (const [{ ended }, code, message] of cases) {
        const outcome = await ended;
        const said = outcome.stdout + outcome.stderr;
        assert.equal(outcome.code, code, said);
        assert.match(said, message);
        assert.doesNotMatch(said, /wrong-secret/);
        assertReadable(said);
      }
    } finally {
      await shared.yard.remove();
    }
  });
});

describe('builds that share a directory', () => {
  it('compile a staging output once, and all of them have the same packages', limits, async () => {
    const shared = new SharedRecipe();
    try {
      const store = join(shared.yard.directory, 'shared-store');
      const outcomes = await buildTogether(shared, () => ({ words: ['--store', store], env: {} }));
      for (const { code, stdout, stderr } of outcomes) assert.equal(code, 0, stdout + stderr);
      assert.equal(shared.executions(), 1);
      assertSamePackages(shared);
    } finally {
      await shared.yard.remove();
    }
  });
});
