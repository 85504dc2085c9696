/**
 * What the tests of a file share: real servers, one recipe, the packages that a quiet build on one machine makes of
 * it, and a file that its scripts look for.
 */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NatsOptions } from '#deploy/local-farm/services/nats-service.ts';
import { RecipeYard } from '../recipe-yard.ts';
import { NatsServer } from '../services/nats-server.ts';
import { S3Server } from '../services/s3-server.ts';
import { epochEnvironment, type PackageDigests, packagesIn, TestFarm } from './test-farm.ts';

/** See the file's head. */
export class FarmBench {
  readonly yard: RecipeYard;
  readonly nats: NatsServer;
  readonly s3: S3Server;
  /** What scripts look for. */
  readonly go: string;
  /** Its directory. */
  readonly recipe: string;
  quiet: PackageDigests = new Map();

  private constructor(
    yard: RecipeYard,
    { nats, s3 }: { nats: NatsServer; s3: S3Server },
    text: (go: string) => string,
  ) {
    this.yard = yard;
    this.nats = nats;
    this.s3 = s3;
    this.go = join(yard.directory, 'go');
    this.recipe = yard.recipe('built', text(this.go));
  }

  /** `text` is the recipe's; it is given the path of the file, which is there in the quiet build and not after it. */
  static async open(text: (go: string) => string, options: NatsOptions = {}): Promise<FarmBench> {
    const [nats, s3] = await Promise.all([NatsServer.start(options), S3Server.start()]);
    const bench = new FarmBench(new RecipeYard(), { nats, s3 }, text);
    try {
      await bench.#buildQuietly();
      return bench;
    } catch (error) {
      await bench.dispose();
      throw error;
    }
  }

  /** The file is there: scripts go on. */
  letGo(): void {
    writeFileSync(this.go, '');
  }

  /** For the next test, whatever the last one left: no file, servers that run. */
  async reset(): Promise<void> {
    rmSync(this.go, { force: true });
    await Promise.all([this.nats.ensureRunning(), this.s3.ensureRunning()]);
  }

  /** One case with a farm of its own; a failure tells what its processes said. `s3`: where they find the store. */
  async withFarm(
    limitMs: number,
    use: (farm: TestFarm) => Promise<void>,
    place = this.s3.place,
  ): Promise<void> {
    const farm = await TestFarm.open(this.yard, { nats: this.nats, s3: { place } });
    try {
      await within(limitMs, use(farm));
    } catch (error) {
      throw new Error(farm.story, { cause: error });
    } finally {
      await farm.end();
    }
  }

  /** The run ends well, with the packages of the quiet build. */
  async endsWell(farm: TestFarm): Promise<void> {
    assert.equal(await farm.outcome(), 'succeeded');
    const tasks = await farm.tasks();
    assert.deepEqual(
      tasks.filter(({ phase }) => phase !== 'done'),
      [],
    );
    assert.deepEqual(await farm.packages(), this.quiet);
  }

  async dispose(): Promise<void> {
    await Promise.all([this.nats.dispose(), this.s3.dispose()]);
    await this.yard.remove();
  }

  async #buildQuietly(): Promise<void> {
    this.letGo();
    const outcome = await this.yard.buildRecipe(this.recipe, [], { env: epochEnvironment });
    assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
    this.quiet = packagesIn(this.yard.output);
    await this.reset();
  }
}

/** What it resolves to. Rejects when that takes longer. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const text = `not over after ${limitMs} ms`;
  const timer = setTimeout(() => late.reject(new Error(text)), limitMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Command of a script: it waits until the file is there. */
export const waitFor = (go: string): string => `while [ ! -e '${go}' ]; do sleep 0.05; done`;

/** Outputs of a recipe: a staging output that makes `a` and `b` after `command`, and a package of each. */
export function stagedPair(command = 'true'): readonly string[] {
  const script = `${command}; mkdir -p $PREFIX/x; echo a > $PREFIX/x/a; echo b > $PREFIX/x/b`;
  return [
    '  - staging: {name: common}',
    `    build: {script: ${JSON.stringify(script)}}`,
    ...['a', 'b'].map(
      (name) =>
        `  - package: {name: staged-${name}}\n    inherit: common\n    build: {files: [x/${name}]}`,
    ),
  ];
}

/** A recipe of nothing else, whose script waits until the file is there. */
export function heldRecipe(go: string): string {
  return ['recipe: {name: held, version: "1"}', 'outputs:', ...stagedPair(waitFor(go))].join('\n');
}
