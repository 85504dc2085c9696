/** Finds or gets the servers that tests use, before any of them runs, and says which they are. */
import { wantedNats } from '#deploy/local-farm/services/nats-service.ts';
import { findS3Engine } from '#deploy/local-farm/services/s3-service.ts';
import { serverBinary } from '#deploy/local-farm/services/server-binary.ts';
import { olderNatsServer } from './older-nats.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

say(`nats-server: ${await serverBinary(wantedNats, say)}`);
say(`the oldest nats-server: ${(await olderNatsServer(say)) ?? 'not here, so not tested with'}`);
say(`S3: ${(await findS3Engine(say)).name}`);
