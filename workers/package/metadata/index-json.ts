/** `info/index.json` (spec 6.6): the record of the package without what only a channel knows. */
import type { PackageRecord } from '#proto/conda/package-record.ts';
import type { FinalizedRun } from '#proto/environment.ts';
import type { RenderedOutput } from '#proto/recipe/recipe.ts';

/** What the record is made of. */
export interface IndexInput {
  readonly output: RenderedOutput;
  readonly run: FinalizedRun;
  readonly epochSeconds: number;
}

const archNames: Readonly<Record<string, string>> = {
  '32': 'x86',
  '64': 'x86_64',
  arm64: 'arm64',
  aarch64: 'aarch64',
};

/** `linux-64` → platform `linux`, arch `x86_64`. */
function platformFields(subdir: string): { arch?: string; platform?: string } {
  const dash = subdir.indexOf('-');
  if (subdir === 'noarch' || dash < 0) return {};
  const machine = subdir.slice(dash + 1);
  return { arch: archNames[machine] ?? machine, platform: subdir.slice(0, dash) };
}

/** `<name>-p-0 <name>-p-1 …`: as many as the output is to be down-weighted. */
function trackFeatures(output: RenderedOutput): string | undefined {
  const count = Math.abs(output.build.variant.down_prioritize_variant ?? 0);
  if (count === 0) return undefined;
  return Array.from({ length: count }, (_, index) => `${output.name}-p-${index}`).join(' ');
}

function noarchField(output: RenderedOutput): 'python' | 'generic' | undefined {
  return output.build.noarch ?? (output.build.python.version_independent ? 'python' : undefined);
}

function withoutUndefined<T extends object>(fields: T): T {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as T;
}

/** The record in the order in which it is written: keys sorted, nothing that is absent. */
export function indexRecord(input: IndexInput): PackageRecord {
  const { output, run } = input;
  const constrains = run.constraints.map((dependency) => dependency.spec);
  const { arch, platform } = platformFields(output.platforms.target);
  const { license, license_family } = output.about;
  const { site_packages_path } = output.build.python;
  const fields = {
    arch,
    build: output.build.string,
    build_number: output.build.number,
    constrains: constrains.length > 0 ? constrains : undefined,
    depends: run.depends.map((dependency) => dependency.spec),
    license,
    license_family,
    name: output.name,
    noarch: noarchField(output),
    platform,
    python_site_packages_path: site_packages_path,
    subdir: output.platforms.target,
    timestamp: input.epochSeconds * 1000,
    track_features: trackFeatures(output),
    version: output.version,
  };
  return withoutUndefined(fields) as PackageRecord;
}
