/**
 * Conda versions: `[epoch!]segment.segment…[+local]`. A segment is cut at every change between digits and
 * letters. Segments that are missing on one side count as 0, so `1.1` equals `1.1.0`; letters are older
 * than numbers (`1.0a` < `1.0`), `dev` is older than all, `post` newer than all.
 */
import { fail, ok, type Result } from '../result.ts';

/** A piece of a segment. `dev`, `post` and `_` (a trailing underscore or dash) have their own rank. */
type Component =
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'dev' | 'post' }
  | { readonly kind: 'dash'; readonly text: '_' | '-' };

/** The pieces between two separators. */
interface Segment {
  readonly separator: '' | '.' | '_' | '-';
  readonly components: readonly Component[];
  /** The segment starts with a letter: its first component is a 0 that isn't written. */
  readonly hasImplicitZero: boolean;
}

const ZERO: Component = { kind: 'number', value: 0n };
const ZERO_SEGMENT: Segment = { separator: '.', components: [ZERO], hasImplicitZero: false };

/** Longest version text. */
const VERSION_LENGTH_MAX = 256;
/** Numbers are 64 bit wide in other implementations. */
const NUMBER_MAX = 2n ** 64n - 1n;
const SHAPE = /^(?:([0-9]+)!)?([^!+]+)(?:\+([^!+]+))?$/;
const SEGMENTS = /^[a-z0-9]+(?:[._-][a-z0-9]+)*(?:[._-]?[_-])?$/;
const COMPONENTS = /[0-9]+|[a-z]+/g;

function readComponent(text: string): Component {
  if (text === 'dev' || text === 'post') return { kind: text };
  return /^[0-9]/.test(text) ? { kind: 'number', value: BigInt(text) } : { kind: 'text', text };
}

function readSegment(separator: Segment['separator'], text: string): Segment {
  const components = (text.match(COMPONENTS) ?? []).map(readComponent);
  const hasImplicitZero = components[0]?.kind !== 'number';
  return {
    separator,
    components: hasImplicitZero ? [ZERO, ...components] : components,
    hasImplicitZero,
  };
}

/** Segments of a text that {@link SEGMENTS} accepts. */
function readSegments(text: string): Segment[] {
  const last = text.at(-1);
  const dash = last === '_' || last === '-' ? last : undefined;
  const body = dash === undefined ? text : text.slice(0, -1);
  const pieces = body.split(/([._-])/);
  const segments: Segment[] = [];
  for (let index = 0; index < pieces.length; index += 2) {
    const mark = pieces[index - 1];
    const separator = mark === '.' || mark === '_' || mark === '-' ? mark : '';
    segments.push(readSegment(separator, pieces[index] ?? ''));
  }
  const final = segments.at(-1);
  if (dash === undefined || final === undefined) return segments;
  const component: Component = { kind: 'dash', text: dash };
  return [...segments.slice(0, -1), { ...final, components: [...final.components, component] }];
}

function printComponent(component: Component): string {
  switch (component.kind) {
    case 'number':
      return String(component.value);
    case 'text':
    case 'dash':
      return component.text;
    case 'dev':
    case 'post':
      return component.kind;
  }
}

function printSegments(segments: readonly Segment[]): string {
  return segments
    .map(({ separator, components, hasImplicitZero }, index) => {
      const written = hasImplicitZero ? components.slice(1) : components;
      return (index === 0 ? '' : separator) + written.map(printComponent).join('');
    })
    .join('');
}

const RANKS = { dev: 0, dash: 1, text: 2, number: 3, post: 4 } as const;

function compareComponents(left: Component, right: Component): number {
  if (left.kind === 'number' && right.kind === 'number') {
    return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
  }
  if (left.kind === 'text' && right.kind === 'text') {
    return left.text < right.text ? -1 : left.text > right.text ? 1 : 0;
  }
  return RANKS[left.kind] - RANKS[right.kind];
}

/** Compares item by item; what is missing on one side counts as `filler`. */
function compareLists<T>(
  lists: { readonly left: readonly T[]; readonly right: readonly T[] },
  filler: T,
  compare: (left: T, right: T) => number,
): number {
  const { left, right } = lists;
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const order = compare(left[index] ?? filler, right[index] ?? filler);
    if (order !== 0) return order;
  }
  return 0;
}

function compareSegments(left: readonly Segment[], right: readonly Segment[]): number {
  return compareLists({ left, right }, ZERO_SEGMENT, (a, b) =>
    compareLists({ left: a.components, right: b.components }, ZERO, compareComponents),
  );
}

function segmentStartsWith(segment: Segment, prefix: Segment): boolean {
  return prefix.components.every(
    (component, index) => compareComponents(segment.components[index] ?? ZERO, component) === 0,
  );
}

/** Where either side ends the version may go on inside the segment; before, segments are equal (`1a.2` does not start with `1.2`). */
function segmentsStartWith(segments: readonly Segment[], prefix: readonly Segment[]): boolean {
  const lastIndex = Math.min(prefix.length, segments.length) - 1;
  return prefix.every((wanted, index) => {
    const segment = segments[index] ?? ZERO_SEGMENT;
    return index >= lastIndex
      ? segmentStartsWith(segment, wanted)
      : compareSegments([segment], [wanted]) === 0;
  });
}

