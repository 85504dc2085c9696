import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderOnlyJson } from '#coordinator/render/json.ts';
import { migrateCache } from '#coordinator/render/migrate/cache-to-staging.ts';
import { formatProblems } from '#coordinator/render/problems.ts';
import { rendered } from '../../../support/render-text.ts';

/** Lines without their common indentation. */
const text = ([first = '']: TemplateStringsArray): string => {
  const lines = first.replace(/^\n/, '').replace(/\n *$/, '\n').split('\n');
  const indent = /^ */.exec(lines[0] ?? '')?.[0].length ?? 0;
  return lines.map((line) => line.slice(Math.min(indent, line.search(/\S|$/)))).join('\n');
};

function migrated(old: string): string {
  const result = migrateCache(old, 'recipe.yaml');
  assert.ok(result.ok, result.ok ? '' : formatProblems(result.failure));
  return result.value.text;
}

function refusal(old: string): string {
  const result = migrateCache(old, 'recipe.yaml');
  assert.ok(!result.ok, result.ok ? result.value.text : '');
  return result.failure.map(({ message }) => message).join('\n');
}

const render = (recipe: string) => renderOnlyJson([rendered(recipe)], { channels: [] });

const usual = text`
  # An old recipe.
  context:
    version: "1.0"  # quoted

  recipe:
    name: mylib
    version: \${{ version }}

  # Compiled once
  # for all outputs.
  cache:  # shared
    source:
      url: https://example.org/a.tar.gz  # mirror is down
      sha256: ""
    requirements:
      build:
        # the compiler
        - \${{ compiler('c') }}

      host: [zlib]
    build:
      script: |
        ./configure
          make

        # no comment
        make install
    # the end of it

  # What comes out.
  outputs:
    # the library
    - package:
        name: mylib  # its name

      build:
        files: [lib/**]

    - package: {name: mylib-tools}
      inherit: null
    - package:
        name: mylib-headers
        version: "2"
      requirements:
        run: [mylib]

  about:
    license: MIT
`.replaceAll('\\$', '$');

