/**
 * A package task up to the point where it is known whether there is anything to build: solve, finalize, and adopt a
 * stored result under the exact key. The build itself is loaded when it is needed (package-build.ts).
 */
import type { PackageTaskSpec } from '#proto/task-spec.ts';
import type { TaskExecution } from '../shell/task-executor.ts';
import { adoptOr } from './adoption.ts';
import type { WatchedRequest } from './attempt-watch.ts';
import { finalizePackage, lockPackage } from './environments-step.ts';
import { exactKeyOf } from './exact-keys.ts';
import { inheritedSnapshots } from './inherited-snapshots.ts';
import { makingOf } from './provenance.ts';
import type { TaskServices } from './services.ts';

/** Does a package task; rejects with the codes of its steps. */
export async function executePackage(
  services: TaskServices,
  request: WatchedRequest,
  spec: PackageTaskSpec,
): Promise<TaskExecution> {
  const { output } = spec;
  request.reporter.report({ kind: 'phase', phase: 'solving' });
  const names = output.inherit === null ? [] : output.staging.map(({ name }) => name);
  const inherited = await inheritedSnapshots(services, request, names);
  const environments = await lockPackage(services, request, spec);
  const manifests = inherited.map(({ manifest }) => manifest);
  const finalized = finalizePackage({ spec, environments, manifests });
  const [nearest] = inherited;
  const key = exactKeyOf(
    {
      staticKey: spec.staticKey,
      environments,
      scripts: [output.build.script],
      siblings: spec.siblings,
      ...(nearest === undefined ? {} : { snapshot: nearest.ref.digest }),
    },
    services,
    request.inputs,
  );
  return adoptOr(services, { request, key }, async () => {
    const { buildPackage } = await import('./package-build.ts');
    const { scriptMs, ...built } = await buildPackage({
      services,
      request,
      spec,
      environments,
      inherited,
      finalized,
    });
    return {
      ...built,
      ...makingOf(services, request, { key, scriptMs, inherited, environments }),
    };
  });
}
