/**
 * The inspector as everyone uses it: a path or bytes in, a report out, synchronously. Foreign bytes and
 * odd files never throw and never hang. If the component traps all the same, the instance is dropped, the
 * file gets a finding, and the next file starts with a fresh instance.
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { systemErrorCode } from '#proto/errors.ts';
import { ByteSource } from './byte-source.ts';
import { type Component, type ReadAt, instantiateComponent } from './component.ts';
import { defaultLimits, type InspectLimits } from './limits.ts';
import { describeError, mapReport, mapRunPathFacts } from './map-report.ts';
import {
  type FileReport,
  type NotBinaryReason,
  type RunPathFacts,
  notBinary,
  outsideProblem,
} from './report.ts';
import { systemPath } from './text.ts';

/** See {@link createInspector}. */
export interface Inspector {
  /**
   * A file on disk, named as `textOfBytes` does. Symbolic links are followed; a directory, a pipe or a
   * socket is answered as such.
   */
  inspectFile(path: string): FileReport;
  /** A whole file in memory. */
  inspectBytes(bytes: Uint8Array): FileReport;
  /**
   * How the run paths of a binary could be changed in place to texts of `length` bytes (without the NUL). Nothing
   * is possible in a file that can't be read or is no ELF binary.
   */
  examineRunPaths(path: string, length: number): RunPathFacts;
  /** Bytes read for the last answer. */
  readonly bytesRead: number;
}

// A FIFO without a writer must not block the open, and a terminal must not become ours.
// (Windows has neither flag: undefined counts as 0.)
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

const NOTHING_POSSIBLE: RunPathFacts = { capacities: { rpath: 0, runpath: 0 }, room: null };

/** How to make an inspector. */
export interface InspectorOptions {
  /** Limits other than the default ones. */
  readonly limits?: Partial<InspectLimits>;
  /** Makes an instance of the component. */
  readonly instantiate?: (readAt: ReadAt) => Component;
}

/** An inspector with its own instance of the component, made when first needed. */
export function createInspector(options: InspectorOptions = {}): Inspector {
  return new ComponentInspector(options);
}

class ComponentInspector implements Inspector {
  readonly #limits: InspectLimits;
  readonly #source: ByteSource;
  readonly #instantiate: (readAt: ReadAt) => Component;
  #component: Component | undefined;

  constructor({ limits, instantiate }: InspectorOptions) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#source = new ByteSource(this.#limits);
    this.#instantiate = instantiate ?? ((readAt) => instantiateComponent(readAt));
  }

  get bytesRead(): number {
    return this.#source.byteCount;
  }

  inspectFile(path: string): FileReport {
    return this.#withFile(path, (fd) => this.#inspectOpen(fd), unopened);
  }

  inspectBytes(bytes: Uint8Array): FileReport {
    const head = this.#source.open({ bytes });
    const report = this.#inspectHead(head ?? bytes.subarray(0, 0));
    this.#source.close();
    return report;
  }

  examineRunPaths(path: string, length: number): RunPathFacts {
    return this.#withFile(
      path,
      (fd) => {
        const head = this.#source.open({ fd });
        if (head === undefined) return NOTHING_POSSIBLE;
        // After a trap the file is left to other tools.
        const examine = (component: Component): RunPathFacts =>
          mapRunPathFacts(component.examineRunPaths(head, length));
        return this.#call(examine, () => NOTHING_POSSIBLE);
      },
      () => NOTHING_POSSIBLE,
    );
  }

  #withFile<T>(path: string, use: (fd: number) => T, fail: (error: unknown) => T): T {
    let fd: number;
    try {
      fd = openSync(systemPath(path), OPEN_FLAGS);
    } catch (error) {
      return fail(error);
    }
    try {
      return use(fd);
    } finally {
      this.#source.close();
      closeSync(fd);
    }
  }

  #inspectOpen(fd: number): FileReport {
    const head = this.#source.open({ fd });
    const { failure } = this.#source;
    if (head === undefined) {
      return unread(fd, failure?.kind === 'system' ? failure.error : undefined);
    }
    if (head.length === 0) return notBinary(irregular(fd) ?? 'empty');
    const report = this.#inspectHead(head);
    // Some devices read like files.
    const reason = report.kind === 'not-binary' ? irregular(fd) : undefined;
    return reason === undefined ? report : notBinary(reason);
  }

  #inspectHead(head: Uint8Array): FileReport {
    return this.#call(
      (component) => mapReport(component.inspect(head), this.#source.failure),
      (error) =>
        outsideProblem('INSPECT_TRAPPED', `the inspector gave up: ${describeError(error)}`),
    );
  }

  // An instance that trapped, or has grown, is not used again.
  #call<T>(use: (component: Component) => T, trapped: (error: unknown) => T): T {
    try {
      this.#component ??= this.#instantiate(this.#source.readAt);
      const answer = use(this.#component);
      if (this.#source.byteCount > this.#limits.instanceBytesKeptMax) this.#component = undefined;
      return answer;
    } catch (error) {
      this.#component = undefined;
      return trapped(error);
    }
  }
}

// A socket can't be opened at all.
function unopened(error: unknown): FileReport {
  if (systemErrorCode(error) === 'ENXIO') return notBinary('socket');
  return outsideProblem('INSPECT_IO', `cannot be opened: ${describeError(error)}`);
}

function unread(fd: number, error: unknown): FileReport {
  const reason = irregular(fd);
  if (reason !== undefined) return notBinary(reason);
  return outsideProblem('INSPECT_IO', `cannot be read: ${describeError(error)}`);
}

function irregular(fd: number): NotBinaryReason | undefined {
  const stat = fstatSync(fd);
  if (stat.isFile()) return undefined;
  if (stat.isDirectory()) return 'directory';
  if (stat.isFIFO()) return 'fifo';
  return stat.isSocket() ? 'socket' : 'device';
}
