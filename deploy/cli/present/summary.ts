/**
 * The end of a build, for people: packages, where every linked library comes from, findings, what was
 * reused and how to force it, where the store is. Pure: data in, lines out.
 */
import type { Attribution, Finding } from '#proto/link-report.ts';
import type { PackageOutput, TaskOutput } from '#proto/task-output.ts';
import type { HostPlace } from '../../build-host.ts';
import {
  columns,
  formatDuration,
  formatMoment,
  formatSize,
  type Palette,
  printable,
} from './text.ts';

/** How one task ended. */
export interface TaskSummary {
  readonly task: string;
  readonly kind: 'stage' | 'package' | 'test';
  /** Name of the output or staging output. */
  readonly name: string;
  /** `name version build` or the staging name. */
  readonly title: string;
  /** `skipped`: not begun, since another task failed. */
  readonly state: 'done' | 'failed' | 'blocked' | 'cancelled' | 'skipped';
  readonly output?: TaskOutput;
  /** Set when nothing was built: when the reused result was made. */
  readonly reusedBuiltAtMs?: number;
  /** Where the package is now, when it was published. */
  readonly publishedPath?: string;
  readonly failure?: {
    readonly message: string;
    /** Of the command, as the failure's code says. */
    readonly exitCode: number;
    /** What the reader can do, where the message doesn't say it. */
    readonly help?: string;
    readonly logPath?: string;
    /** Kept for people to look into. */
    readonly workDirectory?: string;
    /** Opens a shell in it, with its environment. */
    readonly shellCommand?: string;
    readonly logTail: readonly string[];
  };
  /** Root of a blocked task. */
  readonly blockedBy?: string;
  /** Of a package that isn't published: the package it depends on that isn't either. */
  readonly withheldBy?: string;
}

/** Everything the summary says. */
export type RunSummary = HostPlace & {
  readonly tasks: readonly TaskSummary[];
  /** What only shows when all outputs are there. */
  readonly crossOutput: readonly Finding[];
  readonly wallMs: number;
  /** Wall time in which at least one script ran; absent for whoever didn't see all of the run. */
  readonly scriptWallMs?: number;
  readonly nowMs: number;
};

function describeProvider(library: Attribution): string {
  if (library.provider !== undefined) return `${library.provider.name} ${library.provider.version}`;
  return library.explanation;
}

function linkLines(output: PackageOutput, colors: Palette): string[] {
  if (output.linkReport.binaries.length === 0) return [];
  const lines = [
    colors.bold(`${output.record.name} ${output.record.version} ${output.record.build}`),
  ];
  for (const binary of output.linkReport.binaries) {
    lines.push(`  ${printable(binary.path)}`);
    const rows = binary.libraries.map((library) => [
      printable(library.library),
      describeProvider(library),
      library.provider === undefined ? '' : library.explanation,
    ]);
    const texts = columns(rows, '    ');
    binary.libraries.forEach((library, index) => {
      const text = texts[index] ?? '';
      lines.push(library.origin === 'unknown' ? colors.red(text) : text);
    });
  }
  return lines;
}

function findingLines(finding: Finding, where: string, colors: Palette): string[] {
  const paint =
    finding.severity === 'error'
      ? colors.red
      : finding.severity === 'warning'
        ? colors.yellow
        : colors.dim;
  const lines = [`  ${paint(finding.severity)} ${where}: ${printable(finding.message)}`];
  if (finding.remedy !== undefined)
    lines.push(`    ${colors.cyan('to mend it:')} ${printable(finding.remedy)}`);
  return lines;
}

function packageRows(summary: RunSummary): string[][] {
  return summary.tasks.flatMap((task) => {
    if (task.output?.kind !== 'package') return [];
    const { output } = task;
    const when =
      task.reusedBuiltAtMs === undefined
        ? `${formatDuration(output.measures.wallMs)} (script ${formatDuration(output.measures.scriptMs)})`
        : 'reused';
    return [
      [output.record.fn, formatSize(output.sizeBytes), when, task.publishedPath ?? 'not published'],
    ];
  });
}

function reuseLines(summary: RunSummary): string[] {
  return summary.tasks
    .filter((task) => task.reusedBuiltAtMs !== undefined && task.kind !== 'test')
    .map(
      (task) =>
        `  reused ${task.name}, built ${formatMoment(task.reusedBuiltAtMs ?? 0, summary.nowMs)}, inputs unchanged; --rebuild ${task.name}`,
    );
}

