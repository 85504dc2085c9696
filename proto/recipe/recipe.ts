/**
 * The evaluated recipe: what rendering one variant of one output yields. Plain JSON throughout (it
 * travels to workers); key names are the recipe format's own (snake_case) so that nobody translates.
 * Templates, conditionals and positions are gone, except in inline build scripts, which are rendered
 * on the worker with the build variables (spec 1.6).
 */

/** A variant value; its type counts in the hash. */
export type VariantValue = string | number | boolean | null;

/** Value of a `context` entry: mostly a scalar or a list; a file that was loaded may be anything. */
export type ContextValue =
  | VariantValue
  | readonly ContextValue[]
  | { readonly [key: string]: ContextValue };

/** Variant keys are normalised (`-` and `.` become `_`). */
export type Variant = Readonly<Record<string, VariantValue>>;

/** `pin_subpackage(...)` or `pin_compatible(...)` as evaluated (spec 1.16). A missing bound means the default; null removes it. */
export interface PinArguments {
  readonly name: string;
  readonly lower_bound?: string | null;
  readonly upper_bound?: string | null;
  readonly exact?: boolean;
  readonly build?: string;
}

/** One requirement: a canonical match spec, or a pin that a later step resolves. */
export type Dependency =
  | string
  | { readonly pin_subpackage: PinArguments }
  | { readonly pin_compatible: PinArguments };

/** Spec 1.5. Lists are empty, never absent. */
export interface RunExports {
  readonly weak: readonly Dependency[];
  readonly strong: readonly Dependency[];
  readonly noarch: readonly Dependency[];
  readonly weak_constraints: readonly Dependency[];
  readonly strong_constraints: readonly Dependency[];
}

/** Names only: of the exported spec, and of the exporting package. */
export interface IgnoreRunExports {
  readonly by_name: readonly string[];
  readonly from_package: readonly string[];
}

/** Requirements of a package output. */
export interface Requirements {
  readonly build: readonly Dependency[];
  readonly host: readonly Dependency[];
  readonly run: readonly Dependency[];
  readonly run_constraints: readonly Dependency[];
  readonly run_exports: RunExports;
  readonly ignore_run_exports: IgnoreRunExports;
}

/** Requirements of a staging output. */
export interface StagingRequirements {
  readonly build: readonly Dependency[];
  readonly host: readonly Dependency[];
  readonly ignore_run_exports: IgnoreRunExports;
}

