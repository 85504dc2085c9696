import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseBuildRequest } from '#deploy/cli/build/build-request.ts';
import { StageyardError } from '#proto/errors.ts';

const around: Parameters<typeof parseBuildRequest>[1] = {
  cwd: '/somewhere',
  environment: { HOME: '/me' },
  stdoutIsTerminal: false,
};
const parse = (values: Record<string, unknown>, more: Partial<typeof around> = {}) =>
  parseBuildRequest(values, { ...around, ...more });

describe('build request', () => {
  it('takes the current directory when no recipe is named', () => {
    assert.deepEqual(parse({}).recipes, ['/somewhere']);
  });

  it('resolves paths against the current directory', () => {
    const request = parse({ recipe: ['a', '/b', '-'], outputDir: 'out' });
    assert.deepEqual(request.recipes, ['/somewhere/a', '/b', '-']);
    assert.equal(request.outputDir, '/somewhere/out');
  });

  it('finds the store by flag, then environment, then cache directory', () => {
    const environment = { HOME: '/me', XDG_CACHE_HOME: '/cache', STAGEYARD_STORE: '/store' };
    assert.equal(parse({ store: 'here' }, { environment }).store, '/somewhere/here');
    assert.equal(parse({}, { environment }).store, '/store');
    assert.equal(
      parse({}, { environment: { ...environment, STAGEYARD_STORE: '' } }).store,
      '/cache/stageyard',
    );
    assert.equal(parse({}).store, '/me/.cache/stageyard');
  });

  it('reports every problem at once', () => {
    assert.throws(
      () =>
        parse({
          jobs: '0',
          test: 'maybe',
          variant: ['novalue'],
          targetPlatform: 'noarch',
          noarchBuildPlatform: 'linux',
          sandbox: true,
        }),
      (error: unknown) => {
        assert.ok(error instanceof StageyardError);
        assert.equal(error.code, 'USAGE_INVALID');
        assert.equal(error.message.split('\n').length, 6);
        return true;
      },
    );
  });

  it('asks for labels on a farm only', () => {
    const labels = ['gpu', 'large-disk'];
    assert.deepEqual(parse({ farm: true, requireLabel: labels }).labels, labels);
    assert.deepEqual(parse({}).labels, []);
    assert.throws(() => parse({ requireLabel: labels }), /--require-label: belongs to --farm/);
  });

  it('does not let a recipe name files of a worker', () => {
    const allowAbsoluteLicensePaths = true;
    const refused = /--allow-absolute-license-paths: on a farm/;
    assert.throws(() => parse({ farm: true, allowAbsoluteLicensePaths }), refused);
  });

  it('reads package formats with levels', () => {
    assert.deepEqual(parse({}).packageFormat, { kind: 'conda', level: 15 });
    assert.deepEqual(parse({ packageFormat: 'conda:1' }).packageFormat, {
      kind: 'conda',
      level: 1,
    });
    assert.deepEqual(parse({ packageFormat: 'tar-bz2' }).packageFormat, {
      kind: 'tar-bz2',
      level: 9,
    });
    assert.throws(() => parse({ packageFormat: 'tar-bz2:15' }), /levels of tar-bz2 go from 1 to 9/);
  });

  it('treats --no-test as --test skip', () => {
    assert.equal(parse({ test: false }).test, 'skip');
  });

  it('splits variant values at commas and keeps the rest of the text', () => {
    assert.deepEqual(parse({ variant: ['python=3.11,3.12', 'flags=a=b'] }).variantOverrides, {
      python: ['3.11', '3.12'],
      flags: ['a=b'],
    });
  });

  it('uses colour and live progress on a terminal only', () => {
    assert.deepEqual(parse({}).output, { style: 'plain', color: false, verbosity: 'normal' });
    assert.deepEqual(parse({}, { stdoutIsTerminal: true }).output, {
      style: 'fancy',
      color: true,
      verbosity: 'normal',
    });
    assert.equal(
      parse({}, { stdoutIsTerminal: true, environment: { HOME: '/me', NO_COLOR: '1' } }).output
        .color,
      false,
    );
  });
});
