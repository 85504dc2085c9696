// Entry points of the component. export-names.mjs gives them their canonical names.
import { readElf } from './elf/elf';
import { examineRunPaths as examine } from './elf/run-paths';
import { recognise } from './foreign';
import { readMachO } from './macho/macho';
import * as pe from './pe/pe';
import { alloc, reset } from './reader/arena';
import * as source from './reader/source';
import {
  Container, Format, REPORT_SIZE, RUN_PATH_FACTS_SIZE, SLICE_SIZE, Trait, hasTrait, setBinary, setForeign,
} from './report/layout';
import { setProblem } from './report/problem';

const ELF_MAGIC: u32 = 0x464c457f;

function zeroed(size: usize): usize {
  const at = alloc(size);
  memory.fill(at, 0, size);
  return at;
}

/** api.inspect */
export function inspect(head: usize, length: u32): usize {
  source.open(head, length);
  const report = zeroed(REPORT_SIZE);
  if (length >= 4 && load<u32>(head) == ELF_MAGIC) {
    const slice = zeroed(SLICE_SIZE);
    if (readElf(slice)) setBinary(report, Format.Elf, Container.Single, slice, 1);
    else setProblem(report, Format.Elf);
  } else if (pe.isDosProgram()) inspectDosProgram(report);
  else if (!readMachO(report)) setForeign(report, recognise());
  return report;
}

function inspectDosProgram(report: usize): void {
  if (pe.headerOffset == 0) {
    setForeign(report, pe.foreign);
    return;
  }
  const slice = zeroed(SLICE_SIZE);
  if (pe.readPe(slice)) setBinary(report, Format.Pe, Container.Single, slice, 1);
  else setProblem(report, Format.Pe);
}

/** api.examine-run-paths */
export function examineRunPaths(head: usize, headLength: u32, length: u32): usize {
  source.open(head, headLength);
  const facts = zeroed(RUN_PATH_FACTS_SIZE);
  if (headLength < 4 || load<u32>(head) != ELF_MAGIC) return facts;
  const slice = zeroed(SLICE_SIZE);
  if (readElf(slice) && hasTrait(slice, Trait.Dynamic)) examine(slice, length, facts);
  return facts;
}

/** Called after the result was read. */
export function post(_report: usize): void {
  reset();
}

export { realloc } from './reader/arena';
