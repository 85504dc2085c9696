import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gitRepositories } from '#coordinator/render/git-repositories.ts';
import { directoryRecipeFiles } from '#coordinator/render/recipe-files.ts';
import { onlyOutput, refusals } from '../../../../support/render-text.ts';
import { withTemporaryDirectory } from '../../../../support/temporary-directory.ts';

const files = {
  'pyproject.toml':
    '[project]\nname = "demo"\nversion = "2.0"\nurls.Homepage = "https://example.org"\n',
  'data.json': '{"z": 1, "a-b": {"c": [1, 2]}}',
  'data.yaml': 'a: 3.10\nb: yes\n',
  VERSION: '1.4.2\n',
  'bad.json': '{',
};

function summary(expression: string): string | undefined {
  const text = `package: {name: a, version: "1"}\nabout:\n  summary: \${{ ${expression} }}\n`;
  return onlyOutput(text, { files, experimental: true }).about.summary;
}

function refusal(expression: string, experimental: boolean): string {
  const text = `package: {name: a, version: "1"}\nabout:\n  summary: \${{ ${expression} }}\n`;
  return refusals(text, { files, experimental }).join('\n');
}

describe('load_from_file', () => {
  it('reads TOML, JSON and YAML as data', () => {
    assert.equal(summary('load_from_file("pyproject.toml").project.version'), '2.0');
    assert.equal(
      summary('load_from_file("pyproject.toml").project.urls.Homepage'),
      'https://example.org',
    );
    assert.equal(summary('load_from_file("data.json")["a-b"].c[1]'), '2');
    assert.equal(summary('load_from_file("data.yaml").a'), '3.1');
    assert.equal(summary('load_from_file("data.yaml").b'), 'yes');
  });

  it('reads other files as text', () => {
    assert.equal(summary('load_from_file("VERSION") | trim'), '1.4.2');
  });

  it('prints maps with sorted keys', () => {
    assert.equal(summary('load_from_file("data.json")'), '{"a-b": {"c": [1, 2]}, "z": 1}');
  });

  it('gives the context its data', () => {
    const text = `context:
  project: \${{ load_from_file("pyproject.toml").project }}
package:
  name: \${{ project.name }}
  version: \${{ project.version }}
`;
    const { name, version } = onlyOutput(text, { files, experimental: true });
    assert.deepEqual([name, version], ['demo', '2.0']);
  });

  it('says what is wrong with a file', () => {
    assert.match(refusal('load_from_file("nope.txt")', true), /`nope.txt` is not a text file/);
    assert.match(refusal('load_from_file("bad.json")', true), /`bad.json` can't be read/);
    assert.match(refusal('load_from_file(1)', true), /needs a text, not integer/);
    assert.match(refusal('load_from_file()', true), /takes one argument/);
  });

  it('is refused without --experimental', () => {
    assert.match(refusal('load_from_file("VERSION")', false), /`--experimental` flag/);
    assert.match(refusal('git.head_rev(".")', false), /`--experimental` flag/);
  });

  it('looks beside the recipe first and then in the current directory', () =>
    withTemporaryDirectory(async (directory) => {
      const recipe = join(directory, 'recipe');
      await mkdir(recipe);
      await writeFile(join(directory, 'one.txt'), 'outer');
      await writeFile(join(directory, 'two.txt'), 'outer');
      await writeFile(join(recipe, 'two.txt'), 'inner');
      await writeFile(join(recipe, 'latin.txt'), Buffer.from([0xe9]));
      const found = directoryRecipeFiles(recipe, directory);
      assert.equal(found.readText('one.txt'), 'outer');
      assert.equal(found.readText('two.txt'), 'inner');
      assert.equal(found.readText('latin.txt'), undefined);
      assert.equal(found.readText('bad\u0000name'), undefined);
    }));
});

describe('gitRepositories', () => {
  it('answers about a directory and about a URL', () =>
    withTemporaryDirectory(async (directory) => {
      const git = (...args: readonly string[]): string =>
        execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e@example.org', ...args], {
          cwd: directory,
          encoding: 'utf8',
        }).trim();
      git('init', '--quiet');
      for (const [index, tag] of ['v1.9', 'v1.10', undefined].entries()) {
        await writeFile(join(directory, 'file'), String(index));
        git('add', 'file');
        git('commit', '--quiet', '-m', `commit ${index}`);
        if (tag !== undefined) git('tag', '-a', tag, '-m', tag);
      }
      const recipe = join(directory, 'conda/recipe');
      await mkdir(recipe, { recursive: true });
      const head = git('rev-parse', 'HEAD');
      const tagged = git('rev-parse', 'HEAD~1');
      const answers = gitRepositories(recipe, { PATH: process.env['PATH'] });
      for (const source of ['.', '../..', directory, `file://${directory}`]) {
        assert.deepEqual(answers.headRevision(source), { ok: true, value: head });
        assert.deepEqual(answers.latestTag(source), { ok: true, value: 'v1.10' });
        assert.deepEqual(answers.latestTagRevision(source), { ok: true, value: tagged });
        assert.deepEqual(answers.latestTagDistance(source), { ok: true, value: 1 });
      }
      const missing = answers.headRevision('/no/such/repository');
      assert.match(missing.ok ? '' : missing.failure, /does not appear to be a git repository/);
    }));
});
