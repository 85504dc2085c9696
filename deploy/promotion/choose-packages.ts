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
  const behind = all.filter((artifact) => !good.includes(artifact));
  const orphans = new Map<FarmArtifact, string>();
  for (const artifact of good) {
    const needed = artifact.record.depends
      .map((dependency) => missing(dependency, good, behind))
      .find((found) => found !== undefined);
    if (needed !== undefined) orphans.set(artifact, needed.title);
  }
  if (orphans.size === 0) return { chosen: good, left };
  const rest = good.filter((artifact) => !orphans.has(artifact));
  const further = [...orphans].map(([{ title }, needed]) => ({
    title,
    why: `it needs ${needed}, which stays behind`,
  }));
  return withoutOrphans(rest, all, [...left, ...further]);
}

/** The package that would do and stays behind, where none that goes would do. */
function missing(
  dependency: string,
  good: readonly FarmArtifact[],
  behind: readonly FarmArtifact[],
): FarmArtifact | undefined {
  const parsed = MatchSpec.parse(dependency, 'lenient');
  if (!parsed.ok) return undefined;
  const fits = ({ record }: FarmArtifact): boolean => parsed.value.matches(record);
  return good.some(fits) ? undefined : behind.find(fits);
}
