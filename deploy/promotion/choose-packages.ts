/**
 * Which packages of a run may be promoted. Those that a farm's own rule lets into the channel (their test passed, and
 * so did everything before them), and of these the ones that meet what is required. Whoever needs a package that stays
 * behind stays behind too: nobody shall find a package whose dependency is missing.
 */
import { MatchSpec } from '#proto/conda/match-spec.ts';
import type { TaskView } from '#coordinator/shell/run-events.ts';
import type { FarmArtifact, RunArtifacts } from '../farm-client/farm-artifacts.ts';

/** What may be required of a package. */
export const requirements = ['tested', 'no-overlinking'] as const;
/** One of {@link requirements}. */
export type Requirement = (typeof requirements)[number];

/** A package that stays behind. */
export interface LeftBehind {
  readonly title: string;
  readonly why: string;
}

/** What becomes of the packages of a run. */
export interface PackageChoice {
  /** In plan order. */
  readonly chosen: readonly FarmArtifact[];
  readonly left: readonly LeftBehind[];
}

/** See the file's head. */
export function choosePackages(
  { tasks, artifacts }: Pick<RunArtifacts, 'tasks' | 'artifacts'>,
  required: readonly Requirement[],
): PackageChoice {
  const made = new Map(artifacts.map((artifact) => [artifact.task, artifact]));
  const titles = new Map(tasks.map(({ id, title }) => [id, title]));
  const left: LeftBehind[] = [];
  const good: FarmArtifact[] = [];
  for (const view of tasks.filter(({ kind }) => kind === 'package')) {
    const artifact = made.get(view.id);
    const needed = view.withheldBy && (titles.get(view.withheldBy) ?? view.withheldBy);
    const why =
      artifact === undefined
        ? `it was not built (${view.phase})`
        : (notPublished(view, needed) ??
          required.map((rule) => unmet(rule, artifact)).find(Boolean));
    if (why !== undefined) left.push({ title: view.title, why });
    else if (artifact !== undefined) good.push(artifact);
  }
  return withoutOrphans(good, artifacts, left);
}

function notPublished({ publication }: TaskView, needed: string | undefined): string | undefined {
  switch (publication.kind) {
    case 'settled':
      return publication.place === 'channel' ? undefined : 'its test failed';
    case 'failed':
      return publication.error.message;
    case 'due':
      return 'it is about to be published';
    case 'none':
      return needed === undefined
        ? 'its test is not done'
        : `it needs ${needed}, which stays behind`;
  }
}

function unmet(rule: Requirement, { isTested, linkReport }: FarmArtifact): string | undefined {
  if (rule === 'tested')
    return isTested ? undefined : 'it was not tested: it has no tests, or they were skipped';
  const found = linkReport.findings.filter(({ kind }) => kind === 'overlinking');
  return found.length === 0 ? undefined : found.map(({ message }) => message).join('; ');
}

/** Again and again, since a package that stays may be another one's dependency. */
function withoutOrphans(
  good: readonly FarmArtifact[],
  all: readonly FarmArtifact[],
  left: readonly LeftBehind[],
): PackageChoice {
  const needs = needsOf(good, all);
  const going = new Set(good);
  const orphans: LeftBehind[] = [];
  for (;;) {
    const stay = [...going].flatMap((artifact) => {
      const isMissing = (fits: readonly FarmArtifact[]): boolean =>
        !fits.some((one) => going.has(one));
      const [needed] = needs.get(artifact)?.find(isMissing) ?? [];
      return needed === undefined ? [] : [{ artifact, needed }];
    });
    if (stay.length === 0) break;
    for (const { artifact, needed } of stay) {
      going.delete(artifact);
      const why = `it needs ${needed.title}, which stays behind`;
      orphans.push({ title: artifact.title, why });
    }
  }
  return { chosen: [...going], left: [...left, ...orphans] };
}

/** For each dependency of a package that others of the run would do for: those. */
function needsOf(
  good: readonly FarmArtifact[],
  all: readonly FarmArtifact[],
): ReadonlyMap<FarmArtifact, readonly (readonly FarmArtifact[])[]> {
  const byName = Map.groupBy(all, ({ record }) => record.name.toLowerCase());
  return new Map(
    good.map((artifact) => {
      const needs = artifact.record.depends.map((dependency) => fitting(dependency, byName));
      return [artifact, needs.filter(({ length }) => length > 0)];
    }),
  );
}

function fitting(
  dependency: string,
  byName: ReadonlyMap<string, readonly FarmArtifact[]>,
): readonly FarmArtifact[] {
  const parsed = MatchSpec.parse(dependency, 'lenient');
  if (!parsed.ok) return [];
  const { value } = parsed;
  return (byName.get(value.name) ?? []).filter(({ record }) => value.matches(record));
}
