/** Prints generated documents as block YAML. Scalars are YAML text already, so that every way of quoting occurs. */

/** A scalar as YAML text, a list, or a mapping with plain keys. */
export type Block = string | readonly Block[] | { readonly [key: string]: Block };

const isScalar = (block: Block): block is string => typeof block === 'string';
const isList = (block: Block): block is readonly Block[] => Array.isArray(block);

function isEmpty(block: Block): boolean {
  return !isScalar(block) && (isList(block) ? block.length : Object.keys(block).length) === 0;
}

function lines(block: Block, indent: string): string[] {
  if (isScalar(block)) return [`${indent}${block}`];
  if (isEmpty(block)) return [`${indent}${isList(block) ? '[]' : '{}'}`];
  if (isList(block)) {
    return block.flatMap((item) => {
      const [first = '', ...rest] = lines(item, `${indent}  `);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  return Object.entries(block).flatMap(([key, value]) =>
    isScalar(value) || isEmpty(value)
      ? [`${indent}${key}: ${lines(value, '').join('')}`]
      : [`${indent}${key}:`, ...lines(value, `${indent}  `)],
  );
}

/** The document, with a line break at its end. */
export function yamlText(block: Block): string {
  return `${lines(block, '').join('\n')}\n`;
}