/** Raises the last number of a segment; its last letters start again at `a`. */
function bumpComponents(components: readonly Component[]): Component[] {
  const numberIndex = components.findLastIndex(({ kind }) => kind === 'number');
  const textIndex = components.findLastIndex(({ kind }) => kind === 'text');
  return components.map((component, index) => {
    if (index === numberIndex && component.kind === 'number') {
      return { kind: 'number', value: component.value + 1n };
    }
    return index === textIndex ? { kind: 'text', text: 'a' } : component;
  });
}

/** A parsed version. Immutable; compare with {@link Version.compare}, never by text. */
export class Version {
  readonly #epoch: bigint | undefined;
  readonly #segments: readonly Segment[];
  readonly #local: readonly Segment[];

  private constructor(
    epoch: bigint | undefined,
    segments: readonly Segment[],
    local: readonly Segment[],
  ) {
    this.#epoch = epoch;
    this.#segments = segments;
    this.#local = local;
  }

  /** Parses a version; letters become lower case. The failure says what is wrong with the text. */
  static parse(text: string): Result<Version, string> {
    const quoted = JSON.stringify(text.slice(0, VERSION_LENGTH_MAX));
    if (text === '') return fail('the version is empty');
    if (text.length > VERSION_LENGTH_MAX) {
      return fail(`the version ${quoted}… is longer than ${VERSION_LENGTH_MAX} characters`);
    }
    const lower = text.toLowerCase();
    const [, epoch, body = '', local] = SHAPE.exec(lower) ?? [];
    if (!SEGMENTS.test(body) || (local !== undefined && !SEGMENTS.test(local))) {
      return fail(`${quoted} is not a version: parts of letters and digits, separated by dots`);
    }
    if (lower.includes('_') && lower.includes('-')) {
      return fail(`the version ${quoted} uses both \`_\` and \`-\` as separators`);
    }
    if ((lower.match(/[0-9]+/g) ?? []).some((digits) => BigInt(digits) > NUMBER_MAX)) {
      return fail(`the version ${quoted} has a number beyond 64 bits`);
    }
    return ok(
      new Version(
        epoch === undefined ? undefined : BigInt(epoch),
        readSegments(body),
        local === undefined ? [] : readSegments(local),
      ),
    );
  }

  /** Negative if older than `other`, positive if newer, 0 if equal (`1.0` and `1` are). */
  compare(other: Version): number {
    const epoch = this.#epoch ?? 0n;
    const otherEpoch = other.#epoch ?? 0n;
    if (epoch !== otherEpoch) return epoch < otherEpoch ? -1 : 1;
    return (
      compareSegments(this.#segments, other.#segments) || compareSegments(this.#local, other.#local)
    );
  }

  /** Whether the version is `prefix` or continues it (`1.2.3` starts with `1.2`, `1.20` does not). */
  startsWith(prefix: Version): boolean {
    return (
      (this.#epoch ?? 0n) === (prefix.#epoch ?? 0n) &&
      segmentsStartWith(this.#segments, prefix.#segments) &&
      segmentsStartWith(this.#local, prefix.#local)
    );
  }

  /** `~=`: not older than `other`, and the same in all its segments but the last. */
  isCompatibleWith(other: Version): boolean {
    const stem = new Version(other.#epoch, other.#segments.slice(0, -1), other.#local);
    return this.compare(other) >= 0 && this.startsWith(stem);
  }

  /** Number of segments before the local part. */
  get segmentCount(): number {
    return this.#segments.length;
  }

  /** The first `count` segments (all, if there are fewer); the local part stays. */
  truncated(count: number): Version {
    return new Version(this.#epoch, this.#segments.slice(0, count), this.#local);
  }

  /**
   * Raises segment `index` (from 0), appending segments 0 up to there: the next version at that place
   * (`1.2.3` → `1.3.3` at 1, `9d` → `10a` at 0).
   */
  bumped(index: number): Version {
    const missing = Math.max(0, index + 1 - this.#segments.length);
    const padded = [...this.#segments, ...Array.from({ length: missing }, () => ZERO_SEGMENT)];
    const segments = padded.map((segment, position): Segment => {
      if (position !== index) return segment;
      return {
        separator: segment.separator,
        components: bumpComponents(segment.components),
        // A 0 in front that wasn't written is written once it is 1.
        hasImplicitZero:
          segment.hasImplicitZero && segment.components.slice(1).some((c) => c.kind === 'number'),
      };
    });
    return new Version(this.#epoch, segments, this.#local);
  }

  /** Appends `.0a0`, the first version before all others of the same numbers, unless letters are there already. */
  withAlpha(): Version {
    const isPreRelease = this.#segments.at(-1)?.components.some(({ kind }) => kind === 'text');
    if (isPreRelease === true) return this;
    const alpha = readSegment('.', '0a0');
    // A trailing `_` can't stand before another segment.
    const segments = this.#segments.map((segment) => ({
      ...segment,
      components: segment.components.filter(({ kind }) => kind !== 'dash'),
    }));
    return new Version(this.#epoch, [...segments, alpha], this.#local);
  }

  /** The version without its local part (`+…`). */
  withoutLocal(): Version {
    return new Version(this.#epoch, this.#segments, []);
  }

  /** The version's text, without leading zeros of numbers. */
  toString(): string {
    const epoch = this.#epoch === undefined ? '' : `${this.#epoch}!`;
    const local = this.#local.length === 0 ? '' : `+${printSegments(this.#local)}`;
    return `${epoch}${printSegments(this.#segments)}${local}`;
  }
}
