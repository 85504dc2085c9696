import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BuildEvent } from '#deploy/cli/present/build-event.ts';
import { JsonView } from '#deploy/cli/present/json-view.ts';
import { LiveView } from '#deploy/cli/present/live-view.ts';
import { PlainView } from '#deploy/cli/present/plain-view.ts';
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
    assert.ok(sink.text.endsWith('\u001b[0J'), JSON.stringify(sink.text.slice(-40)));
  });
});
