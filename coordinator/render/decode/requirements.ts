/** `requirements:` (spec 1.5); whether the specs are valid is known after evaluation only. */
import type { RequirementsTemplate, RunExportsTemplate } from '../template/sections.ts';
import {
  anything,
  complain,
  type Decoder,
  decoder,
  hinted,
  isConditional,
  object,
  valueList,
} from './decoder.ts';
import { choiceOf } from './shape.ts';

const runExportsMap = object({
  weak: hinted('from host requirements to run requirements', valueList),
  strong: hinted('from build and host requirements to host and run requirements', valueList),
  noarch: hinted('to run requirements of noarch packages', valueList),
  weak_constraints: hinted('like weak, to run_constraints', valueList),
  strong_constraints: hinted('like strong, to run_constraints', valueList),
});

/** A list means `weak`. */
const runExports: Decoder<RunExportsTemplate> = decoder(
  choiceOf(valueList.shape, runExportsMap.shape),
  (node, context, path) => {
    if (node.kind === 'map' && !isConditional(node)) return runExportsMap(node, context, path);
    const weak = valueList(node, context, path);
    return weak === undefined ? undefined : { weak };
  },
);

const ignoreRunExports = object({
  by_name: hinted('names of exported packages', valueList),
  from_package: hinted('names of exporting packages', valueList),
});

const buildList = hinted('packages that run while building: compilers, tools', valueList);
const hostList = hinted('packages that the result is built against', valueList);
const ignored = hinted('run exports that are not wanted', ignoreRunExports);

/** Requirements of a package output. */
export const requirements: Decoder<RequirementsTemplate> = object({
  build: buildList,
  host: hostList,
  run: hinted('packages that are installed with this one', valueList),
  run_constraints: hinted('versions of packages that may be installed beside this one', valueList),
  run_exports: hinted('what packages built with this one need', runExports),
  ignore_run_exports: ignored,
  extras: hinted('groups of optional requirements', anything),
});

const FORBIDDEN_IN_STAGING = ['run', 'run_constraints', 'run_exports', 'extras'];

const stagingOnly = object(
  { build: buildList, host: hostList, ignore_run_exports: ignored },
  { alsoKnown: FORBIDDEN_IN_STAGING },
);

/** Requirements of a staging output: it has no run environment (spec 1.11). */
export const stagingRequirements: Decoder<RequirementsTemplate> = decoder(
  stagingOnly.shape,
  (node, context, path) => {
    for (const { key } of node.kind === 'map' ? node.entries : []) {
      if (!FORBIDDEN_IN_STAGING.includes(key.text)) continue;
      complain(context, key.range, {
        message: `'${key.text}' is not allowed in staging requirements`,
        help: 'a staging output has only `build`, `host` and `ignore_run_exports`; give it to the package outputs that inherit',
      });
    }
    return stagingOnly(node, context, path);
  },
);
