/**
 * The process that holds a local farm. It leads a process group, so that whoever started it can end everything at
 * once; when that one is gone, however it went, the house ends by itself and removes what it wrote.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { House } from './house.ts';
import type { HouseSaying, HouseWish } from './house-messages.ts';

function tell(saying: HouseSaying): void {
  if (process.connected) process.send?.(saying);
}

const asked = new Promise<HouseWish>((resolve) => {
  process.once('message', (message) => resolve(message as HouseWish));
});
const left = new Promise<void>((resolve) => process.once('disconnect', () => resolve()));

async function serve(wish: HouseWish): Promise<void> {
  const house = new House(wish, (line) => tell({ kind: 'say', line }));
  try {
    await mkdir(wish.directory, { mode: 0o700 });
    for (const name of ['logs', 'caches', 'tmp']) await mkdir(join(wish.directory, name));
    const addresses = await Promise.race([house.open(), left]);
    if (addresses !== undefined) tell({ kind: 'ready', addresses });
    const text = await Promise.race([house.broken, left]);
    if (text !== undefined) tell({ kind: 'broken', text });
  } catch (error) {
    tell({ kind: 'broken', text: error instanceof Error ? error.message : String(error) });
  } finally {
    await house.close();
    await rm(wish.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

// A terminal's signals reach the one who asked; that one decides.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('SIGTERM', () => process.disconnect?.());
const wish = await Promise.race([asked, left]);
if (wish !== undefined) await serve(wish);
process.exit();
