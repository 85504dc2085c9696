/**
 * The inspector as everyone uses it: a path or bytes in, a report out, synchronously. Foreign bytes and
 * odd files never throw and never hang. If the component traps all the same, the instance is dropped, the
 * file gets a finding, and the next file starts with a fresh instance.
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { systemErrorCode } from '#proto/errors.ts';
import { ByteSource } from './byte-source.ts';
import { type Component, type ReadAt, instantiateComponent } from './component.ts';
import { INSTANCE_BYTES_KEPT_MAX } from './limits.ts';
import { describeError, mapReport } from './map-report.ts';
import { type FileReport, type NotBinaryReason, notBinary, outsideProblem } from './report.ts';
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
}

// A FIFO without a writer must not block the open, and a terminal must not become ours.
// (Windows has neither flag: undefined counts as 0.)
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * An inspector with its own instance of the component, made when first needed. `instantiate` is replaced
 * in tests only.
 */
export function createInspector(
  instantiate: (readAt: ReadAt) => Component = instantiateComponent,
): Inspector {
  const source = new ByteSource();
  let component: Component | undefined;

  function inspectHead(head: Uint8Array): FileReport {
    try {
      component ??= instantiate(source.readAt);
      const report = mapReport(component.inspect(head), source.failure);
      if (source.byteCount > INSTANCE_BYTES_KEPT_MAX) component = undefined;
      return report;
    } catch (error) {
      component = undefined;
      return outsideProblem('INSPECT_TRAPPED', `the inspector gave up: ${describeError(error)}`);
    }
  }

  function inspectOpen(fd: number): FileReport {
    const head = source.open({ fd });
    const { failure } = source;
    if (head === undefined)
      return unread(fd, failure?.kind === 'system' ? failure.error : undefined);
    if (head.length === 0) return notBinary(irregular(fd) ?? 'empty');
    return inspectHead(head);
  }

  return {
    inspectFile(path) {
      let fd: number;
      try {
        fd = openSync(systemPath(path), OPEN_FLAGS);
      } catch (error) {
        return unopened(error);
      }
      try {
        return inspectOpen(fd);
      } finally {
        source.close();
        closeSync(fd);
      }
    },
    inspectBytes(bytes) {
      const head = source.open({ bytes });
      const report = inspectHead(head ?? bytes.subarray(0, 0));
      source.close();
      return report;
    },
  };
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
