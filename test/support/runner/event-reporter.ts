/**
 * Test reporter of a file's process: tells the runner everything at once, so that what was known is known even when
 * the process has to be killed. It prints nothing but what tests themselves say (`test.diagnostic`).
 */
import type { TestEvent } from 'node:test/reporters';
import type { FileEvent } from './file-event.ts';

const TEXT_LENGTH_MAX = 20_000;
/** What the test runner of Node says at the end of a file. */
const TOTALS = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

/** Async generator as `--test-reporter` wants it. */
export default async function* tell(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    const told = toldOf(event);
    if (told !== undefined) process.send?.(told);
    yield saidIn(event);
  }
}

function saidIn({ type, data }: TestEvent): string {
  return type === 'test:diagnostic' && !TOTALS.test(data.message) ? `${data.message}\n` : '';
}

function toldOf(event: TestEvent): FileEvent | undefined {
  switch (event.type) {
    case 'test:enqueue':
      return { kind: 'known', test: event.data.name };
    case 'test:complete':
      return { kind: 'ended', test: event.data.name };
    case 'test:pass':
      return passOf(event.data);
    case 'test:fail':
      return failureOf(event.data);
    default:
      return undefined;
  }
}

function passOf(data: Extract<TestEvent, { type: 'test:pass' }>['data']): FileEvent | undefined {
  const { name, details, skip } = data;
  if (skip !== undefined && skip !== false)
    return { kind: 'skipped', test: name, reason: String(skip) };
  return details.type === 'suite' ? undefined : { kind: 'passed' };
}

/** A parent that failed because of what is inside is no failure of its own; a suite whose hook failed is. */
function failureOf(data: Extract<TestEvent, { type: 'test:fail' }>['data']): FileEvent | undefined {
  const { error } = data.details;
  if ('failureType' in error && error.failureType === 'subtestsFailed') return undefined;
  const text = (textOf(error.cause) ?? error.message).slice(0, TEXT_LENGTH_MAX);
  return { kind: 'failed', test: `${data.name} (line ${data.line ?? 0})`, text };
}

function textOf(cause: unknown): string | undefined {
  if (cause instanceof Error) return cause.stack ?? cause.message;
  return typeof cause === 'string' ? cause : undefined;
}
