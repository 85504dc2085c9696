/** From the component's answer to the report that everyone sees: text, names of machines, sentences, codes. */
import { systemErrorCode } from '#proto/errors.ts';
import { unreachable } from '#proto/result.ts';
import type * as wit from '../generated/interfaces/stageyard-inspect-api.js';
import type { ReadFailure } from './byte-source.ts';
import { mapSlice } from './map-slice.ts';
import {
  type FileReport,
  type InspectCode,
  type InspectFinding,
  type RunPathFacts,
  notBinary,
} from './report.ts';

/** Translates a report; `failure` is what the byte source met, if anything. */
export function mapReport(report: wit.Report, failure: ReadFailure | undefined): FileReport {
  switch (report.tag) {
    case 'binary':
      return {
        kind: 'binary',
        schema: 1,
        format: report.val.format,
        container: report.val.container,
        slices: report.val.slices.map((slice) => mapSlice(slice, report.val.format)),
      };
    case 'not-binary':
      return notBinary(report.val);
    case 'problem':
      return { kind: 'problem', schema: 1, finding: mapProblem(report.val, failure) };
    default:
      return unreachable(report);
  }
}

/** Translates the facts for changing run paths. */
export function mapRunPathFacts(facts: wit.RunPathFacts): RunPathFacts {
  const { rpathCapacity: rpath, runpathCapacity: runpath, room } = facts;
  const capacities = { rpath, runpath };
  if (room === undefined) return { capacities, room: null };
  return {
    capacities,
    room: {
      offset: Number(room.offset),
      value: Number(room.value),
      segmentOffset: Number(room.segment),
      segmentSize: Number(room.segmentSize),
      sizeEntryOffset: Number(room.sizeEntry),
      entryOffset: room.entry === undefined ? null : Number(room.entry),
    },
  };
}

const tableNames: Record<wit.Table, string> = {
  'file-header': 'file header',
  'program-headers': 'program headers',
  'section-headers': 'section headers',
  segment: 'contents',
  'dynamic-table': 'dynamic table',
  'string-table': 'dynamic string table',
  interpreter: 'name of the interpreter',
  'fat-table': 'table of architectures',
  'load-commands': 'load commands',
  'import-table': 'import table',
  'delay-import-table': 'table of delayed imports',
  'export-table': 'export table',
};

const codes: Record<wit.Flaw, InspectCode> = {
  'ends-early': 'INSPECT_TRUNCATED',
  unreadable: 'INSPECT_IO',
  'bad-class': 'INSPECT_MALFORMED',
  'bad-byte-order': 'INSPECT_MALFORMED',
  'bad-entry-size': 'INSPECT_MALFORMED',
  'not-mapped': 'INSPECT_MALFORMED',
  'outside-table': 'INSPECT_MALFORMED',
  unterminated: 'INSPECT_MALFORMED',
  'too-large': 'INSPECT_LIMIT',
  'bad-magic': 'INSPECT_MALFORMED',
};

function mapProblem(problem: wit.Problem, failure: ReadFailure | undefined): InspectFinding {
  const { format, table, flaw } = problem;
  const numbers = {
    offset: Number(problem.offset),
    needed: Number(problem.needed),
    available: Number(problem.available),
  };
  const code = flaw === 'unreadable' && failure?.kind === 'limit' ? 'INSPECT_LIMIT' : codes[flaw];
  const message = `${tableNames[table]} (${format}): ${sentence(flaw, numbers, failure)}`;
  return { code, format, table, ...numbers, message };
}

interface Numbers {
  readonly offset: number;
  readonly needed: number;
  readonly available: number;
}

function sentence(
  flaw: wit.Flaw,
  { offset, needed, available }: Numbers,
  failure: ReadFailure | undefined,
): string {
  switch (flaw) {
    case 'ends-early':
      return `${needed} bytes needed at offset ${offset}, ${available} there: the file is cut off`;
    case 'unreadable':
      return failure?.kind === 'system'
        ? `cannot be read at offset ${offset}: ${describeError(failure.error)}`
        : `more reads or bytes needed than the limits for one file allow`;
    case 'bad-class':
      return `class ${available} is neither 1 (32 bit) nor 2 (64 bit)`;
    case 'bad-byte-order':
      return `byte order ${available} is neither 1 (little endian) nor 2 (big endian)`;
    case 'bad-entry-size':
      return `entries of ${available} bytes are too small, ${needed} are needed`;
    case 'not-mapped':
      return `address 0x${offset.toString(16)} lies in no segment or section of the file`;
    case 'outside-table':
      return `a name begins at byte ${needed - 1} of a table of ${available}`;
    case 'unterminated':
      return `the text at offset ${offset} has no end within ${available} bytes`;
    case 'too-large':
      return `${needed} bytes or entries at offset ${offset}, ${available} is the limit`;
    case 'bad-magic':
      return `the magic number at offset ${offset} is 0x${available.toString(16)}`;
    default:
      return unreachable(flaw);
  }
}

/** `EACCES` and the like, else the error's own words. */
export function describeError(error: unknown): string {
  return systemErrorCode(error) ?? (error instanceof Error ? error.message : String(error));
}
