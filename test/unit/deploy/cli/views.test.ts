import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BuildEvent } from '#deploy/cli/present/build-event.ts';
import { displayWidth } from '#deploy/cli/present/display-width.ts';
import { JsonView } from '#deploy/cli/present/json-view.ts';
import { LiveView } from '#deploy/cli/present/live-view.ts';
import { plainLine, PlainView } from '#deploy/cli/present/plain-view.ts';
import { palette } from '#deploy/cli/present/text.ts';

class Collector {
  text = '';
  readonly columns = 60;
  readonly rows = 24;
  write(text: string): void {
    this.text += text;
  }
}

const planned: BuildEvent = {
  atMs: 0,
  event: 'run-planned',
  run: 'r1',
  slots: 4,
  threadsPerSlot: 2,
  tasks: [{ task: 't1', kind: 'package', title: 'libz 1.0 h0_0' }],
};
const started: BuildEvent = {
  atMs: 0,
  event: 'task-started',
  task: 't1',
  kind: 'package',
  title: 'libz 1.0 h0_0',
  attempt: 1,
};
const line: BuildEvent = {
  atMs: 5,
  event: 'task-line',
  task: 't1',
  text: 'compiling \u001b[31mz.c',
};
const ended: BuildEvent = {
  atMs: 9,
  event: 'task-ended',
  task: 't1',
  state: 'done',
  reused: false,
  wallMs: 900,
};

describe('plain view', () => {
  const lines = (verbosity: 'quiet' | 'normal' | 'verbose'): string[] => {
    const sink = new Collector();
    const view = new PlainView(sink, { colors: palette(false), verbosity });
    for (const event of [planned, started, line, ended]) view.show(event);
    view.close();
    return sink.text.split('\n').filter((text) => text !== '');
  };

  it('says slots and threads in the header', () => {
    assert.equal(lines('normal')[0], '1 task on 4 slots × 2 threads, run r1');
  });

  it('shows script output only when asked for, without its control characters', () => {
    assert.equal(lines('normal').length, 3);
    assert.ok(lines('verbose').includes('package libz 1.0 h0_0 | compiling \\x1b[31mz.c'));
  });

  it('says on which worker of a farm an attempt failed', () => {
    const titles = new Map([['t1', 'package libz']]);
    const failed: BuildEvent = { ...ended, state: 'retried', worker: 'w1', message: 'no disk:\n/' };
    assert.equal(
      plainLine(failed, titles, palette(false)),
      'retried package libz on w1 in 0.9 s: no disk',
    );
  });

  it('says nothing when quiet', () => {
    assert.deepEqual(lines('quiet'), []);
  });
});

describe('JSON view', () => {
  it('writes one object a line', () => {
    const sink = new Collector();
    const view = new JsonView(sink);
    for (const event of [planned, line]) view.show(event);
    assert.deepEqual(
      sink.text
        .trimEnd()
        .split('\n')
        .map((text): unknown => JSON.parse(text)),
      [planned, line],
    );
  });
});

describe('live view', () => {
  it('erases what it drew before it writes anything else, and leaves nothing behind', () => {
    const sink = new Collector();
    const view = new LiveView(sink, { colors: palette(false), nowMs: () => 1000 });
    for (const event of [planned, started, line]) view.show(event);
    view.show({ atMs: 6, event: 'notice', text: 'scrolled' });
    view.show(ended);
    view.close();
    assert.ok(sink.text.includes('scrolled\n'));
    assert.match(sink.text, /package libz 1\.0 h0_0  1\.0 s/);
    assert.ok(sink.text.endsWith('\u001b[2K'), JSON.stringify(sink.text.slice(-40)));
  });

  it('takes back all rows when the terminal became narrower', () => {
    const sink = {
      text: '',
      columns: 60,
      rows: 24,
      write: (text: string) => void (sink.text += text),
    };
    const view = new LiveView(sink, { colors: palette(false), nowMs: () => 1000 });
    for (const event of [planned, started]) view.show(event);
    view.show({ event: 'task-line', atMs: 5, task: 't1', text: 'x'.repeat(80) });
    view.show({ atMs: 6, event: 'notice', text: 'drawn' });
    sink.text = '';
    sink.columns = 30;
    view.close();
    assert.equal(sink.text.split('\u001b[1A\u001b[2K').length - 1, 3);
  });

  it('draws only what has changed', (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const sink = new Collector();
    const view = new LiveView(sink, { colors: palette(false), nowMs: () => 1000 });
    for (const event of [planned, started]) view.show(event);
    context.mock.timers.tick(100);
    const before = sink.text;
    context.mock.timers.tick(100);
    view.show(line);
    assert.equal(sink.text, before);
    context.mock.timers.tick(100);
    assert.notEqual(sink.text, before);
    view.close();
  });

  it('never writes a line that is wider than the terminal', () => {
    const sink = new Collector();
    const view = new LiveView(sink, { colors: palette(false), nowMs: () => 1000 });
    const wide: BuildEvent = { ...started, title: '日本語'.repeat(20) };
    const long: BuildEvent = { ...line, text: '日本\t語'.repeat(30) };
    for (const event of [planned, wide, long]) view.show(event);
    view.show({ atMs: 6, event: 'notice', text: 'drawn' });
    view.close();
    const drawn = sink.text.split('\n').filter((text) => text.startsWith('  '));
    assert.equal(drawn.length, 1);
    assert.ok(displayWidth(drawn[0] ?? '') < sink.columns, sink.text);
    assert.match(drawn[0] ?? '', /1\.0 s/);
  });
});
