/**
 * What a text of JSON would become, before it is parsed: values take far more memory and time than their text, so
 * that a hundred megabytes of brackets stop a program for a minute.
 */

/** Below it nothing can take long. */
const LOOKED_AT_LENGTH_MIN = 1024 * 1024;
const DEPTH_MAX = 64;
/** Objects and lists; those of a plan of a hundred thousand tasks are less than a million. */
const CONTAINERS_MAX = 2_000_000;
/** Members and items: its edges among them. */
const ITEMS_MAX = 5_000_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** What is too much, such as `more than 64 levels`; undefined when it may be parsed. Need not be JSON. */
export function jsonExcess(text: string): string | undefined {
  if (text.length < LOOKED_AT_LENGTH_MIN) return undefined;
  let [depth, containers, items] = [0, 0, 0];
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case COMMA:
        items += 1;
        if (items > ITEMS_MAX) return `more than ${ITEMS_MAX} items`;
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        depth += 1;
        containers += 1;
        if (depth > DEPTH_MAX) return `more than ${DEPTH_MAX} levels`;
        if (containers > CONTAINERS_MAX) return `more than ${CONTAINERS_MAX} objects and lists`;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth -= 1;
    }
  }
  return undefined;
}

/** Position of the closing quote. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}
