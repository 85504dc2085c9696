/**
 * Channels as workers elsewhere can read them. A directory of this machine exists only here: it is refused, or it
 * travels along when that is asked for.
 */
import { readdir } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { StageyardError } from '#proto/errors.ts';
import type { ChannelRef } from '#proto/task-spec.ts';
import { parsePackageFileName } from '#workers/environment/repodata-record.ts';
import { bundleChannel } from '../bundle/bundle-channel.ts';
import type { FarmClient } from './farm-client.ts';

/** What the decision depends on. */
export interface TravellingChannels {
  readonly bundlesChannels: boolean;
  /** Absolute; a channel whenever it exists, also where nobody named it. */
  readonly outputDir: string;
  /** Whose packages are needed. */
  readonly platforms: readonly string[];
  /** Names of what is built: older ones of them in the output directory are nothing to miss. */
  readonly outputNames: readonly string[];
  readonly cwd: string;
  readonly say: (text: string) => void;
}

/** See the file's head. Rejects with `USAGE_INVALID` that names all channels that nobody else can read. */
export async function travellingChannels(
  channels: readonly ChannelRef[],
  client: FarmClient,
  options: TravellingChannels,
): Promise<readonly ChannelRef[]> {
  const isOutputDir = ({ url }: ChannelRef): boolean =>
    url === pathToFileURL(options.outputDir).href.replace(/\/+$/, '');
  const stuck = channels.filter((channel) => isStuck(channel, client.addresses));
  const refused = stuck.filter(
    (channel) => !isOutputDir(channel) && !(options.bundlesChannels && isDirectory(channel)),
  );
  if (refused.length > 0) throw onlyHere(refused, options.cwd);
  const travelling: ChannelRef[] = [];
  for (const channel of channels) {
    if (!stuck.includes(channel)) travelling.push(channel);
    else if (options.bundlesChannels) travelling.push(await bundled(channel, client, options));
    else await tellLeftOut(options);
  }
  return travelling;
}

const isDirectory = ({ url }: ChannelRef): boolean => url.startsWith('file:');

/** On this machine, seen from a farm elsewhere. A farm on this machine sees its servers, not its directories. */
function isStuck(channel: ChannelRef, farm: readonly string[]): boolean {
  return isDirectory(channel) || (isOwnHost(channel.url) && !farm.every(isOwnHost));
}

function isOwnHost(url: string): boolean {
  const host = URL.parse(url)?.hostname ?? '';
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d+){3}$/.test(host);
}

function onlyHere(channels: readonly ChannelRef[], cwd: string): StageyardError {
  const lines = channels.map((channel) =>
    isDirectory(channel)
      ? `${shownPath(fileURLToPath(channel.url), cwd)} exists only here: use an http or s3 channel, or --bundle-channel`
      : `${channel.url} is an address of this machine: use one that the farm's workers reach`,
  );
  return new StageyardError('USAGE_INVALID', lines.join('\n'));
}

/** As one would write it here. */
function shownPath(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below === '' || below.startsWith('..') || isAbsolute(below) ? path : `./${below}`;
}

async function bundled(
  channel: ChannelRef,
  client: FarmClient,
  { platforms, cwd, say }: TravellingChannels,
): Promise<ChannelRef> {
  const { bundle, packageCount } = await bundleChannel(channel, {
    platforms,
    store: client.blobs,
    owner: 'channel',
  });
  if (packageCount === 0) return { ...channel, bundle };
  const packages = packageCount === 1 ? '1 package' : `${packageCount} packages`;
  say(`${shownPath(fileURLToPath(channel.url), cwd)} travels along: ${packages}`);
  return { ...channel, bundle };
}

/** Nobody asked for the output directory as a channel, so it is no error; but what was built before may be missed. */
async function tellLeftOut(options: TravellingChannels): Promise<void> {
  const { outputDir, platforms, outputNames, cwd, say } = options;
  const own = new Set(outputNames);
  for (const subdir of platforms) {
    const files = await readdir(join(outputDir, subdir)).catch(() => []);
    const names = files.flatMap((file) => parsePackageFileName(file)?.name ?? []);
    const other = names.find((name) => !own.has(name));
    if (other === undefined) continue;
    say(
      `${shownPath(outputDir, cwd)} exists only here: the farm does not see its packages (${other}, …) unless you give --bundle-channel`,
    );
    return;
  }
}
