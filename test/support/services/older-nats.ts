/** The oldest nats-server that a farm works with. */
import {
  type Say,
  serverBinary,
  type WantedServer,
} from '#deploy/local-farm/services/server-binary.ts';
import { fromDebian, fromGo } from '#deploy/local-farm/services/server-sources.ts';

const [program, version] = ['nats-server', 'v2.9.10'];

const older: WantedServer = {
  program,
  variable: 'NATS_SERVER_OLDEST_BIN',
  accepts: (text) => text.includes('v2.9.'),
  sources: [
    fromDebian({ program, name: program, folder: 'usr/sbin', version }),
    fromGo({ program, module: 'github.com/nats-io/nats-server/v2', version, duration: 'a minute' }),
  ],
  advice: 'Install Go 1.21 or newer and try again, or set NATS_SERVER_OLDEST_BIN to one of 2.9.',
};

/** Path of the program. Rejects with what was tried and what to install. */
export function olderNatsServer(say?: Say): Promise<string> {
  return serverBinary(older, say);
}
