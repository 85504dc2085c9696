import assert from 'node:assert/strict';
import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { openCondaArchive } from '#workers/archive/conda-archive.ts';
import { publicChannelUrl } from '#workers/package/metadata/about-json.ts';
import {
  changedOutput,
  createWorkshop,
  infoJson,
  infoText,
  plainSettings,
} from '../../../support/package-workshop.ts';

async function infoFiles(path: string, root: string): Promise<string[]> {
  const names: string[] = [];
  const archive = await openCondaArchive(path);
  await archive.extractTo(root, { onEntry: (entry) => names.push(entry.path) });
  await archive.close();
  return names.filter((name) => name.startsWith('info/'));
}

describe('about.json', () => {
  it('holds urls as urls, extra with its overlay, and channels without secrets or local paths', async (test) => {
    const workshop = await createWorkshop(test);
    const { path } = await workshop.pack(
      {
        about: {
          license_file: [],
          homepage: 'https://example.com',
          repository: 'https://example.com/r',
          documentation: 'see the wiki',
          summary: 'A demo',
        },
        extra: { maintainers: ['me'], flow: 'old' },
      },
      {
        settings: { ...plainSettings, extraMeta: { flow: 'new' } },
        channels: [
          { name: 'local', url: 'file:///somewhere/on/this/machine' },
          { name: 'c', url: 'https://user:pw@conda.example.com/t/tk-123/chan' },
        ],
      },
    );
    assert.deepEqual(await infoJson(path, 'about.json'), {
      channels: ['https://conda.example.com/chan/'],
      dev_url: 'https://example.com/r',
      doc_url: 'see the wiki',
      extra: { maintainers: ['me'], flow: 'new' },
      home: 'https://example.com/',
      summary: 'A demo',
    });
  });

  it('leaves out channels that nobody else can reach', () => {
    assert.equal(publicChannelUrl({ name: 'x', url: './output' }), undefined);
    assert.equal(publicChannelUrl({ name: 'x', url: 'https://h/c/?k=v#f' }), 'https://h/c/');
  });
});

describe('link.json and run_exports.json', () => {
  it('are there when they say something', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.write('prefix/lib/python3.12/site-packages/m.py', '');
    const { python } = changedOutput().build;
    const { path, files } = await workshop.pack(
      { build: { noarch: 'python', python: { ...python, entry_points: ['m = m:main'] } } },
      { runExports: { weak: ['demo >=1.0,<1.1.0a0'], strong: [] } },
    );
    assert.deepEqual(files, ['site-packages/m.py']);
    assert.deepEqual(await infoJson(path, 'link.json'), {
      noarch: { type: 'python', entry_points: ['m = m:main'] },
      package_metadata_version: 1,
    });
    assert.deepEqual(await infoJson(path, 'run_exports.json'), { weak: ['demo >=1.0,<1.1.0a0'] });
  });

  it('are absent otherwise', async (test) => {
    const workshop = await createWorkshop(test);
    const { path } = await workshop.pack(
      {},
      { settings: { ...plainSettings, includeRecipe: false } },
    );
    assert.deepEqual(await infoFiles(path, workshop.workDir), [
      'info/about.json',
      'info/hash_input.json',
      'info/index.json',
      'info/paths.json',
      'info/tests/tests.yaml',
    ]);
    assert.equal(await infoText(path, 'hash_input.json'), '{}');
  });
});

describe('licences', () => {
  it('come from the work directory and from the recipe, in their layout', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.write('work/LICENSE', 'from work');
    await workshop.write('recipe/LICENSE', 'from recipe');
    await workshop.write('work/docs/a/NOTICE', 'n');
    await workshop.write('work/third/x.txt', 't');
    const result = await workshop.pack({
      about: { license_file: ['LICENSE', 'docs/', 'third/*.txt'] },
    });
    const names = await infoFiles(result.path, workshop.outputDir);
    assert.deepEqual(
      names.filter((name) => name.startsWith('info/licenses')),
      ['info/licenses/LICENSE', 'info/licenses/docs/a/NOTICE', 'info/licenses/third/x.txt'],
    );
    assert.equal(await infoText(result.path, 'licenses/LICENSE'), 'from recipe');
    assert.match(
      result.findings[0]?.message ?? '',
      /licence LICENSE: the recipe directory's file is packaged/,
    );
  });

  const refused: readonly (readonly [string, RegExp])[] = [
    ['COPYING', /about.license_file: COPYING matched nothing/],
    ['*.lic', /\*\.lic matched nothing/],
    ['../secret', /leads out of its directory/],
    ['/etc/hostname', /is absolute/],
    ['link', /is a link that leads out/],
  ];
  for (const [pattern, message] of refused) {
    it(`refuse ${pattern}`, async (test) => {
      const workshop = await createWorkshop(test);
      await workshop.write('secret', 's');
      await symlink('../secret', join(workshop.workDir, 'link'));
      const packed = workshop.pack({ about: { license_file: [pattern] } });
      await assert.rejects(packed, (error) => {
        assert.equal((error as { code?: string }).code, 'LICENSE_MISSING');
        assert.match(String(error), message);
        return true;
      });
      assert.deepEqual(await readdir(workshop.outputDir), []);
    });
  }
});

