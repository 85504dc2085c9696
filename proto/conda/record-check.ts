/** Checks of package records in documents of ours (package-record.ts); those of channels are decoded by workers. */
import { type Check, jsonPathPart, listOf, objectOf, optional, orNull } from '../json-check.ts';
import { jsonChoice, jsonCount, jsonText } from '../json-shape.ts';
import type { RepodataRecord, RunExportsJson } from './package-record.ts';

const texts = listOf(jsonText);

/** A record with its place. */
export const checkRecord: Check<RepodataRecord> = objectOf<RepodataRecord>({
  name: jsonPathPart,
  version: jsonPathPart,
  build: jsonPathPart,
  build_number: jsonCount,
  subdir: jsonPathPart,
  depends: texts,
  constrains: optional(texts),
  arch: optional(orNull(jsonText)),
  platform: optional(orNull(jsonText)),
  license: optional(jsonText),
  license_family: optional(jsonText),
  noarch: optional(jsonChoice(['python', 'generic'])),
  timestamp: optional(jsonCount),
  track_features: optional(jsonText),
  features: optional(jsonText),
  python_site_packages_path: optional(jsonText),
  purls: optional(texts),
  md5: optional(jsonText),
  sha256: optional(jsonText),
  size: optional(jsonCount),
  fn: jsonPathPart,
  url: jsonText,
  channel: jsonText,
});

/** Content of `run_exports.json`. */
export const checkRunExports: Check<RunExportsJson> = objectOf<RunExportsJson>({
  weak: optional(texts),
  strong: optional(texts),
  noarch: optional(texts),
  weak_constrains: optional(texts),
  strong_constrains: optional(texts),
});
