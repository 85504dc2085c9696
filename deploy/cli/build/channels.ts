/** From channels as people write them to the URLs that are solved against. */
import { existsSync } from 'node:fs';
import { basename, isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { StageyardError } from '#proto/errors.ts';
import type { ChannelRef } from '#proto/task-spec.ts';

/** Where channels known by name are: conda's own default, `CONDA_CHANNEL_ALIAS` changes it. */
const CHANNEL_ALIAS = 'https://conda.anaconda.org';
const CHANNEL_DEFAULT = 'conda-forge';

/** What naming depends on. */
export interface ChannelContext {
  readonly cwd: string;
  /** Absolute; its packages come before all channels when it exists. */
  readonly outputDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');

function looksLikePath(text: string): boolean {
  return text.startsWith('.') || isAbsolute(text);
}

/** One channel: an URL, a directory, or a name. Throws `USAGE_INVALID` for what is none of them. */
function channelRef(text: string, context: ChannelContext): ChannelRef {
  if (text.trim() === '') {
    throw new StageyardError('USAGE_INVALID', '--channel: give a URL, a directory or a name');
  }
  if (/^(https?|file|s3):\/\//.test(text)) return { url: withoutSlash(text), name: text };
  if (/^[a-z][a-z0-9+.-]*:\/\//.test(text)) {
    throw new StageyardError(
      'USAGE_INVALID',
      `--channel ${text}: channels are http, https, s3 or file URLs, directories or names`,
    );
  }
  const path = resolve(context.cwd, text);
  if (looksLikePath(text) || (text.includes('/') && existsSync(path))) {
    return { url: withoutSlash(pathToFileURL(path).href), name: basename(path) };
  }
  const alias = withoutSlash(context.environment['CONDA_CHANNEL_ALIAS'] || CHANNEL_ALIAS);
  return { url: `${alias}/${text}`, name: text };
}

/** A directory that isn't there is found out now, not when the first package is done. */
function checkExists(text: string, { url }: ChannelRef, { outputDir }: ChannelContext): void {
  if (!url.startsWith('file:')) return;
  const path = fileURLToPath(url);
  if (path === outputDir || existsSync(path)) return;
  throw new StageyardError(
    'USAGE_INVALID',
    `--channel ${text}: the directory ${path} does not exist`,
  );
}

/** The output directory first (where it exists), then the channels in their order, each once. */
export function channelRefs(
  written: readonly string[] | undefined,
  context: ChannelContext,
): readonly ChannelRef[] {
  const own = existsSync(context.outputDir)
    ? [
        {
          url: withoutSlash(pathToFileURL(context.outputDir).href),
          name: basename(context.outputDir),
        },
      ]
    : [];
  const wanted = (written ?? [CHANNEL_DEFAULT]).map((text) => {
    const channel = channelRef(text, context);
    checkExists(text, channel, context);
    return channel;
  });
  const isOutputDir = (channel: ChannelRef): boolean =>
    channel.url.startsWith('file:') && fileURLToPath(channel.url) === context.outputDir;
  const seen = new Set<string>();
  return [
    ...own,
    ...wanted.filter((channel) => (own.length === 0 ? !isOutputDir(channel) : true)),
  ].filter(({ url }) => !seen.has(url) && seen.add(url));
}
