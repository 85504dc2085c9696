/**
 * The JSON schema (draft 7) that editors complete and check recipes with, printed from the shapes of the decoders.
 * It judges what is written; what templates evaluate to, only rendering knows.
 */
import { multiRecipeShape, singleRecipeShape } from './decode/recipe.ts';
import type { ListShape, MapShape, Shape, ValueShape } from './decode/shape.ts';

/** A schema, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** Template syntax anywhere in a text. */
const TEMPLATE = '\\$\\{\\{|\\{%|\\{#';
const BOOLEAN_WORDS = '^(?:[Yy]es|[Nn]o|[Tt]rue|TRUE|[Ff]alse|FALSE)$';
const INTEGER = '^[-+]?\\d+$';

function valueSchema({ literals, template }: ValueShape): JsonSchema {
  if (literals === undefined) return { type: ['string', 'number', 'boolean'] };
  if (literals === 'boolean')
    return { type: ['boolean', 'string'], pattern: `${BOOLEAN_WORDS}|${TEMPLATE}` };
  if (literals === 'integer')
    return { type: ['integer', 'string'], pattern: `${INTEGER}|${TEMPLATE}` };
  const numbers = literals.filter((word) => /^\d+$/.test(word)).map(Number);
  const words = { enum: [...literals, ...numbers] };
  return template === false ? words : { anyOf: [words, { type: 'string', pattern: TEMPLATE }] };
}

/** What YAML leaves empty, `~` or `null` counts as absent. */
function orNull(schema: JsonSchema): JsonSchema {
  if (Array.isArray(schema['anyOf'])) {
    return { ...schema, anyOf: [...schema['anyOf'], { type: 'null' }] };
  }
  const { type } = schema;
  if (typeof type === 'string') return { ...schema, type: [type, 'null'] };
  if (Array.isArray(type)) return { ...schema, type: [...type, 'null'] };
  return Object.keys(schema).length === 0 ? schema : { anyOf: [schema, { type: 'null' }] };
}

/** An empty item means the text `null`, as it does wherever a value is wanted. */
function itemSchema(item: Shape, schema: JsonSchema): JsonSchema {
  return item.kind === 'value' ? orNull(schema) : schema;
}

function withoutHint(shape: Shape): Shape {
  const { hint: _, ...rest } = shape;
  return rest;
}

/** Where a shape was found: the key, and the definition that the key is in. */
interface Found {
  readonly key: string;
  readonly inside: string;
}

/** Prints shapes; what is used in several places, or may contain itself, is printed once and referred to. */
class SchemaPrinter {
  readonly definitions: Record<string, JsonSchema> = {};
  readonly #names = new Map<string, string>();

  #refer(identity: string, found: Found, print: (name: string) => JsonSchema): JsonSchema {
    const known = this.#names.get(identity);
    if (known !== undefined) return { $ref: `#/definitions/${known}` };
    const taken = new Set(this.#names.values());
    const longer = `${found.inside}-${found.key}`;
    let name = taken.has(found.key) ? longer : found.key;
    for (let number = 2; taken.has(name); number += 1) name = `${longer}-${number}`;
    this.#names.set(identity, name);
    // The name stands before its schema is known, so that definitions come in the order of the recipe.
    this.definitions[name] = {};
    this.definitions[name] = print(name);
    return { $ref: `#/definitions/${name}` };
  }

  /** The schema of a shape. */
  print(shape: Shape, found: Found): JsonSchema {
    switch (shape.kind) {
      case 'any':
        return {};
      case 'value':
        return valueSchema(shape);
      case 'choice':
        return {
          anyOf: shape.among.flatMap((one) => alternatives(this.print(one, kindOf(one, found)))),
        };
      case 'names':
        return {
          type: 'object',
          ...(shape.pattern === undefined ? {} : { propertyNames: { pattern: shape.pattern } }),
          additionalProperties: orNull(this.print(shape.values, found)),
        };
      case 'plain-list':
        return {
          type: 'array',
          ...(shape.least === undefined ? {} : { minItems: shape.least }),
          items: itemSchema(shape.items, this.print(shape.items, found)),
        };
      case 'list':
        return this.#list(shape, found);
      case 'map':
        return this.#refer(JSON.stringify(withoutHint(shape)), found, (name) =>
          this.#map(shape, name),
        );
    }
  }

  #list({ items, orOne }: ListShape, found: Found): JsonSchema {
    const isPlain = items.kind === 'value' && items.literals === undefined;
    const wish = { ...found, key: isPlain ? 'value-item' : `${found.key}-item` };
    const item = this.#refer(`item ${JSON.stringify(withoutHint(items))}`, wish, (name) =>
      this.#item(items, found, { $ref: `#/definitions/${name}` }),
    );
    const list = { type: 'array', items: item };
    return orOne ? { anyOf: [list, ...alternatives(item)] } : list;
  }

  /** One item, or items under a condition. */
  #item(items: Shape, found: Found, self: JsonSchema): JsonSchema {
    const branch = { anyOf: [{ type: 'array', items: self }, self, { type: 'null' }] };
    const conditional = {
      type: 'object',
      properties: {
        if: { description: 'an expression, without braces', type: ['string', 'boolean', 'number'] },
        // oxlint-disable-next-line unicorn/no-thenable -- the format's own word
        then: { description: 'an item or items for when it holds', ...branch },
        else: { description: 'an item or items for when it does not', ...branch },
      },
      required: ['if', 'then'],
      additionalProperties: false,
    };
    const one = alternatives(this.print(items, found));
    return { anyOf: [...one.map((schema) => itemSchema(items, schema)), conditional] };
  }

  #map({ keys, required }: MapShape, inside: string): JsonSchema {
    const properties = Object.entries(keys).map(([key, shape]) => {
      const schema = this.print(shape, { key, inside });
      const value = required.includes(key) ? schema : orNull(schema);
      return [key, shape.hint === undefined ? value : { description: shape.hint, ...value }];
    });
    return {
      type: 'object',
      properties: Object.fromEntries(properties),
      ...(required.length === 0 ? {} : { required }),
      additionalProperties: false,
    };
  }
}

/** One of several mappings is named by the key that only it has. */
function kindOf(shape: Shape, found: Found): Found {
  const [own, ...others] = shape.kind === 'map' ? shape.required : [];
  return own === undefined || others.length > 0 ? found : { ...found, key: `${found.key}-${own}` };
}

/** A choice inside of a choice is one choice. */
function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  const { anyOf } = schema;
  return Array.isArray(anyOf) && Object.keys(schema).length === 1 ? anyOf : [schema];
}

/** The schema of `recipe.yaml`. */
export function recipeSchema(): JsonSchema {
  const printer = new SchemaPrinter();
  const several = printer.print(multiRecipeShape, { key: 'recipe-of-outputs', inside: '' });
  const single = printer.print(singleRecipeShape, { key: 'recipe-of-one-package', inside: '' });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'conda recipe',
    description: 'recipe.yaml, as rattler-build and stageyard read it',
    if: { type: 'object', required: ['outputs'] },
    // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON schema
    then: several,
    else: single,
    definitions: printer.definitions,
  };
}

/** {@link recipeSchema} as the text that is printed and committed. */
export function recipeSchemaText(): string {
  return `${JSON.stringify(recipeSchema(), undefined, 2)}\n`;
}
