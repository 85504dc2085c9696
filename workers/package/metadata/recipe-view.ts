/** An evaluated recipe as recipe text again: the format's own keys, defaults left out. */
import type {
  Build,
  Dependency,
  PackageTest,
  RenderedOutput,
  Script,
} from '#proto/recipe/recipe.ts';

type View = Record<string, unknown>;

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** Without members that say nothing; undefined when none is left. */
function filled(view: View): View | undefined {
  const kept = Object.entries(view).filter(([, value]) => !isEmpty(value));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** A script in its shortest form. */
export function scriptView(script: Script): unknown {
  const { body } = script;
  const extras = filled({
    interpreter: script.interpreter,
    env: script.env,
    secrets: script.secrets,
    cwd: script.cwd,
  });
  switch (body.kind) {
    case 'none':
      return extras;
    case 'file':
      return { ...extras, file: body.file };
    case 'inline':
      return extras === undefined ? body.content : { ...extras, content: body.content };
    case 'commands':
      return extras === undefined ? body.commands : { ...extras, content: body.commands };
  }
}

function buildView(build: Build): View | undefined {
  const { dynamic_linking: linking, prefix_detection: detection } = build;
  return filled({
    number: build.number,
    string: build.string,
    noarch: build.noarch,
    script: scriptView(build.script),
    files: filled({ ...build.files }),
    always_copy_files: build.always_copy_files,
    always_include_files: build.always_include_files,
    merge_build_and_host_envs: build.merge_build_and_host_envs,
    dynamic_linking: filled({
      rpaths: linking.rpaths,
      // True is the default; false must be said.
      binary_relocation:
        linking.binary_relocation === true ? undefined : [linking.binary_relocation].flat(),
      missing_dso_allowlist: linking.missing_dso_allowlist,
      rpath_allowlist: linking.rpath_allowlist,
      overdepending_behavior: linking.overdepending_behavior === 'error' ? 'error' : undefined,
      overlinking_behavior: linking.overlinking_behavior === 'error' ? 'error' : undefined,
    }),
    prefix_detection: filled({
      force_file_type: filled({ text: detection.force_text, binary: detection.force_binary }),
      ignore: detection.ignore,
      ignore_binary_files: detection.ignore_binary_files,
    }),
    python: filled({ ...build.python }),
    post_process: build.post_process,
    variant: filled({ ...build.variant }),
  });
}

function requirementsView(output: RenderedOutput): View | undefined {
  const { requirements } = output;
  return filled({
    build: requirements.build,
    host: requirements.host,
    run: requirements.run,
    run_constraints: requirements.run_constraints,
    run_exports: filled({ ...requirements.run_exports }),
    ignore_run_exports: filled({ ...requirements.ignore_run_exports }),
  });
}

function scriptTestView(test: Extract<PackageTest, { kind: 'script' }>): View {
  const script = scriptView(test.script);
  const requirements = filled({ ...test.requirements } satisfies Record<
    string,
    readonly Dependency[]
  >);
  const files = filled({ ...test.files });
  return { script, ...(requirements && { requirements }), ...(files && { files }) };
}

function testView(test: PackageTest): View {
  if (test.kind === 'script') return scriptTestView(test);
  const { kind, ...fields } = test;
  return { [kind]: filled({ ...fields }) ?? {} };
}

/** The `recipe` of a rendered recipe. */
export function recipeView(output: RenderedOutput): View {
  return {
    schema_version: 1,
    ...filled({
      context: output.context,
      package: { name: output.name, version: output.version },
      source: output.source,
      build: buildView(output.build),
      requirements: requirementsView(output),
      tests: output.tests.map(testView),
      about: filled({ ...output.about }),
      extra: output.extra,
    }),
  };
}
