/** The files beside a recipe: the one place where rendering reads the disk. */
import { isUtf8 } from 'node:buffer';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Read access relative to the recipe's directory. Rendering is synchronous, and so is this. */
export interface RecipeFiles {
  /** True for an existing regular file. */
  exists(path: string): boolean;
  /** Text of a file, or undefined where there is none that can be read as text. */
  readText(path: string): string | undefined;
  /** Names in a directory, sorted; empty where there is none. */
  list(path: string): readonly string[];
}

/** Largest file read as text by a recipe's function. */
const TEXT_FILE_BYTES_MAX = 16 * 1024 * 1024;

/** Text of a regular file, or undefined. */
function textOf(path: string): string | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() !== true || stat.size > TEXT_FILE_BYTES_MAX) return undefined;
    const bytes = readFileSync(path);
    return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
  } catch {
    // What the file system refuses to show is as good as missing; the caller says which file was wanted.
    return undefined;
  }
}

/** Files of a directory on this machine; `readText` looks in `fallback` for what isn't there. */
export function directoryRecipeFiles(directory: string, fallback?: string): RecipeFiles {
  const stat = (path: string) => statSync(join(directory, path), { throwIfNoEntry: false });
  const isFile = (path: string): boolean => {
    try {
      return stat(path)?.isFile() ?? false;
    } catch {
      // A name that the file system refuses (too long, NUL, below a file) names no file.
      return false;
    }
  };
  return {
    exists: isFile,
    readText(path) {
      const beside = textOf(resolve(directory, path));
      return beside ?? (fallback === undefined ? undefined : textOf(resolve(fallback, path)));
    },
    list(path) {
      if (stat(path)?.isDirectory() !== true) return [];
      return readdirSync(join(directory, path)).sort();
    },
  };
}

/** No files at all. */
export const noRecipeFiles: RecipeFiles = {
  exists: () => false,
  readText: () => undefined,
  list: () => [],
};

/** A recipe read from standard input has no files beside it; it can still load some of the current directory. */
export function standardInputFiles(cwd: string): RecipeFiles {
  return { ...noRecipeFiles, readText: (path) => textOf(resolve(cwd, path)) };
}
