/** Test reporter that prints failures whole and closes with one line: `N passed, N failed`. */
import type { TestEvent } from 'node:test/reporters';

/** Async generator as `--test-reporter` wants it. */
export default async function* summary(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0;
  const failures: string[] = [];
  for await (const event of source) {
    if (event.type === 'test:pass' && event.data.details.type !== 'suite') passed += 1;
    if (event.type === 'test:fail' && event.data.details.type !== 'suite') {
      const error = event.data.details.error;
      const cause =
        error.cause instanceof Error
          ? (error.cause.stack ?? error.cause.message)
          : typeof error.cause === 'string'
            ? error.cause
            : error.message;
      failures.push(
        `${event.data.file ?? ''}:${event.data.line ?? 0} ${event.data.name}\n${cause}`,
      );
    }
    if (event.type === 'test:stderr') yield event.data.message;
  }
  for (const failure of failures) yield `\nfailed: ${failure}\n`;
  yield `\n${passed} passed, ${failures.length} failed\n`;
}
