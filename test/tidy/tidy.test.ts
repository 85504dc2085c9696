/** Style as a test: what neither the compiler nor the linter can see. Each rule lists every violation. */
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, it } from 'node:test';
import {
  codeOf,
  importsOf,
  paths,
  productSources,
  type SourceFile,
  sources,
  textOf,
} from './source-tree.ts';

/** Lines of `files` that match, as `path:line: text`. */
function linesMatching(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    codeOf(file.text)
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${file.path}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
}

const folder = (prefix: RegExp): readonly SourceFile[] =>
  productSources.filter((file) => prefix.test(file.path));

/** Path of an import inside the project, or undefined for packages and node:*. */
function resolveImport(file: SourceFile, from: string): string | undefined {
  if (from.startsWith('#')) return from.slice(1);
  if (from.startsWith('.')) return posix.normalize(posix.join(posix.dirname(file.path), from));
  return undefined;
}

const pure = /^(proto\/(?!adapters|messages)|coordinator\/(core|plan)\/|workers\/core\/)/;

describe('dependency direction', () => {
  const allowed: readonly (readonly [RegExp, RegExp])[] = [
    [/^proto\/(?!adapters|messages)/, /^proto\/(?!adapters|messages)/],
    [/^proto\/messages\//, /^proto\/(?!adapters)/],
    [/^proto\/adapters\//, /^proto\//],
    [/^wasm-inspect\//, /^(proto\/(?!adapters)|wasm-inspect\/)/],
    [/^coordinator\/(core|plan)\//, /^(proto\/(?!adapters|messages)|coordinator\/(core|plan)\/)/],
    [/^coordinator\//, /^(proto\/(?!adapters)|coordinator\/)/],
    [/^workers\/core\//, /^(proto\/(?!adapters|messages)|workers\/core\/)/],
    [/^workers\//, /^(proto\/(?!adapters)|wasm-inspect\/(host|generated)\/|workers\/)/],
    [/^deploy\//, /^(proto|coordinator|workers|wasm-inspect|deploy)\//],
  ];

  it('holds for every import of the product', () => {
    const violations = productSources.flatMap((file) => {
      const rule = allowed.find(([from]) => from.test(file.path));
      assert.ok(rule, `no rule for ${file.path}`);
      return importsOf(file)
        .map(({ from }) => resolveImport(file, from))
        .filter((target) => target !== undefined && !rule[1].test(target))
        .map((target) => `${file.path} imports ${target}`);
    });
    assert.deepEqual(violations, []);
  });

  it('keeps packages and node modules out of pure code', () => {
    const violations = folder(pure).flatMap((file) =>
      importsOf(file)
        .filter(({ from }) => resolveImport(file, from) === undefined)
        .map(({ from }) => `${file.path} imports ${from}`),
    );
    assert.deepEqual(violations, []);
  });

  it('keeps the clock and chance out of pure code', () => {
    assert.deepEqual(
      linesMatching(folder(pure), /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(/),
      [],
    );
  });

  it('lets only proto/messages use protobufjs', () => {
    const users = sources.filter((file) =>
      importsOf(file).some(({ from }) => from.startsWith('protobufjs')),
    );
    assert.deepEqual(
      users.map((file) => file.path).filter((path) => !path.startsWith('proto/messages/')),
      [],
    );
  });
});

describe('source text', () => {
  it('has no forgotten reminders, focused tests or skipped tests', () => {
    const others = sources.filter((file) => !file.path.startsWith('test/tidy/'));
    assert.deepEqual(
      linesMatching(
        others,
        /\b(it|describe|test|context|t)\.(only|skip|todo)\(|\b(it|describe|test)\(.*\{ *(skip|only|todo): /,
      ),
      [],
    );
    const reminders = others.flatMap((file) =>
      file.text
        .split('\n')
        .flatMap((line, index) =>
          /\b(TODO|FIXME|XXX|HACK)\b/.test(line) ? [`${file.path}:${index + 1}`] : [],
        ),
    );
    assert.deepEqual(reminders, []);
  });

  it('never matches the text of an error', () => {
    assert.deepEqual(
      linesMatching(productSources, /\.message\.(includes|match|startsWith|indexOf)\(/),
      [],
    );
  });

  it('reads the environment only where the process is put together', () => {
    const allowed = /^(deploy\/|wasm-inspect\/component\/)/;
    assert.deepEqual(
      linesMatching(
        productSources.filter((file) => !allowed.test(file.path)),
        /\bprocess\.env\b/,
      ),
      [],
    );
  });

  it('names no file after a grab bag', () => {
    assert.deepEqual(
      paths.filter((path) => /(^|\/)(utils?|helpers?|common|misc|stuff)\.ts$/.test(path)),
      [],
    );
  });

  it('opens every product file with the idea', () => {
    const violations = productSources
      .filter((file) => !/^(#!.*\n)?(\/\*\*|\/\/)/.test(file.text))
      .map((file) => file.path);
    assert.deepEqual(violations, []);
  });

  it('documents every export of the product', () => {
    const violations = productSources.flatMap((file) => {
      const lines = file.text.split('\n');
      return lines.flatMap((line, index) => {
        if (
          !/^export (async )?(function\*?|class|const|let|interface|type|abstract class)\s/.test(
            line,
          )
        )
          return [];
        const before = lines[index - 1]?.trim() ?? '';
        return before.endsWith('*/') || before.startsWith('//')
          ? []
          : [`${file.path}:${index + 1}: ${line.slice(0, 80)}`];
      });
    });
    assert.deepEqual(violations, []);
  });

  it('speaks of the project alone', () => {
    const words =
      /(?<![\w.])\/(work|farm|root|home)\/[a-z]|\b(CEO|subagent|the agent)\b|registry\.npmjs|pypi\.org|\bissue #?[0-9]+\b/i;
    const readable = paths.filter(
      (path) =>
        /\.(ts|md|json|yaml|wit|proto|sh)$|^\.ci\/|^deploy\/bin\//.test(path) &&
        path !== 'package-lock.json' &&
        !path.startsWith('test/tidy/'),
    );
    const violations = readable.flatMap((path) =>
      textOf(path)
        .split('\n')
        .flatMap((line, index) =>
          words.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [],
        ),
    );
    assert.deepEqual(violations, []);
  });
});

describe('exports', () => {
  it('are all used by another file', () => {
    const entryPoints = /^(deploy\/cli\/main\.ts|test\/|examples\/)/;
    const names = new Map<string, number>();
    for (const file of sources) {
      for (const word of new Set(codeOf(file.text).match(/\b[A-Za-z_$][\w$]*\b/g) ?? []))
        names.set(word, (names.get(word) ?? 0) + 1);
    }
    // A type that the file's other exports mention is part of their signature.
    const isUsed = (file: SourceFile, declaration: string, name: string): boolean =>
      (names.get(name) ?? 0) > 1 ||
      (/(interface|type)\s/.test(declaration) &&
        (codeOf(file.text).match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length > 1);
    const violations = productSources
      .filter((file) => !entryPoints.test(file.path))
      .flatMap((file) =>
        [
          ...codeOf(file.text).matchAll(
            /^export (?:async )?(?:function\*?|class|const|let|interface|type|abstract class)\s+([\w$]+)/gm,
          ),
        ]
          .filter((match) => !isUsed(file, match[0], match[1] ?? ''))
          .map((match) => `${file.path}: ${match[1]}`),
      );
    assert.deepEqual(violations, []);
  });

  it('have no dead file behind them', () => {
    const imported = new Set(
      sources.flatMap((file) =>
        importsOf(file).map(({ from }) => resolveImport(file, from) ?? from),
      ),
    );
    const started = sources.flatMap((file) =>
      [...file.text.matchAll(/new URL\(\s*'([^']+\.ts)'/g)].map((match) =>
        posix.normalize(posix.join(posix.dirname(file.path), match[1] ?? '')),
      ),
    );
    const reached = new Set([
      ...imported,
      ...started,
      'deploy/cli/main.ts',
      'proto/messages/generate.ts',
      'wasm-inspect/component/build.ts',
    ]);
    assert.deepEqual(
      productSources.map((file) => file.path).filter((path) => !reached.has(path)),
      [],
    );
  });
});

describe('dependencies', () => {
  it('are pinned exactly and each has a line in a decision record', () => {
    const manifest: {
      dependencies: Record<string, string>;
      devDependencies: Record<string, string>;
      optionalDependencies: Record<string, string>;
    } = JSON.parse(textOf('package.json'));
    const records = paths
      .filter((path) => path.startsWith('docs/adr/'))
      .map((path) => textOf(path))
      .join('\n');
    for (const [name, version] of Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    })) {
      assert.match(version, /^\d+\.\d+\.\d+$/, `${name} is not pinned`);
      assert.ok(records.includes(`\`${name}\``), `no decision record mentions \`${name}\``);
    }
  });
});
