/**
 * The command line's own `build --render-only`, many times in one process: a JSON request per line on standard input
 * (`argv`, `cwd`, `env`), a JSON answer per line on standard output. Starting a process costs more than rendering.
 */
import { createInterface } from 'node:readline';
import { Command, CommanderError } from 'commander';
import { registerBuild } from '#deploy/cli/build/register.ts';
import { StageyardError } from '#proto/errors.ts';

interface Request {
  readonly id: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Answer {
  readonly id: string;
  readonly kind: 'ok' | 'rejected' | 'crash';
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `action` and answers what it writes to a stream. */
async function captured(
  stream: NodeJS.WriteStream,
  action: () => Promise<unknown>,
): Promise<string> {
  const chunks: string[] = [];
  const write = stream.write.bind(stream);
  stream.write = (chunk: unknown) => {
    chunks.push(String(chunk));
    return true;
  };
  try {
    await action();
  } finally {
    stream.write = write;
  }
  return chunks.join('');
}

async function run({ argv, cwd, env }: Request): Promise<Omit<Answer, 'id'>> {
  process.chdir(cwd);
  process.env = { ...env };
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  registerBuild(program);
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  let stdout = '';
  let failure: unknown;
  const stderr = await captured(process.stderr, async () => {
    stdout = await captured(process.stdout, () =>
      program.parseAsync(argv, { from: 'user' }).catch((error: unknown) => {
        failure = error;
      }),
    );
  });
  if (failure === undefined) return { kind: 'ok', stdout, stderr };
  if (failure instanceof StageyardError || failure instanceof CommanderError) {
    return { kind: 'rejected', stdout, stderr: failure.message };
  }
  const text =
    failure instanceof Error ? (failure.stack ?? failure.message) : 'thrown, but no error';
  return { kind: 'crash', stdout, stderr: text };
}

function isRequest(value: unknown): value is Request {
  return typeof value === 'object' && value !== null && 'argv' in value && 'cwd' in value;
}

for await (const line of createInterface({ input: process.stdin })) {
  const request: unknown = JSON.parse(line);
  if (!isRequest(request)) throw new TypeError(`no request: ${line}`);
  const answer = { id: request.id, ...(await run(request)) };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
