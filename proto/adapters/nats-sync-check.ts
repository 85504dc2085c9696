/**
 * Does this server write every append to disk before it answers? By default it doesn't, and a power cut
 * takes back minutes of acknowledged facts. A client can't see the setting; the monitoring port shows it.
 */
import { StageyardError } from '../errors.ts';
import { errorText } from './error-text.ts';
import { NS_PER_MS } from './nats-api.ts';

const MONITORING_TIMEOUT_MS = 5_000;
const WAYS_OUT = 'use --journal sqlite:PATH (one coordinator) or --assume-sync-always';

/** How the setting is known. */
export type SyncAssurance =
  | { readonly kind: 'monitoring'; readonly url: string }
  /** Somebody who can see the server's configuration vouches for it. */
  | { readonly kind: 'assumed' }
  | { readonly kind: 'unknown' };

/** Resolves when every append is synced. Rejects with `CONFIG_INVALID` when it isn't or can't be known. */
export async function checkSyncAlways(assurance: SyncAssurance, serverId: string): Promise<void> {
  if (assurance.kind === 'assumed') return;
  if (assurance.kind === 'unknown') {
    throw cannotVerify('the address of the monitoring port is not configured');
  }
  const shown = await monitoringOf(assurance.url);
  if (shown['server_id'] !== serverId) {
    throw cannotVerify(`${assurance.url} is the monitoring port of another server`);
  }
  const jetstream = recordAt(shown, 'jetstream');
  const config = recordAt(jetstream, 'config');
  if (config['sync_always'] === true) return;
  const interval = config['sync_interval'];
  const found = typeof interval === 'number' ? `every ${interval / NS_PER_MS} ms` : 'now and then';
  const text = [
    `the NATS server writes appends to disk ${found}: a power cut would take back acknowledged facts`,
    'set `sync_interval: always` in its jetstream block, or use --journal sqlite:PATH (one coordinator)',
  ].join('\n');
  throw new StageyardError('CONFIG_INVALID', text);
}

async function monitoringOf(url: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const signal = AbortSignal.timeout(MONITORING_TIMEOUT_MS);
    const response = await fetch(new URL('/varz', url), { signal });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const shown: unknown = await response.json();
    if (!isRecord(shown)) throw new Error('the answer is no JSON object');
    return shown;
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw cannotVerify(`${url}/varz: ${errorText(cause)}`);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function recordAt(
  record: Readonly<Record<string, unknown>>,
  field: string,
): Readonly<Record<string, unknown>> {
  const value = record[field];
  return isRecord(value) ? value : {};
}

function cannotVerify(why: string): StageyardError {
  const text = `can't verify the sync setting: ${WAYS_OUT}\n(${why})`;
  return new StageyardError('CONFIG_INVALID', text);
}
