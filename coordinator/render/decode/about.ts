/** `about:` (spec 1.8). */
import type { AboutTemplate } from '../template/sections.ts';
import { type Decoder, hinted, object, value, valueOrList } from './decoder.ts';

/** `about:` of a package output or of the top level. */
export const about: Decoder<AboutTemplate> = object({
  homepage: hinted('URL of the home page', value),
  repository: hinted('URL of the source repository', value),
  documentation: hinted('URL of the documentation', value),
  license: hinted('SPDX expression, or LicenseRef-NAME', value),
  license_family: hinted('such as MIT, BSD or GPL3', value),
  license_file: hinted('licence files of the sources or beside the recipe; globs', valueOrList),
  summary: hinted('one line', value),
  description: hinted('longer text', value),
});
