/** What `stageyard submit` does: render, bundle, plan, hand in. */
import { openFarmHost } from '../../farm-client/farm-host.ts';
import { farmHostOptions } from '../build/farm-request.ts';
import {
  type BuildContext,
  labelOf,
  openStoreLog,
  planBuild,
  renderedRequest,
} from '../build/planned-build.ts';
import { viewOf } from '../build/views.ts';
import type { Flags } from './client-command.ts';

/** Answers the exit code. */
export async function runSubmit(flags: Flags): Promise<number> {
  const rendered = renderedRequest(flags);
  const { request } = rendered;
  const logger = await openStoreLog(request);
  const isJson = request.output.style === 'json';
  // Notices go to standard error, the run's name to standard output.
  const view = isJson ? silentView : viewOf({ ...request.output, style: 'plain' }, process.stderr);
  const context: BuildContext = { ...rendered, view, logger };
  const host = await openFarmHost(farmHostOptions(context));
  try {
    const plan = await planBuild(context, host);
    if (plan === undefined) {
      if (isJson) process.stdout.write(`${JSON.stringify({ run: null, tasks: 0 })}\n`);
      return 0;
    }
    // Nobody is there to see the first failure: what does not depend on it goes on.
    const run = await host.submit({ plan, label: labelOf(context), continueOnFailure: true });
    const tasks = plan.tasks.length;
    if (isJson) process.stdout.write(`${JSON.stringify({ run, tasks })}\n`);
    else {
      process.stdout.write(`${run}\n`);
      process.stderr.write(
        `${tasks} ${tasks === 1 ? 'task' : 'tasks'} handed in; stageyard watch ${run} --farm ${host.slots.farm ?? ''} follows ${tasks === 1 ? 'it' : 'them'}\n`,
      );
    }
    return 0;
  } finally {
    await host.close();
  }
}

const silentView = {
  show: () => undefined,
  pause: () => undefined,
  close: () => undefined,
};