/** Globs with globset semantics (spec 1.6). Both lists empty: not configured. */
export interface GlobLists {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

interface SourceCommon {
  /** Below the work directory; absent: the work directory itself. */
  readonly target_directory?: string;
  /** Paths relative to the recipe directory. */
  readonly patches: readonly string[];
  readonly filter: GlobLists;
}

/** Spec 1.4. Several URLs are mirrors of one file. */
export interface UrlSource extends SourceCommon {
  readonly kind: 'url';
  readonly url: readonly string[];
  readonly sha256?: string;
  readonly md5?: string;
  /** Set: the file is stored under this name and not extracted. */
  readonly file_name?: string;
}

/** A file, archive or directory, relative to the recipe directory (`..` allowed). */
export interface PathSource extends SourceCommon {
  readonly kind: 'path';
  readonly path: string;
  readonly sha256?: string;
  readonly md5?: string;
  readonly use_gitignore: boolean;
  readonly file_name?: string;
}

/** Spec 1.4. */
export interface GitSource extends SourceCommon {
  readonly kind: 'git';
  readonly git: string;
  readonly rev?: string;
  readonly tag?: string;
  readonly branch?: string;
  readonly depth?: number;
  readonly lfs: boolean;
  readonly submodules: boolean;
  readonly expected_commit?: string;
}

/** A source of any kind. */
export type Source = UrlSource | PathSource | GitSource;

/**
 * A script, resolved as far as the recipe allows. `content` is text (still with `${{ }}` where
 * `inline`), `file` names a file of the recipe directory whose text is never rendered.
 */
export interface Script {
  readonly interpreter?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Names of variables of the caller's environment, masked in all output. */
  readonly secrets: readonly string[];
  /** Relative to the host prefix. */
  readonly cwd?: string;
  readonly body:
    | { readonly kind: 'none' }
    | { readonly kind: 'file'; readonly file: string }
    | { readonly kind: 'inline'; readonly content: string }
    | { readonly kind: 'commands'; readonly commands: readonly string[] };
}

/** Spec 1.6, `dynamic_linking`. */
export interface DynamicLinking {
  readonly rpaths: readonly string[];
  /** True, false, or globs. */
  readonly binary_relocation: boolean | readonly string[];
  readonly missing_dso_allowlist: readonly string[];
  readonly rpath_allowlist: readonly string[];
  readonly overdepending_behavior: 'ignore' | 'error';
  readonly overlinking_behavior: 'ignore' | 'error';
}

/** Spec 1.6. Everything filled in with its default. */
export interface Build {
  readonly number: number;
  /** The build string as decided (spec 2.6). */
  readonly string: string;
  readonly noarch: 'python' | 'generic' | null;
  readonly script: Script;
  readonly files: GlobLists;
  readonly always_copy_files: readonly string[];
  readonly always_include_files: readonly string[];
  readonly merge_build_and_host_envs: boolean;
  readonly dynamic_linking: DynamicLinking;
  readonly prefix_detection: {
    readonly force_text: readonly string[];
    readonly force_binary: readonly string[];
    readonly ignore: boolean | readonly string[];
    readonly ignore_binary_files: boolean;
  };
  readonly python: {
    readonly entry_points: readonly string[];
    readonly skip_pyc_compilation: readonly string[];
    readonly use_python_app_entrypoint: boolean;
    readonly version_independent: boolean;
    readonly site_packages_path?: string;
  };
  readonly post_process: readonly {
    readonly files: readonly string[];
    readonly regex: string;
    readonly replacement: string;
  }[];
  readonly variant: {
    readonly use_keys: readonly string[];
    readonly ignore_keys: readonly string[];
    readonly down_prioritize_variant?: number;
  };
}

/** Spec 1.8. URLs are strings as written. */
export interface About {
  readonly homepage?: string;
  readonly repository?: string;
  readonly documentation?: string;
  readonly license?: string;
  readonly license_family?: string;
  readonly license_file: readonly string[];
  readonly summary?: string;
  readonly description?: string;
}

/** Patterns of one section of `package_contents` (spec 7.3). */
export interface ContentPatterns {
  readonly exists: readonly string[];
  readonly not_exists: readonly string[];
}

/** Spec 1.7. Other kinds are carried for rendering and refused before a build starts. */
export type PackageTest =
  | {
      readonly kind: 'script';
      readonly script: Script;
      readonly requirements: {
        readonly run: readonly Dependency[];
        readonly build: readonly Dependency[];
      };
      readonly files: { readonly source: readonly string[]; readonly recipe: readonly string[] };
    }
  | {
      readonly kind: 'package_contents';
      readonly files: ContentPatterns;
      readonly site_packages: ContentPatterns;
      readonly bin: ContentPatterns;
      readonly lib: ContentPatterns;
      readonly include: ContentPatterns;
      readonly strict: boolean;
    }
  | {
      readonly kind: 'python';
      readonly imports: readonly string[];
      readonly pip_check: boolean;
      readonly python_version: readonly string[];
    }
  | { readonly kind: 'perl'; readonly uses: readonly string[] }
  | { readonly kind: 'r'; readonly libraries: readonly string[] }
  | { readonly kind: 'ruby'; readonly requires: readonly string[] }
  | { readonly kind: 'downstream'; readonly downstream: string };

/** Conda platform strings of one output. */
export interface Platforms {
  /** `noarch` for noarch outputs: the `subdir` of the package. */
  readonly target: string;
  readonly host: string;
  readonly build: string;
}

/** A staging output for one variant. Two package outputs whose staging is deep-equal share it. */
export interface RenderedStaging {
  readonly kind: 'staging';
  readonly name: string;
  /** Used variables of the staging output alone (spec 2.4, last paragraph). */
  readonly variant: Variant;
  readonly source: readonly Source[];
  readonly script: Script;
  readonly requirements: StagingRequirements;
  /** Staging output that this one inherits from (CEP 41), by name; null for none. */
  readonly inherit: { readonly from: string; readonly run_exports: boolean } | null;
}

/** A package output for one variant. */
export interface RenderedOutput {
  readonly kind: 'package';
  readonly name: string;
  readonly version: string;
  readonly platforms: Platforms;
  readonly variant: Variant;
  readonly hash: {
    /** 7 hex digits. */
    readonly hash: string;
    /** `py312`, `np120py311`, … or empty. */
    readonly prefix: string;
    /** The hashed string: content of `info/hash_input.json`. */
    readonly input: string;
  };
  readonly context: Readonly<Record<string, ContextValue>>;
  /** Own sources, top-level ones prepended where they are inherited (spec 1.13). */
  readonly source: readonly Source[];
  readonly build: Build;
  readonly requirements: Requirements;
  readonly tests: readonly PackageTest[];
  readonly about: About;
  readonly extra: Readonly<Record<string, unknown>>;
  /** The staging output inherited from; its chain is in `staging`. */
  readonly inherit: { readonly from: string; readonly run_exports: boolean } | null;
  /** The inherited staging output and what it inherits from in turn, nearest first. */
  readonly staging: readonly RenderedStaging[];
}

/** One recipe file with what the build needs besides its outputs. */
export interface RecipeLocation {
  /** Absolute path of the recipe file, or `-`. */
  readonly recipePath: string;
  /** Absolute path of its directory. */
  readonly recipeDir: string;
}
