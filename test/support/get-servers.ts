/** Finds or builds the servers that tests use, before any of them runs, and says which they are. */
import { NatsServer } from './nats-server.ts';
import { S3Server } from './s3-server.ts';

process.stdout.write(`nats-server: ${await NatsServer.program()}\n`);
process.stdout.write(`S3: ${await S3Server.program()}\n`);
