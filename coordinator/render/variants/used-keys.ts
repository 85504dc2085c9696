/** Which variant keys a recipe uses before it is evaluated (spec 2.3). */
import type { RecipeTemplate, RequirementsTemplate } from '../template/sections.ts';
import type { ListItem, TemplateValue, ValueList } from '../template/value.ts';
import { mentionedVariables } from '../template/references.ts';
import { normalizeKey } from './config.ts';

/** Part of every variant if they have a value. */
export const STANDING_KEYS = ['target_platform', 'channel_targets', 'channel_sources'] as const;

const FREE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

function literals(items: readonly ListItem<TemplateValue>[]): string[] {
  return items.flatMap((item) => {
    if (item.kind === 'if') return [...literals(item.holds), ...literals(item.otherwise)];
    return item.value.template === undefined ? [item.value.scalar.text] : [];
  });
}

function literalTexts(lists: readonly (ValueList | undefined)[]): string[] {
  return lists.flatMap((list) => (list === undefined ? [] : literals(list.items)));
}

function freeNames(requirements: RequirementsTemplate): string[] {
  const texts = literalTexts([requirements.build, requirements.host]);
  return texts.filter((text) => FREE_NAME.test(text)).map((text) => text.toLowerCase());
}

/** Normalised keys; those without values do no harm. */
export function usedKeys(template: RecipeTemplate, environment: ReadonlySet<string>): Set<string> {
  const builds = [
    template.top.build,
    ...template.outputs.flatMap((output) => (output.kind === 'package' ? [output.build] : [])),
  ];
  const names = [
    ...mentionedVariables(template),
    ...template.outputs.flatMap((output) => freeNames(output.requirements)),
    ...builds.flatMap((build) => literalTexts([build.variant?.use_keys])),
    ...STANDING_KEYS,
    ...environment,
  ];
  return new Set(names.map(normalizeKey));
}
