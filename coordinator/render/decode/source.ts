/** `source:` (spec 1.4). */
import type { SourceTemplate } from '../template/sections.ts';
import type { YamlNode } from '../yaml/document.ts';
import {
  anything,
  complain,
  type Decoder,
  decoder,
  flag,
  hinted,
  integer,
  oneOrMore,
  object,
  value,
  valueList,
  valueOrList,
} from './decoder.ts';
import { globs } from './globs.ts';
import { choiceOf } from './shape.ts';

const common = {
  patches: hinted('patch files, relative to the recipe', valueList),
  target_directory: hinted('directory below the work directory', value),
  filter: hinted('which files are taken', globs),
};
const checksums = {
  sha256: hinted('64 hex digits; empty to be told the right ones', value),
  md5: hinted('32 hex digits', value),
  file_name: hinted('store under this name, and do not extract', value),
};

const decoders = {
  url: object(
    {
      ...common,
      url: hinted('URL, or several of the same file', valueOrList),
      ...checksums,
      attestation: hinted('who vouches for the file', anything),
    },
    { required: ['url'] },
  ),
  git: object(
    {
      ...common,
      git: hinted('URL, or path relative to the recipe', value),
      rev: hinted('commit', value),
      tag: value,
      branch: value,
      depth: hinted('number of commits to fetch; -1 for all', integer),
      lfs: hinted('fetch large files (default: false)', flag),
      submodules: hinted('fetch submodules (default: true)', flag),
      expected_commit: hinted('commit that tag or branch must stand for', value),
    },
    { required: ['git'] },
  ),
  path: object(
    {
      ...common,
      path: hinted('file or directory, relative to the recipe', value),
      ...checksums,
      use_gitignore: hinted('leave out what git ignores (default: true)', flag),
    },
    { required: ['path'] },
  ),
} as const;

function kindOf(node: YamlNode): keyof typeof decoders | undefined {
  if (node.kind !== 'map') return undefined;
  const keys = new Set(node.entries.map(({ key }) => key.text));
  return (['url', 'git', 'path'] as const).find((kind) => keys.has(kind));
}

const oneSource: Decoder<SourceTemplate> = decoder(
  choiceOf(decoders.url.shape, decoders.git.shape, decoders.path.shape),
  (node, context, path) => {
    const kind = kindOf(node);
    if (kind === undefined) {
      return complain(context, node.range, {
        message: 'a source without `url`, `path` or `git`',
        help: 'say where the source comes from',
      });
    }
    const decoded: Omit<SourceTemplate, 'range'> | undefined = decoders[kind](node, context, path);
    if (decoded === undefined) return undefined;
    return decoded[kind] === undefined ? undefined : { ...decoded, range: node.range };
  },
);

/** One source or a list of them. */
export const sources = oneOrMore(oneSource);
