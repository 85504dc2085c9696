/**
 * Decides, before anything is written, which package puts which path into a prefix. Packages go in
 * the order of their dependencies; a path that several bring belongs to the last of them, so that the
 * result depends on nothing but the packages.
 */
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import { StageyardError } from '#proto/errors.ts';
import type { EntryPoint, PackageContents, PackagePath } from './package-contents.ts';
import { noarchTarget, type PythonLayout } from './python-layout.ts';
import { nameOfSpec } from './spec-text.ts';

/** A package that is to be installed. */
export interface PackageToLink {
  readonly record: RepodataRecord;
  /** Where it is unpacked. */
  readonly directory: string;
  readonly contents: PackageContents;
}

/** One path that will be written. */
export type LinkStep =
  | { readonly kind: 'path'; readonly target: string; readonly path: PackagePath }
  | { readonly kind: 'entry-point'; readonly target: string; readonly entry: EntryPoint };

/** All paths of one package that it keeps. */
export interface PackagePlan extends PackageToLink {
  readonly steps: readonly LinkStep[];
}

/** A path that several packages bring with different content. */
export interface Clobber {
  readonly target: string;
  readonly winner: string;
  readonly loser: string;
}

/** See the file's head. */
export interface LinkPlan {
  readonly packages: readonly PackagePlan[];
  readonly clobbers: readonly Clobber[];
}

/** Dependencies first; among equals by name. Cycles are cut at the name that sorts first. */
export function orderByDependencies<T extends { readonly record: RepodataRecord }>(
  packages: readonly T[],
): T[] {
  const byName = new Map(
    packages
      .toSorted((a, b) => (a.record.name < b.record.name ? -1 : 1))
      .map((item) => [item.record.name, item]),
  );
  const ordered: T[] = [];
  const state = new Map<string, 'open' | 'done'>();
  // An explicit stack: chains of dependencies may be longer than the call stack allows.
  for (const root of byName.keys()) {
    const stack = [root];
    for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
      const item = byName.get(name);
      if (item === undefined || state.get(name) === 'done') {
        stack.pop();
      } else if (state.get(name) === 'open') {
        state.set(name, 'done');
        ordered.push(item);
        stack.pop();
      } else {
        state.set(name, 'open');
        const needed = item.record.depends
          .map(nameOfSpec)
          .filter((dependency) => dependency !== null);
        stack.push(
          ...needed
            .filter((dependency) => byName.has(dependency) && !state.has(dependency))
            .toSorted()
            .reverse(),
        );
      }
    }
  }
  return ordered;
}

function stepsOf(item: PackageToLink, layout: PythonLayout | null): LinkStep[] {
  const { contents, record } = item;
  if (!contents.isNoarchPython)
    return contents.paths.map((path) => ({ kind: 'path', target: path.path, path }));
  if (layout === null) {
    throw new StageyardError(
      'ENV_UNSOLVABLE',
      `${record.fn} is a noarch Python package, but the environment has no python`,
    );
  }
  const files = contents.paths.map(
    (path): LinkStep => ({ kind: 'path', target: noarchTarget(path.path, layout), path }),
  );
  const commands = contents.entryPoints.map((entry): LinkStep => {
    const suffix = layout.isWindows ? '-script.py' : '';
    return { kind: 'entry-point', target: `${layout.scripts}/${entry.command}${suffix}`, entry };
  });
  return [...files, ...commands];
}

function hasSameContent(a: LinkStep, b: LinkStep): boolean {
  if (a.kind !== 'path' || b.kind !== 'path') return false;
  if (a.path.kind === 'directory' && b.path.kind === 'directory') return true;
  const isPlain =
    a.path.kind === b.path.kind && a.path.prefix === undefined && b.path.prefix === undefined;
  return isPlain && a.path.sha256 !== undefined && a.path.sha256 === b.path.sha256;
}

/** Refuses a package that lists one path as a file and another one below it. */
function checkNesting(
  owners: ReadonlyMap<string, { readonly owner: string; readonly step: LinkStep }>,
): void {
  for (const [target, { owner }] of owners) {
    for (
      let slash = target.lastIndexOf('/');
      slash > 0;
      slash = target.lastIndexOf('/', slash - 1)
    ) {
      const above = owners.get(target.slice(0, slash));
      const isFile = above?.step.kind === 'entry-point' || above?.step.path.kind === 'file';
      if (above === undefined || !isFile) continue;
      throw new StageyardError(
        'PACKAGE_INVALID',
        `${owner} puts ${target} below ${target.slice(0, slash)}, which ${above.owner} makes a file`,
      );
    }
  }
}

/** Throws `PACKAGE_INVALID` or `ENV_UNSOLVABLE` when the packages can't be in one prefix. */
export function planLinks(
  packages: readonly PackageToLink[],
  layout: PythonLayout | null,
): LinkPlan {
  const ordered = orderByDependencies(packages).map((item) => ({
    item,
    steps: stepsOf(item, layout),
  }));
  const owners = new Map<string, { readonly owner: string; readonly step: LinkStep }>();
  const clobbers: Clobber[] = [];
  for (const { item, steps } of ordered) {
    for (const step of steps) {
      const earlier = owners.get(step.target);
      if (
        earlier !== undefined &&
        earlier.owner !== item.record.fn &&
        !hasSameContent(earlier.step, step)
      ) {
        clobbers.push({ target: step.target, winner: item.record.fn, loser: earlier.owner });
      }
      owners.set(step.target, { owner: item.record.fn, step });
    }
  }
  checkNesting(owners);
  const plans = ordered.map(({ item, steps }) => ({
    ...item,
    steps: steps.filter((step) => owners.get(step.target)?.step === step),
  }));
  return { packages: plans, clobbers: clobbers.toSorted((a, b) => (a.target < b.target ? -1 : 1)) };
}
