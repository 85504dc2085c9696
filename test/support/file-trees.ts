/** Makes directories from a table, and lists what a bundle holds. */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Parser } from 'tar';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { BundledTree } from '#proto/task-spec.ts';

/** Path → text; `->` begins the target of a link, `!` the text of an executable; a path ending in `/` is an empty directory. */
export type FileTable = Readonly<Record<string, string>>;

/** Writes the table below `root`. */
export async function makeTree(root: string, table: FileTable): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const [path, text] of Object.entries(table)) {
    const file = join(root, path);
    if (path.endsWith('/')) {
      await mkdir(file, { recursive: true });
      continue;
    }
    await mkdir(dirname(file), { recursive: true });
    if (text.startsWith('->')) await symlink(text.slice(2), file);
    else await writeFile(file, text.replace(/^!/, ''));
    if (text.startsWith('!')) await chmod(file, 0o775);
  }
}

/** The same notation, from a bundle; modes other than 0644 and 0755 are shown. */
export async function bundledFiles(store: BlobStore, tree: BundledTree): Promise<FileTable> {
  const bytes = await store.getBytes(tree.blob, 1 << 30);
  const table: Record<string, string> = {};
  const parser = new Parser({
    onReadEntry: (entry) => {
      const chunks: Buffer[] = [];
      entry.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
      entry.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const mode = entry.mode ?? 0;
        const isUsual = mode === 0o644 || mode === 0o755 || entry.type === 'SymbolicLink';
        const mark = isUsual
          ? mode === 0o755 && entry.type === 'File'
            ? '!'
            : ''
          : mode.toString(8);
        table[entry.path] =
          entry.type === 'SymbolicLink' ? `->${entry.linkpath}` : `${mark}${text}`;
      });
    },
  });
  const ended = new Promise<void>((resolve, reject) => {
    parser.on('end', () => resolve());
    parser.on('error', reject);
  });
  parser.end(Buffer.from(bytes));
  await ended;
  return table;
}

/** Runs git in `directory` as somebody whose settings are empty. */
export function git(directory: string, ...args: string[]): string {
  const identity = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b.test',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b.test',
  };
  const env = { PATH: process.env['PATH'], HOME: directory, GIT_CONFIG_NOSYSTEM: '1', ...identity };
  const dates = { GIT_AUTHOR_DATE: '1700000000 +0000', GIT_COMMITTER_DATE: '1700000000 +0000' };
  return execFileSync('git', args, { cwd: directory, env: { ...env, ...dates }, encoding: 'utf8' });
}
