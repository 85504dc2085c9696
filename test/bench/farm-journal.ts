/** Appends to the journal one after the other, with a disk that is asked for each of them and without. */
import { NatsJournal } from '#proto/adapters/nats-journal.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { SilentLogger } from '../support/silent-logger.ts';

const APPENDS = 500;
/** An entry of a busy farm. */
const ENTRY_BYTES = 2_000;

/** What is measured. */
export interface JournalSpeed {
  readonly appendsPerSecondSyncAlways: number;
  readonly appendsPerSecondSyncLater: number;
}

/** See the file's head. */
export async function measureJournal(): Promise<JournalSpeed> {
  return {
    appendsPerSecondSyncAlways: await appendsPerSecond('always'),
    appendsPerSecondSyncLater: await appendsPerSecond('2m'),
  };
}

async function appendsPerSecond(syncInterval: string): Promise<number> {
  const server = await NatsServer.start({ syncInterval });
  try {
    const journal = await NatsJournal.open({
      servers: [server.url],
      farm: 'bench',
      name: 'journal',
      journal: 'farm',
      assurance: { kind: 'assumed' },
      logger: new SilentLogger(),
    });
    const body = new Uint8Array(ENTRY_BYTES).fill(97);
    const startedAt = performance.now();
    for (let sequence = 0; sequence < APPENDS; sequence += 1) await journal.append(body, sequence);
    const durationMs = performance.now() - startedAt;
    await journal.close();
    return (APPENDS * 1_000) / durationMs;
  } finally {
    await server.dispose();
  }
}
