// Entry points of the component. export-names.ts gives them their canonical names.
import { readElf } from './elf/elf';
import { examineRunPaths as examine } from './elf/run-paths';
import { recognise } from './foreign';
import { alloc, reset } from './reader/arena';
import * as source from './reader/source';
import {
  Format, REPORT_SIZE, RUN_PATH_FACTS_SIZE, SLICE_SIZE, isDynamic, setBinary, setForeign,
} from './report/layout';
import { setProblem } from './report/problem';

const ELF_MAGIC: u32 = 0x464c457f;

/** api.inspect */
export function inspect(head: usize, length: u32): usize {
  source.open(head, length);
  const report = alloc(REPORT_SIZE);
  memory.fill(report, 0, REPORT_SIZE);
  if (length < 4 || load<u32>(head) != ELF_MAGIC) {
    setForeign(report, recognise());
    return report;
  }
  const slice = alloc(SLICE_SIZE);
  memory.fill(slice, 0, SLICE_SIZE);
  if (readElf(slice)) setBinary(report, Format.Elf, slice, 1);
  else setProblem(report, Format.Elf);
  return report;
}

/** api.examine-run-paths */
export function examineRunPaths(head: usize, headLength: u32, length: u32): usize {
  source.open(head, headLength);
  const facts = alloc(RUN_PATH_FACTS_SIZE);
  memory.fill(facts, 0, RUN_PATH_FACTS_SIZE);
  if (headLength < 4 || load<u32>(head) != ELF_MAGIC) return facts;
  const slice = alloc(SLICE_SIZE);
  memory.fill(slice, 0, SLICE_SIZE);
  if (readElf(slice) && isDynamic(slice)) examine(slice, length, facts);
  return facts;
}

/** Called after the result was read. */
export function post(_report: usize): void {
  reset();
}

export { realloc } from './reader/arena';
