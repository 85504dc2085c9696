/** `about:` as plain data (spec 1.8). */
import type { About } from '#proto/recipe/recipe.ts';
import type { AboutTemplate } from '../template/sections.ts';
import { Evaluator } from './evaluator.ts';
import type { RecipeScope } from './scope.ts';

const URLS = ['homepage', 'repository', 'documentation'] as const;
const TEXTS = ['license_family', 'summary', 'description'] as const;

/** Evaluates the section; licence files may name directories of the worker. */
export function evaluateAbout(
  template: AboutTemplate,
  evaluator: Evaluator,
  scope: RecipeScope,
): About {
  const texts: Partial<Record<(typeof TEXTS)[number] | (typeof URLS)[number], string>> = {};
  for (const key of URLS) {
    const url = evaluator.url(template[key], key);
    if (url !== undefined) texts[key] = url;
  }
  const license = evaluator.license(template.license);
  for (const key of TEXTS) {
    const text = evaluator.text(template[key]);
    if (text !== undefined) texts[key] = text.trim();
  }
  const late = new Evaluator(evaluator.problems, scope.lateBound());
  return {
    ...texts,
    ...(license === undefined ? {} : { license }),
    license_file: late.texts(template.license_file),
  };
}
