/** `about:` (spec 1.8). */
import type { AboutTemplate } from '../template/sections.ts';
import { type Decoder, object, value, valueOrList } from './decoder.ts';

/** `about:` of a package output or of the top level. */
export const about: Decoder<AboutTemplate> = object({
  homepage: value,
  repository: value,
  documentation: value,
  license: value,
  license_family: value,
  license_file: valueOrList,
  summary: value,
  description: value,
});
