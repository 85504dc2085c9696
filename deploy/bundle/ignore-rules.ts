/**
 * Which files of a tree are left out: `.condapackageignore` always, `.gitignore` where asked for, both
 * at any depth, with git's pattern language. The rules of a directory apply below it; a deeper file
 * decides before a higher one, and any `.condapackageignore` before any `.gitignore`. Files above the
 * tree and the user's own git settings have no say: the same tree gives the same list on every machine
 * (spec 1.4).
 */
import ignore from 'ignore';

/** Rules in one file of one kind. */
interface RuleFile {
  /** Directory of the file relative to the tree: empty or with a trailing slash. */
  readonly base: string;
  readonly rules: ignore.Ignore;
}

/** Names of the files with rules, in the order in which they decide. */
export const ruleFileNames = { conda: '.condapackageignore', git: '.gitignore' } as const;

/** Text of the rule files of one directory; absent ones are undefined. */
export interface RuleTexts {
  readonly conda: string | undefined;
  readonly git: string | undefined;
}

/** The rules that hold in one directory of a tree; immutable. */
export class IgnoreRules {
  readonly #conda: readonly RuleFile[];
  readonly #git: readonly RuleFile[];

  private constructor(conda: readonly RuleFile[], git: readonly RuleFile[]) {
    this.#conda = conda;
    this.#git = git;
  }

  /** Before any rule file was read. */
  static readonly none: IgnoreRules = new IgnoreRules([], []);

  /** The rules inside the directory `base` (relative, with a trailing slash, or empty). */
  within(base: string, texts: RuleTexts): IgnoreRules {
    const conda = withRules(this.#conda, base, texts.conda);
    const git = withRules(this.#git, base, texts.git);
    return new IgnoreRules(conda, git);
  }

  /** `path` is relative to the tree; a directory's ends with a slash. */
  ignores(path: string): boolean {
    return verdict(this.#conda, path) ?? verdict(this.#git, path) ?? false;
  }
}

function withRules(
  files: readonly RuleFile[],
  base: string,
  text: string | undefined,
): readonly RuleFile[] {
  const outer = files.map((file) => entered(file, base));
  if (text === undefined) return outer;
  const rules = ignore({ ignorecase: false }).add(text);
  return [{ base, rules }, ...outer];
}

/**
 * We are inside a directory that these rules ignore: another file brought it back. Its rules go on
 * without that one, since the library takes everything below an ignored directory as ignored.
 */
function entered(file: RuleFile, directory: string): RuleFile {
  const path = directory.slice(file.base.length);
  if (path === '' || !file.rules.test(path).ignored) return file;
  const rules = ignore({ ignorecase: false })
    .add(file.rules)
    .add(`!${literalPattern(path)}`);
  return { ...file, rules };
}

/** Nearest file first: the first that says anything decides. */
function verdict(files: readonly RuleFile[], path: string): boolean | undefined {
  for (const { base, rules } of files) {
    const { ignored, unignored } = rules.test(path.slice(base.length));
    if (ignored || unignored) return ignored;
  }
  return undefined;
}

/** Pattern that matches just this path. */
function literalPattern(path: string): string {
  return `/${path.replaceAll(/[\\*?[\]!# ]/g, '\\$&')}`;
}
