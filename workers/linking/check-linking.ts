/**
 * The linking check (spec 5.12, design: attribution): attributes each library that a package's binaries need,
 * and tells what the recipe lacks or has too much of. Pure; the facts are gathered beforehand.
 */
import { compareBytes } from '#proto/byte-order.ts';
import type { BinaryLinks, Finding, LinkReport } from '#proto/link-report.ts';
import {
  type AttributedLibrary,
  type AttributionContext,
  attributeLibrary,
  describePackage,
  distinctPackages,
} from './attribute-library.ts';
import type { ElfBinary } from './elf-binaries.ts';
import type { LinkingInput } from './linking-input.ts';
import { matcherOf } from './matcher-of.ts';
import { packageNature } from './nature.ts';
import { type Provider, indexProviders } from './providers.ts';

/**
 * The report of one package. Findings of severity `error` must fail the build; they occur only where the
 * recipe's `overlinking_behavior` or `overdepending_behavior` says so.
 */
export function checkLinking(input: LinkingInput): LinkReport {
  const context: AttributionContext = {
    input,
    providers: indexProviders(input),
    runDependencies: new Map(input.runDependencies.map((run) => [run.name.toLowerCase(), run])),
    isMissingAllowed: matcherOf(input.dynamicLinking.missing_dso_allowlist),
  };
  const reached = new Set<string>();
  const findings: Finding[] = [];
  const binaries: BinaryLinks[] = [];
  for (const binary of input.binaries.toSorted((a, b) => compareBytes(a.path, b.path))) {
    const libraries = [...new Set(binary.slice.needed)].map((library) =>
      attributeLibrary(library, binary, context),
    );
    for (const library of libraries) {
      for (const name of library.reachedOnDisk) reached.add(name);
      findings.push(...findingsOf(library, binary, input));
    }
    binaries.push({
      path: binary.path,
      format: 'elf',
      libraries: libraries.map(({ attribution }) => attribution),
    });
  }
  return { binaries, findings: [...findings, ...overdepending(input, reached)] };
}

function findingsOf(
  { attribution, known }: AttributedLibrary,
  binary: ElfBinary,
  input: LinkingInput,
): readonly Finding[] {
  const { library, origin, candidates } = attribution;
  const place = { binary: binary.path, library };
  if (origin === 'allowlist') {
    const message = `${library} is missing in run dependencies for ${binary.path}, yet it is included in the allow list. Skipping...`;
    return [{ kind: 'overlinking', severity: 'info', message, ...place }];
  }
  if (origin === 'unknown') return [overlinking(library, { binary, known, input })];
  if (candidates === undefined) return [];
  const message = `${title(input)}: ${library} of ${binary.path} is provided by ${candidates.join(' and by ')}, and no run path of the binary decides between them`;
  const remedy = 'requirements.run: keep one of them, or link with a run path that leads to it';
  return [{ kind: 'ambiguous-library', severity: 'warning', message, remedy, ...place }];
}

interface OverlinkingPlace {
  readonly binary: ElfBinary;
  readonly known: readonly Provider[];
  readonly input: LinkingInput;
}

function overlinking(library: string, { binary, known, input }: OverlinkingPlace): Finding {
  const isError = input.dynamicLinking.overlinking_behavior === 'error';
  const headline = isError
    ? `linking check error: Overlinking against: ${library} (file: "${binary.path}")`
    : `Overlinking against "${library}" for "${binary.path}"`;
  const packages = distinctPackages(known);
  const providers = packages.map(
    (provider) => `${describePackage(provider)}, known from ${provider.place}`,
  );
  const detail =
    packages.length === 0
      ? 'and no package is known to provide it'
      : `and has no run dependency on its package (${providers.join('; or ')})`;
  return {
    kind: 'overlinking',
    severity: isError ? 'error' : 'warning',
    message: `${headline}: ${title(input)} needs it ${detail}`,
    remedy: overlinkingRemedy(library, packages),
    binary: binary.path,
    library,
  };
}

function overlinkingRemedy(library: string, packages: readonly Provider[]): string {
  const lines = packages.map(({ origin, package: { name } }) =>
    origin === 'sibling' ? `- \${{ pin_subpackage("${name}") }}` : `- ${name}`,
  );
  if (lines.length > 0) return `requirements.run: ${lines.join(' or ')}`;
  return `requirements.run: the package that provides it; or, when it is meant to be missing, build.dynamic_linking.missing_dso_allowlist: - "${library}"`;
}

// Only packages on disk can be accused: a library map explains, it never proves that nothing is used.
function overdepending(input: LinkingInput, reached: ReadonlySet<string>): readonly Finding[] {
  const isError = input.dynamicLinking.overdepending_behavior === 'error';
  const host = new Map(input.hostPackages.map((owner) => [owner.name, owner]));
  return input.runDependencies.flatMap(({ name, origin, from }) => {
    const owner = host.get(name);
    if (origin !== 'run-export' || from !== 'host' || owner === undefined) return [];
    if (packageNature(name, owner.files) !== 'dso-library' || reached.has(name)) return [];
    const headline = isError
      ? `linking check error: Overdepending against: ${name}`
      : `Overdepending against ${name}`;
    return [
      {
        kind: 'overdepending' as const,
        severity: isError ? ('error' as const) : ('warning' as const),
        message: `${headline}: a run export of the host environment makes it a run dependency of ${title(input)}, and none of its binaries uses a library of it`,
        remedy: `requirements.ignore_run_exports.by_name: - ${name}`,
      },
    ];
  });
}

function title(input: LinkingInput): string {
  return `${input.package.name} ${input.package.version}`;
}
