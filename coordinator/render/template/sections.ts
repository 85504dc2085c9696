/** The sections of a recipe as written (spec 1.3–1.12). Absent keys are absent: defaults belong to evaluation. */
import type { TextRange } from '../problems.ts';
import type { YamlNode, YamlScalar } from '../yaml/document.ts';
import type { Condition, TemplateList, TemplateValue, ValueList } from './value.ts';

/** `package:` */
export interface PackageTemplate {
  readonly name?: TemplateValue;
  readonly version?: TemplateValue;
  readonly range: TextRange;
}

/** A list of globs, or a mapping of include and exclude lists. */
export interface GlobsTemplate {
  readonly include: ValueList | undefined;
  readonly exclude: ValueList | undefined;
}

interface SourceCommonTemplate {
  readonly range: TextRange;
  readonly patches?: ValueList;
  readonly target_directory?: TemplateValue;
  readonly filter?: GlobsTemplate;
  readonly sha256?: TemplateValue;
  readonly md5?: TemplateValue;
  readonly file_name?: TemplateValue;
}

/** One source; exactly one of `url`, `git`, `path` is set. */
export interface SourceTemplate extends SourceCommonTemplate {
  readonly url?: ValueList;
  readonly git?: TemplateValue;
  readonly path?: TemplateValue;
  readonly rev?: TemplateValue;
  readonly tag?: TemplateValue;
  readonly branch?: TemplateValue;
  readonly depth?: TemplateValue;
  readonly lfs?: TemplateValue;
  readonly submodules?: TemplateValue;
  readonly expected_commit?: TemplateValue;
  readonly use_gitignore?: TemplateValue;
  readonly attestation?: YamlNode;
}

/** Environment variables of a script, in the written order. */
export type EnvTemplate = readonly { readonly key: YamlScalar; readonly value: TemplateValue }[];

/** A script in one of its three forms. Commands and content are raw: they are rendered where they run. */
export type ScriptTemplate =
  | { readonly kind: 'text'; readonly text: TemplateValue }
  | { readonly kind: 'list'; readonly commands: ValueList }
  | {
      readonly kind: 'map';
      readonly interpreter?: TemplateValue;
      readonly env?: EnvTemplate;
      readonly secrets?: ValueList;
      readonly content?: ValueList;
      readonly file?: TemplateValue;
      readonly cwd?: TemplateValue;
    };

/** An entry of `skip`: a bare expression, or a template. */
export type SkipTemplate =
  | { readonly kind: 'expression'; readonly condition: Condition }
  | { readonly kind: 'template'; readonly value: TemplateValue };

/** True, false, a template, or globs. */
export interface FlagOrGlobsTemplate {
  readonly flag?: TemplateValue;
  readonly globs?: ValueList;
}

/** `build.dynamic_linking` */
export interface DynamicLinkingTemplate {
  readonly rpaths?: ValueList;
  readonly binary_relocation?: FlagOrGlobsTemplate;
  readonly missing_dso_allowlist?: ValueList;
  readonly rpath_allowlist?: ValueList;
  readonly overdepending_behavior?: TemplateValue;
  readonly overlinking_behavior?: TemplateValue;
}

/** `build.prefix_detection` */
export interface PrefixDetectionTemplate {
  readonly force_file_type?: { readonly text?: ValueList; readonly binary?: ValueList };
  readonly ignore?: FlagOrGlobsTemplate;
  readonly ignore_binary_files?: TemplateValue;
}

/** `build.python` */
export interface PythonBuildTemplate {
  readonly entry_points?: ValueList;
  readonly skip_pyc_compilation?: ValueList;
  readonly use_python_app_entrypoint?: TemplateValue;
  readonly version_independent?: TemplateValue;
  readonly site_packages_path?: TemplateValue;
}

/** `build.variant` */
export interface VariantKeysTemplate {
  readonly use_keys?: ValueList;
  readonly ignore_keys?: ValueList;
  readonly down_prioritize_variant?: TemplateValue;
}

/** One entry of `build.post_process`. */
export interface PostProcessTemplate {
  readonly files?: ValueList;
  readonly regex?: TemplateValue;
  readonly replacement?: TemplateValue;
}

/** `build:` of a package output or of the top level. */
export interface BuildTemplate {
  readonly number?: TemplateValue;
  readonly string?: TemplateValue;
  readonly script?: ScriptTemplate;
  /** Only its place: steps are not carried out by this version. */
  readonly steps?: YamlNode;
  readonly noarch?: TemplateValue;
  readonly flags?: YamlNode;
  readonly python?: PythonBuildTemplate;
  readonly skip?: TemplateList<SkipTemplate>;
  readonly always_copy_files?: ValueList;
  readonly always_include_files?: ValueList;
  readonly merge_build_and_host_envs?: TemplateValue;
  readonly files?: GlobsTemplate;
  readonly dynamic_linking?: DynamicLinkingTemplate;
  readonly variant?: VariantKeysTemplate;
  readonly prefix_detection?: PrefixDetectionTemplate;
  readonly post_process?: TemplateList<PostProcessTemplate>;
}

