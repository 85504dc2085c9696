/**
 * `meet-other-worker`, a command that scripts find on the workers of a local farm: it ends when two outputs of a
 * recipe have called it. A worker with one slot can't be both, so two of them package at the same time.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const COMMAND = `#!/bin/sh
place=\${0%/*}/../meeting
: > "$place/$PKG_NAME"
tries=0
while set -- "$place"/* && [ $# -lt 2 ]; do
  tries=$((tries + 1))
  if [ $tries -gt 600 ]; then
    echo 'nobody came within a minute: a farm needs a second worker for this' >&2
    exit 1
  fi
  sleep 0.1
done
`;

/** Puts it into `bin/` below the directory, which exists. */
export async function writeMeeting(directory: string): Promise<void> {
  for (const name of ['bin', 'meeting']) await mkdir(join(directory, name));
  await writeFile(join(directory, 'bin', 'meet-other-worker'), COMMAND, { mode: 0o755 });
}
