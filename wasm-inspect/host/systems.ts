/** Systems that Mach-O files name, and versions as Apple packs them: 16, 8 and 8 bits. */
import type { MinimumSystem } from './report.ts';

const platforms: ReadonlyMap<number, string> = new Map([
  [1, 'macos'],
  [2, 'ios'],
  [3, 'tvos'],
  [4, 'watchos'],
  [5, 'bridgeos'],
  [6, 'mac-catalyst'],
  [7, 'ios-simulator'],
  [8, 'tvos-simulator'],
  [9, 'watchos-simulator'],
  [10, 'driverkit'],
  [11, 'visionos'],
  [12, 'visionos-simulator'],
]);

/** `1.2.3` */
export function versionOf(packed: number): string {
  return `${packed >>> 16}.${(packed >>> 8) & 0xff}.${packed & 0xff}`;
}

/** From the component's triples: platform, oldest version, version of the SDK (0: not stated). */
export function machOSystems(numbers: Uint32Array): readonly MinimumSystem[] {
  const systems: MinimumSystem[] = [];
  for (let at = 0; at + 2 < numbers.length; at += 3) {
    const platform = numbers[at] ?? 0;
    const sdk = numbers[at + 2] ?? 0;
    systems.push({
      system: platforms.get(platform) ?? `platform ${platform}`,
      version: versionOf(numbers[at + 1] ?? 0),
      sdk: sdk === 0 ? null : versionOf(sdk),
    });
  }
  return systems;
}
