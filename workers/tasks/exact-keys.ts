/** From a task and what was solved for it to its exact key (proto/exact-key.ts). */
import { hash } from 'node:crypto';
import { canonicalJson } from '#proto/canonical-json.ts';
import type { LockedEnvironments } from '#proto/environment.ts';
import { exactKey, lockedPackage } from '#proto/exact-key.ts';
import type { InputKey } from '#proto/ids.ts';
import type { Script } from '#proto/recipe/recipe.ts';
import type { SiblingOutput, TaskInputs } from '#proto/task-spec.ts';
import type { TaskServices } from './services.ts';

const sha256Hex = (text: string): string => hash('sha256', text, 'hex');

/** What a key is made of besides the environments. */
export interface KeyedTask {
  readonly staticKey: InputKey;
  readonly environments: LockedEnvironments;
  /** Scripts that run on this machine and see its tools. */
  readonly scripts: readonly Script[];
  readonly snapshot?: string;
  readonly siblings?: readonly SiblingOutput[];
  /** Digests of anything else that the result depends on. */
  readonly sources?: readonly string[];
}

/** Exact key of a task on this worker. */
export function exactKeyOf(
  task: KeyedTask,
  services: Pick<TaskServices, 'identity'>,
  inputs: TaskInputs,
): InputKey {
  const { environments } = task;
  const seesHostTools = task.scripts.some(({ body }) => body.kind !== 'none');
  const siblings = (task.siblings ?? []).flatMap(({ name, version, build }) => {
    const built = inputs.artifacts.find(
      ({ record }) => record.name === name && record.version === version && record.build === build,
    );
    return built === undefined
      ? []
      : [{ name, version, build, files: sha256Hex(canonicalJson(built.files)) }];
  });
  return exactKey(
    task.staticKey,
    {
      build: environments.build === null ? null : environments.build.resolved.map(lockedPackage),
      host: environments.host.resolved.map(lockedPackage),
      siblings,
      ...(task.sources === undefined ? {} : { sources: task.sources }),
      ...(task.snapshot === undefined ? {} : { snapshot: task.snapshot }),
      ...(seesHostTools ? { worker: sha256Hex(canonicalJson(services.identity)) } : {}),
    },
    sha256Hex,
  );
}
