/** Version of this program, from its package's manifest. */
import { readFileSync } from 'node:fs';

/** `0.1.0`. */
export function programVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : '0';
}
