/** Scripts in their three forms: one text, a list of commands, a mapping (spec 1.6). */
import { parseTemplate } from '#proto/recipe/expression/template.ts';
import type { ScriptTemplate } from '../template/sections.ts';
import type { TemplateValue, ValueList } from '../template/value.ts';
import {
  complain,
  complainExpression,
  type Decoder,
  decoder,
  hinted,
  isConditional,
  type NamedValues,
  oneOrMore,
  object,
  scalar,
  value,
  valueMap,
} from './decoder.ts';
import { choiceOf, valueShape } from './shape.ts';

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Script text. What looks like a template and isn't one is left for the time when the script is rendered. */
const scriptText: Decoder<TemplateValue> = decoder(valueShape, (node, context, path) => {
  const written = scalar(node, context, path);
  if (written === undefined) return undefined;
  if (!written.text.includes('${{')) return { scalar: written };
  const template = parseTemplate(written.text);
  if (!template.ok) return complainExpression(context, written, template.failure);
  return { scalar: written, template: template.value };
});

const scriptLines = oneOrMore(scriptText);

const env: Decoder<NamedValues> = decoder(
  { kind: 'names', values: valueShape, pattern: ENV_NAME.source },
  (node, context, path) => {
    const entries = valueMap(node, context, path);
    for (const { key } of entries ?? []) {
      if (ENV_NAME.test(key.text)) continue;
      complain(context, key.range, {
        message: `\`${key.text}\` is not a name of an environment variable`,
        help: 'use letters, digits and underscores, and no digit first',
      });
    }
    return entries;
  },
);

/** Names as they are: neither templates nor conditions mean anything here. */
const names: Decoder<ValueList> = decoder(
  { kind: 'plain-list', items: valueShape },
  (node, context, path) => {
    if (node.kind !== 'list') {
      return complain(context, node.range, { message: `\`${path}\` must be a list` });
    }
    const items = node.items.flatMap((item) => {
      const written = scalar(item, context, path);
      return written === undefined ? [] : [{ kind: 'item', value: { scalar: written } } as const];
    });
    return { items, range: node.range, single: false };
  },
);

const fields = object({
  interpreter: hinted('such as bash, python or rscript', value),
  env: hinted('variables that the script sees', env),
  secrets: hinted('variables of the caller that the script sees and no log shows', names),
  content: hinted('the script itself', scriptLines),
  file: hinted('a file beside the recipe', value),
  cwd: hinted('directory to run in, relative to $PREFIX', value),
});

const mapForm: Decoder<ScriptTemplate> = decoder(fields.shape, (node, context, path) => {
  const decoded = fields(node, context, path);
  if (decoded === undefined) return undefined;
  if (decoded.content !== undefined && decoded.file !== undefined) {
    return complain(context, decoded.file.scalar.range, {
      message: `\`${path}\` has both \`content\` and \`file\``,
      help: 'keep one of them',
    });
  }
  return { kind: 'map', ...decoded };
});

/** A script. */
export const script: Decoder<ScriptTemplate> = decoder(
  choiceOf(scriptLines.shape, fields.shape),
  (node, context, path) => {
    if (node.kind === 'scalar') {
      const text = scriptText(node, context, path);
      return text === undefined ? undefined : { kind: 'text', text };
    }
    if (node.kind === 'map' && !isConditional(node)) return mapForm(node, context, path);
    const commands = scriptLines(node, context, path);
    return commands === undefined ? undefined : { kind: 'list', commands };
  },
);
