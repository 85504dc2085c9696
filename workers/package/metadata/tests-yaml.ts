/**
 * `info/tests/tests.yaml` (spec 7.1): the package's tests as whoever installs it runs them. Scripts
 * from files are embedded, pins are specs, test files lie in the package; `package_contents` ran
 * when it was built and is left out.
 */
import { readFileSync } from 'node:fs';
import { normalize } from 'node:path/posix';
import { stringify } from 'yaml';
import { StageyardError, wrapError } from '#proto/errors.ts';
import { compileGlobs } from '#proto/glob.ts';
import type { Dependency, PackageTest, Script } from '#proto/recipe/recipe.ts';
import { listTree } from '../file-tree.ts';
import { scriptView } from './recipe-view.ts';
import type { ScriptTextRenderer } from './test-script-text.ts';

/** What is needed besides the tests. */
export interface StoredTestsInput {
  readonly name: string;
  readonly tests: readonly PackageTest[];
  readonly recipeDir: string;
  readonly workDir: string;
  readonly render: ScriptTextRenderer;
  /** Text of a requirement: pins must be specs by then. */
  readonly resolve: (dependency: Dependency) => string;
}

/** A file that tests need, and its place in the package. */
export interface TestFile {
  readonly source: string;
  readonly path: string;
}

/** The list as stored, and files to put into the package. */
export interface StoredTests {
  readonly yaml: string;
  readonly files: readonly TestFile[];
}

type ScriptTest = Extract<PackageTest, { kind: 'script' }>;

const interpreters: Readonly<Record<string, string>> = {
  sh: 'bash',
  bash: 'bash',
  bat: 'cmd',
  cmd: 'cmd',
  ps1: 'powershell',
  py: 'python',
  pl: 'perl',
  nu: 'nushell',
  r: 'rscript',
  R: 'rscript',
  rb: 'ruby',
  js: 'nodejs',
};

/**
 * Text as it will run: templates filled in, without the line end that closes a template (Jinja drops it), a list of one command
 * without its list.
 */
function renderedBody(body: Script['body'], renderText: ScriptTextRenderer): Script['body'] {
  const render: ScriptTextRenderer = (text) => renderText(text).replace(/\r?\n$/, '');
  if (body.kind === 'inline') return { kind: 'inline', content: render(body.content) };
  if (body.kind !== 'commands') return body;
  const commands = body.commands.map(render);
  const [only] = commands;
  return commands.length === 1 && only !== undefined
    ? { kind: 'inline', content: only }
    : { kind: 'commands', commands };
}

/** A file script becomes its text, with the interpreter that its extension names; it holds no templates. */
function embedded(script: Script, input: StoredTestsInput): Script {
  const { recipeDir } = input;
  if (script.body.kind !== 'file') {
    return { ...script, body: renderedBody(script.body, input.render) };
  }
  const { file } = script.body;
  if (normalize(file).startsWith('..') || file.startsWith('/')) {
    throw new StageyardError(
      'PACKAGE_CONTENT',
      `${input.name}: the test script ${file} lies outside the recipe directory`,
    );
  }
  const extension = /\.([^./]+)$/.exec(file)?.[1] ?? '';
  const interpreter = script.interpreter ?? interpreters[extension];
  try {
    const content = readFileSync(`${recipeDir}/${file}`, 'utf8');
    return {
      ...script,
      ...(interpreter === undefined ? {} : { interpreter }),
      body: { kind: 'inline', content },
    };
  } catch (error) {
    throw wrapError(error, `while reading the test script ${file}`, 'PACKAGE_CONTENT');
  }
}

function filesOf(test: ScriptTest, input: StoredTestsInput, directory: string): TestFile[] {
  const places = [
    { root: input.workDir, globs: test.files.source, where: 'work directory' },
    { root: input.recipeDir, globs: test.files.recipe, where: 'recipe directory' },
  ];
  return places.flatMap(({ root, globs, where }) => {
    if (globs.length === 0) return [];
    const matches = compileGlobs({ include: globs, exclude: [] });
    const found = listTree(root, (path) => path === '.git').filter(
      (entry) => entry.kind === 'file' && matches(entry.path),
    );
    if (found.length === 0) {
      throw new StageyardError(
        'PACKAGE_CONTENT',
        `${input.name}: test files ${globs.join(', ')} matched nothing in the ${where}`,
      );
    }
    return found.map(({ path }) => ({ source: `${root}/${path}`, path: `${directory}/${path}` }));
  });
}

function nonEmpty(
  lists: Readonly<Record<string, readonly string[]>>,
): Record<string, unknown> | undefined {
  const filled = Object.entries(lists).filter(([, list]) => list.length > 0);
  return filled.length === 0 ? undefined : Object.fromEntries(filled);
}

function storedScript(test: ScriptTest, input: StoredTestsInput, cwd: string | undefined): unknown {
  const script = embedded(test.script, input);
  const view = scriptView(cwd === undefined ? script : { ...script, cwd });
  const requirements = nonEmpty({
    run: test.requirements.run.map(input.resolve),
    build: test.requirements.build.map(input.resolve),
  });
  const files = nonEmpty({ source: test.files.source, recipe: test.files.recipe });
  return {
    script: typeof view === 'string' ? { content: view } : view,
    ...(requirements && { requirements }),
    ...(files && { files }),
  };
}

function storedOther(test: PackageTest): unknown {
  const { kind, ...fields } = test;
  return { [kind]: fields };
}

/** Stores the tests; throws `PACKAGE_CONTENT` when a file of theirs is missing. */
export function storedTests(input: StoredTestsInput): StoredTests {
  const kept = input.tests.filter((test) => test.kind !== 'package_contents');
  const files: TestFile[] = [];
  const list = kept.map((test, index) => {
    if (test.kind !== 'script') return storedOther(test);
    const directory = `etc/conda/test-files/${input.name}/${index}`;
    const own = filesOf(test, input, directory);
    files.push(...own);
    return storedScript(test, input, own.length > 0 ? directory : undefined);
  });
  return { yaml: stringify(list, { lineWidth: 0, aliasDuplicateObjects: false }), files };
}
