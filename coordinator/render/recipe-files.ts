/** The files beside a recipe: the one place where rendering reads the disk. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

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

/** Files of a directory on this machine. */
export function directoryRecipeFiles(directory: string): RecipeFiles {
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
      if (!isFile(path) || (stat(path)?.size ?? 0) > TEXT_FILE_BYTES_MAX) return undefined;
      return readFileSync(join(directory, path), 'utf8');
    },
    list(path) {
      if (stat(path)?.isDirectory() !== true) return [];
      return readdirSync(join(directory, path)).sort();
    },
  };
}

/** No files at all: a recipe read from standard input. */
export const noRecipeFiles: RecipeFiles = {
  exists: () => false,
  readText: () => undefined,
  list: () => [],
};
