/** A proxy that makes of a real S3 server a lesser one: without conditional writes (ignored, or refused), or full. */
import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

const NOT_IMPLEMENTED =
  '<?xml version="1.0"?><Error><Code>NotImplemented</Code><Message>not implemented</Message></Error>';
/** As MinIO says it. */
const FULL =
  '<?xml version="1.0"?><Error><Code>XMinioStorageFull</Code><Message>full</Message></Error>';

/** The same, to who begins an upload in parts. */
const FULL_FOR_PARTS =
  '<?xml version="1.0"?><Error><Code>InternalError</Code><Message>We encountered an internal error, please try again.: cause(no space left on device)</Message></Error>';

/** What it stands before, and what becomes of writes: of those with a condition, or of all when it is full. */
export interface LesserS3Options {
  readonly target: string;
  answer: 'ignored' | 'refused' | 'full' | 'none';
  /** Removes an object by its path (`/bucket/key`): what isn't there fulfils the condition, which is signed. */
  readonly remove: (path: string) => Promise<void>;
}

/** See the file's head. */
export class LesserS3Proxy {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on a free port. */
  static async start(options: LesserS3Options): Promise<LesserS3Proxy> {
    const server = createServer((asked, response) => void answer(asked, response, options));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new LesserS3Proxy(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async dispose(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function answer(
  asked: IncomingMessage,
  response: ServerResponse,
  options: LesserS3Options,
): Promise<void> {
  const isConditional = asked.headers['if-none-match'] !== undefined;
  if (options.answer === 'full' && asked.method === 'PUT') {
    asked.resume();
    response.writeHead(507, { 'content-type': 'application/xml' }).end(FULL);
  } else if (options.answer === 'full' && asked.method === 'POST') {
    asked.resume();
    response.writeHead(500, { 'content-type': 'application/xml' }).end(FULL_FOR_PARTS);
  } else if (!isConditional || options.answer === 'full' || options.answer === 'none') {
    pass(asked, response, options.target);
  } else if (options.answer === 'ignored') {
    await options.remove(asked.url ?? '');
    pass(asked, response, options.target);
  } else {
    asked.resume();
    response.writeHead(501, { 'content-type': 'application/xml' }).end(NOT_IMPLEMENTED);
  }
}

function pass(asked: IncomingMessage, response: ServerResponse, target: string): void {
  const { method, url, headers } = asked;
  const { hostname, port } = new URL(target);
  const upstream = request({ hostname, port, method, path: url, headers }, (answered) => {
    response.writeHead(answered.statusCode ?? 500, answered.headers);
    answered.pipe(response);
  });
  upstream.on('error', () => response.destroy());
  asked.pipe(upstream);
}
