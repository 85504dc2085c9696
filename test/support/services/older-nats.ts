/** The oldest nats-server that a farm works with, where this machine has it or Debian's archive at hand. */
import {
  type Say,
  serverBinary,
  type WantedServer,
} from '#deploy/local-farm/services/server-binary.ts';
import { fromDebian } from '#deploy/local-farm/services/server-sources.ts';

const older: WantedServer = {
  program: 'nats-server',
  variable: 'NATS_SERVER_OLDEST_BIN',
  accepts: (version) => version.includes('v2.9.'),
  sources: [
    fromDebian({ program: 'nats-server', folder: 'usr/sbin', version: 'v2.9.10' }, 'nats-server'),
  ],
  advice: '',
};

/** Path of the program; undefined where it can't be had. */
export async function olderNatsServer(say: Say): Promise<string | undefined> {
  return serverBinary(older, say).catch(() => undefined);
}
