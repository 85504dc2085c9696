/** A yard with recipes of its own, an empty channel and a build root that nobody else uses; and what is expected of failures. */
import assert from 'node:assert/strict';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandOutcome, type StartedCommand, Yard } from './stageyard.ts';

/** Files of a recipe directory by relative path; a text alone is `recipe.yaml`. */
export type RecipeText = string | Readonly<Record<string, string | Uint8Array>>;

/** How an expected failure looks. */
export interface ExpectedFailure {
  readonly code: 1 | 2 | 3;
  /** Each is somewhere in what the command said. */
  readonly says: readonly RegExp[];
}

/** See the file's head. */
export class RecipeYard extends Yard {
  readonly channel = join(this.directory, 'channel');
  /** Short: a build root may have 57 characters. */
  readonly buildRoot = join(this.directory, 'b');

  constructor() {
    super();
    mkdirSync(join(this.channel, 'noarch'), { recursive: true });
    writeFileSync(
      join(this.channel, 'noarch', 'repodata.json'),
      '{"packages":{},"packages.conda":{}}',
    );
  }

  /** Writes a recipe directory; answers its path. */
  recipe(name: string, text: RecipeText): string {
    const directory = join(this.directory, 'recipes', name);
    for (const [path, content] of Object.entries(
      typeof text === 'string' ? { 'recipe.yaml': text } : text,
    )) {
      mkdirSync(join(directory, path, '..'), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
    return directory;
  }

  /** Words of a build of these recipe directories. */
  words(recipes: readonly string[], more: readonly string[] = []): string[] {
    const named = recipes.flatMap((path) => ['--recipe', path]);
    return [
      'build',
      '--output-dir',
      this.output,
      '--build-root',
      this.buildRoot,
      '-c',
      this.channel,
      ...named,
      ...more,
    ];
  }

  /** Builds one recipe to its end. */
  async buildRecipe(
    recipe: string,
    more: readonly string[] = [],
    options: Parameters<Yard['start']>[1] = {},
  ): Promise<CommandOutcome> {
    return this.run(this.words([recipe], more), options);
  }

  /** Starts to build one recipe. */
  startRecipe(recipe: string, more: readonly string[] = []): StartedCommand {
    return this.start(this.words([recipe], more));
  }

  /** Writes a recipe, builds it, and expects a failure that leaves nothing in the channel. */
  async refuses(
    text: RecipeText,
    expected: ExpectedFailure,
    more: readonly string[] = [],
  ): Promise<CommandOutcome> {
    const outcome = await this.buildRecipe(this.recipe('refused', text), more);
    assertFailure(outcome, expected);
    this.assertChannel([]);
    return outcome;
  }

  /** File names that the index of the output channel lists, sorted. */
  indexed(): string[] {
    return globSync(join(this.output, '*', 'repodata.json'))
      .flatMap((path) => namesIn(JSON.parse(readFileSync(path, 'utf8'))))
      .toSorted();
  }

  /** The channel holds these packages, lists exactly them, and has nothing half-written. */
  assertChannel(names: readonly string[]): void {
    if (!existsSync(this.output)) return assert.deepEqual([], names);
    const files = globSync('**', {
      cwd: this.output,
      exclude: (name) => name === 'logs' || name === 'broken',
    });
    const packages = files
      .filter((path) => path.endsWith('.conda'))
      .map((path) => path.split('/').at(-1) ?? path);
    assert.deepEqual(packages.toSorted(), names.toSorted());
    assert.deepEqual(this.indexed(), names.toSorted());
    const usual =
      /^(\.|\.condapackageignore|\.stageyard-lock|[a-z0-9-]+(\/(repodata\.json|[^/]+\.conda))?)$/;
    assert.deepEqual(
      files.filter((path) => !usual.test(path)),
      [],
    );
  }
}

function namesIn(index: unknown): string[] {
  if (typeof index !== 'object' || index === null) return [];
  return ['packages', 'packages.conda'].flatMap((key) => {
    const listed: unknown = Object.entries(index).find(([name]) => name === key)?.[1];
    return typeof listed === 'object' && listed !== null ? Object.keys(listed) : [];
  });
}

/** The right exit code, the words, and neither a stack trace nor a control character. */
export function assertFailure(outcome: CommandOutcome, expected: ExpectedFailure): void {
  const said = `${outcome.stderr}\n${outcome.stdout}`;
  assert.equal(outcome.code, expected.code, said);
  for (const pattern of expected.says) assert.match(said, pattern);
  assertReadable(said);
}

/** No stack trace, no confession of a bug, no control character. */
export function assertReadable(said: string): void {
  assert.doesNotMatch(said, /^\s+at .*:\d+:\d+\)?$/m);
  assert.doesNotMatch(said, /a bug in stageyard/);
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(said, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
}