/** `requirements.run_exports` */
export interface RunExportsTemplate {
  readonly weak?: ValueList;
  readonly strong?: ValueList;
  readonly noarch?: ValueList;
  readonly weak_constraints?: ValueList;
  readonly strong_constraints?: ValueList;
}

/** `requirements.ignore_run_exports` */
export interface IgnoreRunExportsTemplate {
  readonly by_name?: ValueList;
  readonly from_package?: ValueList;
}

/** `requirements:`; a staging output has only build, host and ignore_run_exports. */
export interface RequirementsTemplate {
  readonly build?: ValueList;
  readonly host?: ValueList;
  readonly run?: ValueList;
  readonly run_constraints?: ValueList;
  readonly run_exports?: RunExportsTemplate;
  readonly ignore_run_exports?: IgnoreRunExportsTemplate;
  readonly extras?: YamlNode;
}

/** `about:` */
export interface AboutTemplate {
  readonly homepage?: TemplateValue;
  readonly repository?: TemplateValue;
  readonly documentation?: TemplateValue;
  readonly license?: TemplateValue;
  readonly license_family?: TemplateValue;
  readonly license_file?: ValueList;
  readonly summary?: TemplateValue;
  readonly description?: TemplateValue;
}

/** Patterns of one part of `package_contents`. */
export interface ContentPatternsTemplate {
  readonly exists?: ValueList;
  readonly not_exists?: ValueList;
}

/** One test; `range` is where it starts. */
export type TestTemplate = { readonly range: TextRange } & (
  | {
      readonly kind: 'script';
      readonly script: ScriptTemplate;
      readonly requirements: { readonly run?: ValueList; readonly build?: ValueList };
      readonly files: { readonly source?: ValueList; readonly recipe?: ValueList };
    }
  | {
      readonly kind: 'package_contents';
      readonly parts: Readonly<
        Partial<
          Record<'files' | 'site_packages' | 'bin' | 'lib' | 'include', ContentPatternsTemplate>
        >
      >;
      readonly strict?: TemplateValue;
    }
  | {
      readonly kind: 'python';
      readonly imports?: ValueList;
      readonly pip_check?: TemplateValue;
      readonly python_version?: ValueList;
    }
  | { readonly kind: 'perl' | 'r' | 'ruby'; readonly names: ValueList }
  | { readonly kind: 'downstream'; readonly downstream: TemplateValue }
);

/** `inherit:` of an output; absent or null means the top level. */
export interface InheritTemplate {
  readonly from: TemplateValue;
  readonly run_exports?: TemplateValue;
  readonly range: TextRange;
}

/** A staging output as written. */
export interface StagingTemplate {
  readonly kind: 'staging';
  readonly name: TemplateValue;
  readonly source: TemplateList<SourceTemplate> | undefined;
  readonly requirements: RequirementsTemplate;
  readonly script: ScriptTemplate | undefined;
  readonly steps: YamlNode | undefined;
  readonly inherit: InheritTemplate | undefined;
  readonly range: TextRange;
}

/** A package output as written. */
export interface PackageOutputTemplate {
  readonly kind: 'package';
  readonly package: PackageTemplate;
  readonly inherit: InheritTemplate | undefined;
  readonly source: TemplateList<SourceTemplate> | undefined;
  readonly requirements: RequirementsTemplate;
  readonly build: BuildTemplate;
  readonly about: AboutTemplate;
  readonly tests: TemplateList<TestTemplate> | undefined;
  readonly range: TextRange;
}

/** One entry of `context:`. */
export interface ContextEntryTemplate {
  readonly key: YamlScalar;
  /** The items of a list are no templates. */
  readonly value: TemplateValue | readonly YamlScalar[];
}

/** What package outputs may inherit from the top level. Empty in a single-output recipe. */
export interface TopLevelTemplate {
  readonly name: TemplateValue | undefined;
  readonly version: TemplateValue | undefined;
  readonly source: TemplateList<SourceTemplate> | undefined;
  readonly build: BuildTemplate;
  readonly about: AboutTemplate;
  readonly tests: TemplateList<TestTemplate> | undefined;
}

/** A whole recipe as written. */
export interface RecipeTemplate {
  /** A recipe without `outputs:` is one package output that may find its script by file name. */
  readonly single: boolean;
  readonly context: readonly ContextEntryTemplate[];
  readonly top: TopLevelTemplate;
  readonly outputs: readonly (StagingTemplate | PackageOutputTemplate)[];
  readonly extra: YamlNode | undefined;
}
