/**
 * Who a process is, so that another one can tell whether it is still there: host, boot, pid
 * namespace, pid and start time. Of a process elsewhere (another host, another container) nothing is
 * known: callers fall back on time.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemErrorCode } from '../errors.ts';

const SEPARATOR = '~';
/** Index of the start time among the fields that follow the command's `)` in `/proc/PID/stat`. */
const START_TIME_INDEX = 19;

/** Text without `/`, fit for a file name. */
export function currentProcessIdentity(): string {
  return [...placeOfProcesses(), String(process.pid), startTime('self')].join(SEPARATOR);
}

/** True when the process lived here and is certainly gone. */
export function isKnownDead(identity: string): boolean {
  const place = placeOfProcesses();
  const fields = identity.split(SEPARATOR);
  const pid = fields[place.length];
  if (fields.length !== place.length + 2 || pid === undefined || !/^[1-9]\d*$/.test(pid))
    return false;
  if (place.some((field, index) => field !== fields[index])) return false;
  return !isRunning(Number(pid)) || startTime(pid) !== fields[place.length + 1];
}

/** Host, boot and pid namespace: pids mean the same only where all three agree. */
function placeOfProcesses(): readonly string[] {
  const host = hostname().replaceAll(/[^A-Za-z0-9.-]/g, '_');
  return [
    host,
    systemText(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')).slice(0, 8),
    pidNamespace(),
  ];
}

function pidNamespace(): string {
  return systemText(() => readlinkSync('/proc/self/ns/pid')).replaceAll(/\D/g, '');
}

/** In clock ticks since boot; empty where there is no `/proc` or no such process. */
function startTime(pid: string): string {
  const stat = systemText(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[START_TIME_INDEX] ?? '';
}

/** Not every system has `/proc`: an unreadable file is empty text. */
function systemText(read: () => string): string {
  try {
    return read().trim();
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return '';
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}
