/** Finds or gets the servers that tests can't do without, before any of them runs, and says which they are. */
import { wantedNats } from '#deploy/local-farm/services/nats-service.ts';
import { findS3Engine } from '#deploy/local-farm/services/s3-service.ts';
import { serverBinary } from '#deploy/local-farm/services/server-binary.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

say(`nats-server: ${await serverBinary(wantedNats, say)}`);
say(`S3: ${(await findS3Engine(say)).name}`);
