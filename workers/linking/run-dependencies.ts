/** Run dependencies as the linking check sees them: a name, and how it came to be one. */
import type { FinalizedDependency, FinalizedRun } from '#proto/environment.ts';

/** One run dependency. `from` says where a run export came from. */
export interface RunDependency {
  readonly name: string;
  readonly origin: 'explicit' | 'pin' | 'run-export';
  readonly from?: 'build' | 'host' | 'staging';
}

const NAME = /^(?:[^\s:]*::)?([^\s[=<>!~;]+)/;

/** The run dependencies of finalized requirements; a name that came in several ways keeps the first one that is not an export. */
export function runDependenciesOf(run: FinalizedRun): readonly RunDependency[] {
  const byName = new Map<string, RunDependency>();
  for (const dependency of run.depends) {
    const known = toRunDependency(dependency);
    if (known === undefined) continue;
    const before = byName.get(known.name);
    if (before === undefined || before.origin === 'run-export') byName.set(known.name, known);
  }
  return [...byName.values()];
}

function toRunDependency(dependency: FinalizedDependency): RunDependency | undefined {
  const name = NAME.exec(dependency.spec)?.[1]?.toLowerCase();
  if (name === undefined) return undefined;
  if ('run_export' in dependency) return { name, origin: 'run-export', from: dependency.from };
  const isPin = 'pin_subpackage' in dependency || 'pin_compatible' in dependency;
  return { name, origin: isPin ? 'pin' : 'explicit' };
}

/** Words for a report. */
export function describeRunDependency({ origin }: RunDependency): string {
  return origin === 'run-export' ? 'run dependency by run export' : 'run dependency';
}
