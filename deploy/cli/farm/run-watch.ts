/** What `stageyard watch` does: the views of `build` over the events of a run that others may have begun. */
import { systemClock } from '#proto/adapters/system-clock.ts';
import { RemoteRun } from '../../farm-client/remote-run.ts';
import { silentLogger } from '../../silent-logger.ts';
import { INTERRUPTED, listenForInterrupts } from '../build/interrupts.ts';
import { RunFollower, summarizeTasks } from '../build/run-view.ts';
import { outliveReader, viewOf } from '../build/views.ts';
import type { RunSummary } from '../present/summary.ts';
import { type ClientSession, findRun, type Flags } from './client-command.ts';

/** Answers the exit code. */
export async function runWatch(
  name: string,
  flags: Flags,
  session: ClientSession,
): Promise<number> {
  const { client, isJson, say } = session;
  const run = await findRun(client, name);
  const { listing } = await client.run(run);
  const isTerminal = process.stdout.isTTY === true && process.env['TERM'] !== 'dumb';
  const view = viewOf({
    style: isJson ? 'json' : isTerminal ? 'fancy' : 'plain',
    color: !isJson && isTerminal && (process.env['NO_COLOR'] ?? '') === '',
    verbosity: flags['quiet'] === true ? 'quiet' : flags['verbose'] === true ? 'verbose' : 'normal',
  });
  outliveReader();
  const slots = { slots: 0, threadsPerSlot: 1, farm: client.url };
  const follower = new RunFollower({ show: (event) => view.show(event), slots, nowMs: Date.now });
  const remote = new RemoteRun({
    client,
    run,
    clock: systemClock,
    logger: silentLogger,
    onEvent: follower.follow,
    onWaiting: follower.waiting,
    say: isJson ? say : (text) => view.show({ atMs: Date.now(), event: 'notice', text }),
  });
  const interrupts = listenForInterrupts({
    source: process,
    nowMs: () => performance.now(),
    onInterrupt: () => void remote.close(),
  });
  try {
    const outcome = await remote.finished;
    if (outcome === undefined) {
      view.pause();
      say(`run ${run} goes on`);
      return INTERRUPTED;
    }
    const exitCode = outcome === 'succeeded' ? 0 : 1;
    const nowMs = Date.now();
    const summary: RunSummary = {
      tasks: await summarizeTasks(remote, {
        follower,
        publishedPath: (place, subdir, fileName) =>
          `${place === 'broken' ? 'broken' : subdir}/${fileName} of run ${run}`,
        logPathOf: (task) => `stageyard logs ${run} ${task}`,
      }),
      crossOutput: [],
      wallMs: Math.max(
        0,
        listing.outcome === null
          ? nowMs - listing.about.submittedAtMs
          : listing.changedAtMs - listing.about.submittedAtMs,
      ),
      nowMs,
      farm: client.url,
    };
    view.show({ atMs: nowMs, event: 'summary', summary, exitCode });
    return exitCode;
  } finally {
    interrupts.stop();
    view.close();
    await remote.close();
  }
}
