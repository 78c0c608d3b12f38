import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Linux tells without another program; elsewhere `ps` does. */
const hasProc = existsSync('/proc/self/stat');

/**
 * What tells a running process from a later one with the same number: its start time, as the system words it.
 * `undefined` when no such process runs (a zombie runs no more).
 */
export function processIdentity(pid: number): string | undefined {
  try {
    if (!hasProc) {
      const line = ps(pid, 'state=,lstart=');
      return line.startsWith('Z') ? undefined : line.slice(line.indexOf(' ')).trim();
    }
    const { state, startTime } = procStat(pid);
    return state === 'Z' || state === 'X' ? undefined : startTime;
  } catch {
    return undefined;
  }
}

/** The process that started this one; 0 when it can't be told. */
export function parentOf(pid: number): number {
  try {
    return Number(hasProc ? procStat(pid).parent : ps(pid, 'ppid='));
  } catch {
    return 0;
  }
}

/** The command line of a running process, blank-separated; empty when it can't be read. */
export function processCommand(pid: number): string {
  try {
    return hasProc ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') : ps(pid, 'args=');
  } catch {
    return '';
  }
}

function procStat(pid: number): { state?: string; parent?: string; startTime?: string } {
  // The second field, the command in parentheses, may hold blanks; what follows begins with field 3.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0], parent: fields[1], startTime: fields[19] };
}

function ps(pid: number, columns: string): string {
  return execFileSync('ps', ['-o', columns, '-p', String(pid)], { encoding: 'utf8' }).trim();
}
