/** `info/about.json` (spec 6.8). Credentials and paths of this machine stay out. */
import type { About } from '#proto/recipe/recipe.ts';
import type { ChannelRef } from '#proto/task-spec.ts';
import { sortedKeys } from './sorted-keys.ts';

/** What it is made of. */
export interface AboutInput {
  readonly about: About;
  readonly extra: Readonly<Record<string, unknown>>;
  /** From `--extra-meta`: overlays the recipe's `extra`. */
  readonly extraMeta: Readonly<Record<string, string>>;
  readonly channels: readonly ChannelRef[];
}

/**
 * URL of a channel that others can use: with a trailing slash, without user, password and token.
 * Undefined for channels in a directory of this machine, whose paths would differ elsewhere.
 */
export function publicChannelUrl(channel: ChannelRef): string | undefined {
  const url = URL.canParse(channel.url) ? new URL(channel.url) : undefined;
  if (url === undefined || url.host === '') return undefined;
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  const path = url.pathname.replace(/^\/t\/[^/]+/, '');
  return `${url.protocol}//${url.host}${path.endsWith('/') ? path : `${path}/`}`;
}

/** As URLs print: `https://a.b` → `https://a.b/`. Text that is none stays. */
function urlText(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return text;
  return new URL(text).href;
}

/** The object in the order in which it is written; absent keys are left out. */
export function aboutJson(input: AboutInput): Readonly<Record<string, unknown>> {
  const { about } = input;
  const extra = sortedKeys<unknown>({ ...input.extra, ...input.extraMeta });
  const channels = input.channels.flatMap((channel) => publicChannelUrl(channel) ?? []);
  const fields: Record<string, unknown> = {
    channels,
    description: about.description,
    dev_url: urlText(about.repository),
    doc_url: urlText(about.documentation),
    extra: Object.keys(extra).length > 0 ? extra : undefined,
    home: urlText(about.homepage),
    license: about.license,
    license_family: about.license_family,
    summary: about.summary,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
