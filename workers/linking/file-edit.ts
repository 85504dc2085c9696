/**
 * Changes a file as a new one: copied, changed, renamed over the old name. Hard links to the old content (the
 * package cache, a snapshot) keep it, and nobody ever sees half a change. The mode stays as it was.
 */
import { chmod, copyFile, constants, open, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { FileEdit } from './relink-plan.ts';

const PERMISSION_BITS = 0o7777;
const OWNER_WRITES = 0o600;

/** Lets `change` work on a copy beside `path`, which then takes its place. The copy is removed on failure. */
export async function replaceFile(
  path: string,
  change: (copy: string) => Promise<void>,
): Promise<void> {
  const { mode } = await stat(path);
  const copy = `${path}.stageyard-new`;
  try {
    await copyFile(path, copy, constants.COPYFILE_FICLONE);
    await chmod(copy, (mode & PERMISSION_BITS) | OWNER_WRITES);
    await change(copy);
    await chmod(copy, mode & PERMISSION_BITS);
    await rename(copy, path);
  } finally {
    await rm(copy, { force: true });
  }
}

/** Applies edits to a file. Copies are taken from the file as it was before the first edit. */
export async function applyEdits(path: string, edits: readonly FileEdit[]): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const writes = await Promise.all(edits.map(async (edit) => resolveEdit(file, edit)));
    for (const { offset, bytes } of writes) await file.write(bytes, 0, bytes.length, offset);
  } finally {
    await file.close();
  }
}

async function resolveEdit(
  file: FileHandle,
  edit: FileEdit,
): Promise<{ readonly offset: number; readonly bytes: Uint8Array }> {
  if ('bytes' in edit) return edit;
  const bytes = new Uint8Array(edit.length);
  await file.read(bytes, 0, edit.length, edit.copyFrom);
  return { offset: edit.offset, bytes };
}