describe('info/recipe', () => {
  it('holds the recipe directory without hidden files, under the common names', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.write('recipe/my.yaml', 'mine');
    await workshop.write('recipe/recipe.yaml', 'another one');
    await workshop.write('recipe/build.sh', 'make', 0o755);
    await workshop.write('recipe/.git/config', 'hidden');
    await workshop.write('recipe/patches/a.patch', 'p');
    await workshop.write('secret', 's');
    await symlink('../secret', join(workshop.recipeDir, 'outside'));
    const { path } = await workshop.pack(
      { variant: { python: '3.12', target_platform: 'linux-64' } },
      { recipeFile: 'my.yaml' },
    );
    const names = await infoFiles(path, workshop.outputDir);
    assert.deepEqual(
      names.filter((name) => name.startsWith('info/recipe/')),
      [
        'info/recipe/build.sh',
        'info/recipe/patches/a.patch',
        'info/recipe/recipe.yaml',
        'info/recipe/rendered_recipe.yaml',
        'info/recipe/variant_config.yaml',
      ],
    );
    assert.equal(await infoText(path, 'recipe/recipe.yaml'), 'mine');
    assert.deepEqual(parse(await infoText(path, 'recipe/variant_config.yaml')), {
      python: '3.12',
      target_platform: 'linux-64',
    });
  });

  it('tells in the rendered recipe what was built with what, without paths of this machine', async (test) => {
    const workshop = await createWorkshop(test);
    const record = {
      name: 'libz',
      version: '1',
      build: '0',
      build_number: 0,
      subdir: 'linux-64',
      depends: [],
    };
    const local = {
      ...record,
      fn: 'libz.conda',
      url: `file://${workshop.root}/libz.conda`,
      channel: workshop.root,
    };
    const remote = {
      ...record,
      name: 'q',
      fn: 'q.conda',
      url: 'https://h/c/q.conda',
      channel: 'https://h/c',
    };
    const { path } = await workshop.pack(
      {
        name: 'Demo',
        about: { license_file: [], license: 'MIT' },
        build: {
          dynamic_linking: { ...changedOutput().build.dynamic_linking, binary_relocation: false },
        },
      },
      {
        channels: [{ name: 'out', url: `file://${workshop.root}/out` }],
        environments: {
          build: null,
          host: {
            platform: 'linux-64',
            specs: [{ source: 'libz', spec: 'libz' }],
            resolved: [local, remote],
          },
          exports: [],
        },
        systemTools: { stageyard: '1' },
      },
    );
    const text = await infoText(path, 'recipe/rendered_recipe.yaml');
    assert.ok(!text.includes(workshop.root));
    const document = parse(text);
    assert.deepEqual(Object.keys(document), [
      'recipe',
      'build_configuration',
      'finalized_dependencies',
      'finalized_sources',
      'system_tools',
    ]);
    assert.deepEqual(document.recipe.package, { name: 'Demo', version: '1.0' });
    assert.deepEqual(document.recipe.build.dynamic_linking, {
      rpaths: ['lib/'],
      binary_relocation: [false],
    });
    assert.deepEqual(document.build_configuration.directories, {
      host_prefix: '$PREFIX',
      build_prefix: '$BUILD_PREFIX',
      work_dir: '$SRC_DIR',
    });
    assert.equal(document.build_configuration.timestamp, '2023-11-14T22:13:20.000Z');
    assert.deepEqual(document.finalized_dependencies.host.resolved, [
      record,
      { ...record, name: 'q', url: 'https://h/c/q.conda' },
    ]);
  });
});
