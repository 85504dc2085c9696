/**
 * How much memory a process group uses, by looking now and then: Linux keeps no such number. A look reads one
 * line for every process of the machine; the more a look takes, the longer it is till the next, so that
 * measuring costs at most a hundredth of one processor. What happens between two looks is not seen, and a process
 * that left the group isn't counted.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Pauses grow from the first to the second, so that short scripts are seen as well. */
const PAUSE_MS_FIRST = 10;
const PAUSE_MS_USUAL = 1_000;
/** A look of a millisecond allows the next after this many; the first ones are slower than usual and don't count. */
const PAUSE_PER_COST = 100;
const LOOKS_UNCOUNTED = 4;
/** Processes beyond are not looked at. */
const PROCESSES_MAX = 20_000;
/** Positions behind the name, which may hold anything but is in parentheses. */
const GROUP_FIELD = 2;
const RESIDENT_PAGES_FIELD = 21;
const AUXV_PAGE_SIZE = 6n;
const PAGE_BYTES_USUAL = 4096;

/** Looks at a group until it is stopped. Does nothing where there is no `/proc`. */
export class GroupMemoryMeter {
  readonly #group: number;
  readonly #onPeak: (bytes: number) => void;
  #peakBytes = 0;
  #lookCount = 0;
  #pauseMs = PAUSE_MS_FIRST;
  #timer: NodeJS.Timeout | undefined;

  /** `onPeak` is told each time the group is larger than ever. */
  constructor(group: number, onPeak: (bytes: number) => void) {
    this.#group = group;
    this.#onPeak = onPeak;
    this.#look();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const startedAt = performance.now();
    const bytes = groupMemoryBytes(this.#group);
    if (bytes === undefined) return;
    if (bytes > this.#peakBytes) {
      this.#peakBytes = bytes;
      this.#onPeak(bytes);
    }
    this.#lookCount += 1;
    const costMs = this.#lookCount <= LOOKS_UNCOUNTED ? 0 : performance.now() - startedAt;
    this.#timer = setTimeout(() => this.#look(), Math.max(this.#pauseMs, costMs * PAUSE_PER_COST));
    this.#timer.unref();
    this.#pauseMs = Math.min(PAUSE_MS_USUAL, this.#pauseMs * 2);
  }
}

/** Resident memory of a group's processes together; undefined where it can't be known. */
export function groupMemoryBytes(group: number): number | undefined {
  const ids = processIds();
  if (ids === undefined) return undefined;
  let pages = 0;
  for (const id of ids.slice(0, PROCESSES_MAX)) {
    const fields = statFields(id);
    if (Number(fields?.[GROUP_FIELD]) === group) pages += Number(fields?.[RESIDENT_PAGES_FIELD]);
  }
  return pages * pageBytes();
}

function processIds(): readonly string[] | undefined {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    // Not Linux, or a container without it: nothing is measured.
    return undefined;
  }
}

function statFields(id: string): readonly string[] | undefined {
  try {
    const line = readFileSync(`/proc/${id}/stat`, 'latin1');
    return line.slice(line.lastIndexOf(')') + 2).split(' ');
  } catch {
    // It ended meanwhile.
    return undefined;
  }
}

let knownPageBytes: number | undefined;

/** Said by the kernel to every process in the vector beside its environment. */
function pageBytes(): number {
  knownPageBytes ??= readPageBytes();
  return knownPageBytes;
}

function readPageBytes(): number {
  try {
    const words = new BigUint64Array(Uint8Array.from(readFileSync('/proc/self/auxv')).buffer);
    for (let at = 0; at + 1 < words.length; at += 2)
      if (words[at] === AUXV_PAGE_SIZE) return Number(words[at + 1]);
  } catch {
    // Hidden from us: what nearly all machines have.
    return PAGE_BYTES_USUAL;
  }
  return PAGE_BYTES_USUAL;
}
