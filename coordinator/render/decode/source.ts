/** `source:` (spec 1.4). */
import type { SourceTemplate } from '../template/sections.ts';
import type { YamlNode } from '../yaml/document.ts';
import {
  complain,
  type DecodeContext,
  type Decoder,
  oneOrMore,
  object,
  value,
  valueList,
  valueOrList,
} from './decoder.ts';
import { globs } from './globs.ts';

const common = {
  patches: valueList,
  target_directory: value,
  filter: globs,
};

const anything: Decoder<YamlNode> = (node) => node;

const fieldsOfKind = {
  url: {
    ...common,
    url: valueOrList,
    sha256: value,
    md5: value,
    file_name: value,
    attestation: anything,
  },
  git: {
    ...common,
    git: value,
    rev: value,
    tag: value,
    branch: value,
    depth: value,
    lfs: value,
    submodules: value,
    expected_commit: value,
  },
  path: {
    ...common,
    path: value,
    sha256: value,
    md5: value,
    use_gitignore: value,
    file_name: value,
  },
} as const;

const decoders = {
  url: object(fieldsOfKind.url),
  git: object(fieldsOfKind.git),
  path: object(fieldsOfKind.path),
} as const;

function kindOf(node: YamlNode): keyof typeof decoders | undefined {
  if (node.kind !== 'map') return undefined;
  const keys = new Set(node.entries.map(({ key }) => key.text));
  return (['url', 'git', 'path'] as const).find((kind) => keys.has(kind));
}

function oneSource(
  node: YamlNode,
  context: DecodeContext,
  path: string,
): SourceTemplate | undefined {
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
}

/** One source or a list of them. */
export const sources = oneOrMore<SourceTemplate>(oneSource);
