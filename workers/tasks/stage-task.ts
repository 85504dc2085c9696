/**
 * A stage task up to the point where it is known whether there is anything to build: solve, and adopt a stored
 * snapshot under the exact key. The build itself is loaded when it is needed (stage-build.ts).
 */
import type { StageTaskSpec } from '#proto/task-spec.ts';
import type { TaskExecution } from '../shell/task-executor.ts';
import { adoptOr } from './adoption.ts';
import type { WatchedRequest } from './attempt-watch.ts';
import { lockStaging } from './environments-step.ts';
import { exactKeyOf } from './exact-keys.ts';
import { inheritedSnapshots } from './inherited-snapshots.ts';
import { makingOf } from './provenance.ts';
import type { TaskServices } from './services.ts';

/** Does a stage task; rejects with the codes of its steps. */
export async function executeStage(
  services: TaskServices,
  request: WatchedRequest,
  spec: StageTaskSpec,
): Promise<TaskExecution> {
  const { staging } = spec;
  request.reporter.report({ kind: 'phase', phase: 'solving' });
  const inherited = await inheritedSnapshots(
    services,
    request,
    staging.inherit === null ? [] : [staging.inherit.from],
  );
  const environments = await lockStaging(services, request, spec);
  const [nearest] = inherited;
  const key = exactKeyOf(
    {
      staticKey: spec.staticKey,
      environments,
      scripts: [staging.script],
      ...(nearest === undefined ? {} : { snapshot: nearest.ref.digest }),
    },
    services,
    request.inputs,
  );
  return adoptOr(services, { request, key }, async () => {
    const { buildStaging } = await import('./stage-build.ts');
    const { scriptMs, ...built } = await buildStaging({
      services,
      request,
      spec,
      environments,
      inherited,
    });
    return {
      ...built,
      ...makingOf(services, request, { key, scriptMs, inherited, environments }),
    };
  });
}