function failureLines(task: TaskSummary, colors: Palette): string[] {
  if (task.state === 'blocked')
    return [
      `  ${colors.yellow('blocked')} ${task.kind} ${task.title}: needs ${task.blockedBy ?? 'a task that failed'}`,
    ];
  if (task.withheldBy !== undefined)
    return [
      `  ${colors.yellow('withheld')} ${task.kind} ${task.title}: needs ${task.withheldBy}, which did not go to the channel`,
    ];
  const failure = task.failure;
  if (failure === undefined) return [];
  const message = failure.message
    .split('\n')
    .map((line, index) => (index === 0 ? printable(line) : `      ${printable(line)}`));
  const lines = [`  ${colors.red('failed')} ${task.kind} ${task.title}: ${message.join('\n')}`];
  if (failure.help !== undefined) lines.push(`    ${colors.cyan('to mend it:')} ${failure.help}`);
  if (failure.logTail.length > 0) {
    lines.push(
      '    the end of its log:',
      ...failure.logTail.map((line) => `      ${colors.dim('|')} ${printable(line)}`),
    );
  }
  if (failure.logPath !== undefined) lines.push(`    whole log: ${failure.logPath}`);
  if (failure.shellCommand !== undefined)
    lines.push(`    a shell in its work directory: ${failure.shellCommand}`);
  else if (failure.workDirectory !== undefined)
    lines.push(`    its work directory: ${failure.workDirectory}`);
  return lines;
}

function section(title: string, lines: readonly string[], colors: Palette): string[] {
  return lines.length === 0 ? [] : ['', colors.bold(title), ...lines];
}

/** A reason that several packages share is told once. */
function irreproducibleLines(summary: RunSummary): string[] {
  const byReason = new Map<string, string[]>();
  for (const { output } of summary.tasks) {
    if (output?.kind !== 'package' || output.irreproducibleBecause === undefined) continue;
    const reason = output.irreproducibleBecause;
    byReason.set(reason, [...(byReason.get(reason) ?? []), output.record.fn]);
  }
  return [...byReason].flatMap(([reason, names]) =>
    names.length === 1
      ? [`  ${names.join('')} is not reproducible: ${reason}`]
      : [
          `  ${names.length} packages are not reproducible: ${reason}`,
          ...names.map((name) => `    ${name}`),
        ],
  );
}

function closingLine(summary: RunSummary, colors: Palette): string {
  const number = (state: TaskSummary['state']): number =>
    summary.tasks.filter((task) => task.state === state).length;
  const packages = summary.tasks.filter(
    (task) => task.kind === 'package' && task.state === 'done',
  ).length;
  const tests = summary.tasks.filter(
    (task) => task.kind === 'test' && task.state === 'done',
  ).length;
  const bad = ['failed', 'blocked', 'cancelled'] as const;
  const trouble = bad
    .filter((state) => number(state) > 0)
    .map((state) => `${number(state)} ${state}`);
  const unpublished = summary.tasks.filter(
    (task) =>
      task.state === 'done' && (task.failure !== undefined || task.withheldBy !== undefined),
  ).length;
  const skipped = number('skipped');
  if (skipped > 0) trouble.push(`${skipped} not begun (--continue-on-failure goes on)`);
  if (unpublished > 0) trouble.push(`${unpublished} not published`);
  const counts = [
    `${packages} ${packages === 1 ? 'package' : 'packages'}`,
    `${tests} tested`,
    ...trouble,
  ].join(', ');
  const painted = trouble.length > 0 ? colors.red(counts) : colors.green(counts);
  return `${painted} in ${formatDuration(summary.wallMs)}${shareText(summary)}`;
}

function shareText({ wallMs, scriptWallMs }: RunSummary): string {
  if (scriptWallMs === undefined) return '';
  const own = formatDuration(Math.max(0, wallMs - scriptWallMs));
  return ` (scripts ${formatDuration(scriptWallMs)}, stageyard ${own})`;
}

function placeLine(place: HostPlace): string {
  if ('farm' in place) return `farm ${place.farm}`;
  const { storePath, storeSizeBytes } = place;
  return storeSizeBytes === undefined
    ? `store ${storePath}`
    : `store ${storePath} (${formatSize(storeSizeBytes)})`;
}

/** The whole summary as lines without trailing newlines. */
export function summaryLines(summary: RunSummary, colors: Palette): string[] {
  const outputs = summary.tasks.flatMap((task) =>
    task.output === undefined ? [] : [{ task, output: task.output }],
  );
  const findings = outputs.flatMap(({ task, output }) =>
    output.findings
      .filter((finding) => finding.severity !== 'info')
      .flatMap((finding) => findingLines(finding, task.title, colors)),
  );
  const across = summary.crossOutput.flatMap((finding) =>
    findingLines(finding, 'all outputs', colors),
  );
  const links = outputs.flatMap(({ output }) =>
    output.kind === 'package' ? linkLines(output, colors).map((line) => `  ${line}`) : [],
  );
  return [
    ...section('Linked libraries', links, colors),
    ...section('Findings', [...findings, ...across], colors),
    ...section('Packages', columns(packageRows(summary), '  '), colors),
    ...section('Reused', reuseLines(summary), colors),
    ...section('Reproducibility', irreproducibleLines(summary), colors),
    ...section(
      'Problems',
      summary.tasks.flatMap((task) => failureLines(task, colors)),
      colors,
    ),
    '',
    placeLine(summary),
    closingLine(summary, colors),
  ];
}
