/**
 * Templates in the scripts of stored tests. They run later, elsewhere, where nobody renders them: so
 * the recipe's context, the variant and what is known of the package are filled in now, and the place
 * of installation becomes the variable that names it there.
 */
import { platformVariables } from '#proto/conda/platform.ts';
import { StageyardError } from '#proto/errors.ts';
import { standardFunctions } from '#proto/recipe/expression/functions.ts';
import { renderTemplate } from '#proto/recipe/expression/renderer.ts';
import { parseTemplate } from '#proto/recipe/expression/template.ts';
import type { Value } from '#proto/recipe/expression/values.ts';
import type { RenderedOutput } from '#proto/recipe/recipe.ts';

/** Renders one text. Throws `RECIPE_INVALID`. */
export type ScriptTextRenderer = (text: string) => string;

type Known = Readonly<Record<string, Value>>;

/** The package's own variables before the context, the variant and the platforms; nothing else is known. */
function knownNames(output: RenderedOutput): Known {
  return {
    ...platformVariables(output.platforms),
    ...output.variant,
    ...output.context,
    PREFIX: output.platforms.host.startsWith('win-') ? '%PREFIX%' : '$PREFIX',
    PKG_NAME: output.name,
    PKG_VERSION: output.version,
    PKG_BUILD_STRING: output.build.string,
    PKG_BUILD_NUMBER: String(output.build.number),
    PKG_BUILDNUM: String(output.build.number),
  };
}

/** The renderer for the tests of an output. Unknown names print as nothing, as in rattler-build. */
export function testScriptRenderer(output: RenderedOutput): ScriptTextRenderer {
  const known = knownNames(output);
  const scope = {
    get: (name: string): Value | undefined =>
      Object.hasOwn(known, name) ? known[name] : undefined,
    functions: standardFunctions({
      targetPlatform: output.platforms.target,
      environmentVariable: () => undefined,
    }),
  };
  const refuse = (why: string): StageyardError =>
    new StageyardError('RECIPE_INVALID', `${output.name}: a template in a test's script: ${why}`);
  return (text) => {
    if (!text.includes('${{')) return text;
    const parsed = parseTemplate(text, 'script');
    if (!parsed.ok) throw refuse(parsed.failure.message);
    const rendered = renderTemplate(parsed.value, scope, { undefinedBehavior: 'lenient' });
    if (!rendered.ok) throw refuse(rendered.failure.message);
    return rendered.value;
  };
}