describe('migrating an old cache', () => {
  it('moves the block with its comments to the head of the outputs', () => {
    assert.equal(
      migrated(usual),
      text`
        # An old recipe.
        context:
          version: "1.0"  # quoted

        recipe:
          name: mylib
          version: \${{ version }}

        # What comes out.
        outputs:
          # Compiled once
          # for all outputs.
          - staging:  # shared
              name: mylib-build
            source:
              url: https://example.org/a.tar.gz  # mirror is down
              sha256: ""
            requirements:
              build:
                # the compiler
                - \${{ compiler('c') }}

              host: [zlib]
            build:
              script: |
                ./configure
                  make

                # no comment
                make install
            # the end of it

          # the library
          - package:
              name: mylib  # its name
            inherit: mylib-build

            build:
              files: [lib/**]

          - package: {name: mylib-tools}
            inherit: null
          - package:
              name: mylib-headers
              version: "2"
            inherit: mylib-build
            requirements:
              run: [mylib]

        about:
          license: MIT
      `.replaceAll('\\$', '$'),
    );
  });

  const small = text`
    recipe: {version: 1}
    cache:
      build: {script: make}
    outputs:
      - package: {name: a}
  `;

  it('names the staging output build-cache where the recipe has no name', () => {
    assert.match(migrated(small), /- staging:\n {6}name: build-cache\n/);
  });

  it('names it build-cache where the name is a template', () => {
    const old = `context: {n: a}\n${small.replace('version: 1', 'version: 1, name: "${{ n }}"')}`;
    assert.match(migrated(old), /name: build-cache\n/);
    assert.deepEqual(render(migrated(old)), render(old));
  });

  it('changes nothing in a recipe that was migrated before', () => {
    assert.match(refusal(migrated(usual)), /no top-level `cache:`/);
  });

  const layouts: Readonly<Record<string, string>> = {
    'as usual': usual,
    'with Windows line ends': usual.replaceAll('\n', '\r\n'),
    'without a last line end': usual.trimEnd(),
    small,
    'with the cache at the end': text`
      recipe: {name: a, version: 1}
      outputs:
        - package: {name: a}
        - package: {name: b}
      # built once
      cache:
        requirements:
          build: [make]
        build:
          script:
            - make`,
    'with the cache at the end of the first of two documents': text`
      recipe: {name: a, version: 1}
      outputs:
        - package: {name: a}
      cache:
        build: {script: make}
      ---
      cache: {other: thing}
    `,
    'indented by four': text`
      recipe:
          name: a
          version: 1
      cache:
          build:
              script:
              - make
      outputs:
          -   package:
                  name: a
              build:
                  files: [a]
          -   package:
                  name: b
    `,
    'with lists that are not indented': text`
      recipe: {name: a, version: 1}
      cache:
        requirements:
          host:
          - zlib
        build:
          script:
          - if: unix
            then: make
      outputs:
      - package:
          name: a
      - package:
          name: b
        inherit:
    `,
    'with outputs in braces': text`
      recipe: {name: a, version: 1}
      cache:
        build: {script: make}
      outputs:
        - {package: {name: a}, build: {files: [a]}}
        - {build: {files: [b]},
           package: {name: b}}
    `,
    'with keys before the package': text`
      recipe: {name: a, version: 1}
      cache:
        build: {script: make}
      outputs:
        - build:
            files: [a]
          package:
            name: a
        -
          package:
            name: b
    `,
    'with a quoted key': text`
      recipe: {name: a, version: 1}
      "cache":
        build: {script: make}
      outputs:
        - package: {name: a}
    `,
    'with texts over several lines': text`
      recipe: {name: a, version: 1}
      cache:
        build:
          script:
            - >-
              folded
              text
            - "quoted
              text"
            - plain
              text
      outputs:
        - package: {name: a}
    `,
    'with another staging output': text`
      recipe: {name: a, version: 1}
      source: {path: src}
      cache:
        source: {path: more}
        build: {script: make}
      outputs:
        - staging: {name: other}
        - package: {name: a}
        - package: {name: b}
          inherit: other
        - package: {name: c}
          inherit: {from: a-build, run_exports: false}
    `,
    'with a template at the package': text`
      context: {v: "1"}
      recipe: {name: a, version: "\${{ v }}"}
      cache:
        requirements:
          host: [python]
          ignore_run_exports: {by_name: [python]}
        build: {script: make}
      outputs:
        - package:
            name: a
            version: >-
              \${{ v }}
          requirements: {run: ["\${{ pin_subpackage('b', exact=True) }}"]}
        - package:
            name: b
    `.replaceAll('\\$', '$'),
  };
  for (const [name, old] of Object.entries(layouts)) {
    it(`renders the same before and after, ${name}`, () => {
      assert.deepEqual(render(migrated(old)), render(old));
    });

    it(`keeps every comment, ${name}`, () => {
      const comments = (recipe: string) => (recipe.match(/#.*$/gm) ?? []).toSorted();
      assert.deepEqual(comments(migrated(old)), comments(old));
    });
  }

  it('keeps Windows line ends', () => {
    const lines = migrated(usual.replaceAll('\n', '\r\n')).split('\n');
    assert.deepEqual(
      lines.filter((line) => !line.endsWith('\r')),
      [''],
    );
  });

  const refused: Readonly<Record<string, readonly [string, RegExp]>> = {
    'a recipe without a cache': ['package: {name: a, version: 1}', /no top-level `cache:`/],
    'a cache without outputs': ['cache:\n  build: {script: a}\n', /needs `outputs`/],
    'an empty cache': [
      'cache:\noutputs:\n  - package: {name: a, version: 1}\n',
      /`cache` must be a mapping/,
    ],
    'build settings that a staging output can not have': [
      'cache:\n  build: {number: 1}\noutputs:\n  - package: {name: a, version: 1}\n',
      /only 'script' and 'steps' are allowed/,
    ],
    'run requirements': [
      'cache:\n  requirements: {run: [a]}\noutputs:\n  - package: {name: a, version: 1}\n',
      /'run' is not allowed in staging requirements/,
    ],
    'a cache in braces': [
      'cache: {build: {script: a}}\noutputs:\n  - package: {name: a, version: 1}\n',
      /`cache` is written in brackets/,
    ],
    'outputs in brackets': [
      'cache:\n  build: {script: a}\noutputs: [{package: {name: a, version: 1}}]\n',
      /`outputs` is written in brackets/,
    ],
    'a name that is taken': [
      'cache:\n  build: {script: a}\noutputs:\n  - staging: {name: build-cache}\n  - package: {name: a, version: 1}\n',
      /named `build-cache` already/,
    ],
    'an unusual layout': [
      '? cache\n: build: {script: a}\noutputs:\n- package: {name: a, version: 1}\n',
      /too unusual/,
    ],
    'invalid YAML': ['cache:\n\tbuild: 1\n', /tab/],
  };
  for (const [name, [old, message]] of Object.entries(refused)) {
    it(`refuses ${name}`, () => {
      assert.match(refusal(old), message);
    });
  }
});
