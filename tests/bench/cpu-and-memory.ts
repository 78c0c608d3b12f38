import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { UsageError } from '@duban/infra/local/ports';

/** Linux counts in hundredths of a second everywhere (`getconf CLK_TCK`). */
const MS_PER_TICK = 10;

export interface Usage {
  /** User and system time since the process began, with that of its children, also of those that ended. */
  cpuMs: number;
  /** Resident memory; pages that several processes share are counted once (PSS). */
  memoryKb: number;
}

/** The CPU time and memory of named process trees. */
export type Usages = Record<string, Usage>;

interface Stat {
  pid: number;
  parent: number;
  cpuMs: number;
}

/** Throws where the system can't tell: there is only Linux's `/proc`. */
export function requireProc(): void {
  if (!existsSync('/proc/self/stat'))
    throw new UsageError('The benchmarks read CPU time from /proc: run them on Linux.');
}

/**
 * What each tree has used until now. The time of ended children is in their parent's own account, so nothing is lost
 * when PostgreSQL's backends come and go.
 */
export function usagesOf(roots: Record<string, number | undefined>): Usages {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readStat(Number(pid)) ?? []);
  const entries = Object.entries(roots).map(([name, root]): [string, Usage] => {
    const tree = treeOf(stats, root);
    return [
      name,
      { cpuMs: sum(tree.map((stat) => stat.cpuMs)), memoryKb: sum(tree.map((stat) => memoryOf(stat.pid))) },
    ];
  });
  return Object.fromEntries(entries);
}

/** CPU ms that each tree used between two looks. */
export function cpuBetween(before: Usages, after: Usages): Record<string, number> {
  return Object.fromEntries(Object.keys(after).map((name) => [name, after[name]!.cpuMs - (before[name]?.cpuMs ?? 0)]));
}

/** CPU ms that the whole machine has spent on anything since it was started. */
export function machineCpuMs(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]!
    .split(/ +/)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * MS_PER_TICK;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function treeOf(stats: readonly Stat[], root: number | undefined): Stat[] {
  const tree = stats.filter((stat) => stat.pid === root);
  for (const member of tree) tree.push(...stats.filter((stat) => stat.parent === member.pid));
  return tree;
}

/** Undefined when the process ended meanwhile. */
function readStat(pid: number): Stat | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the command in parentheses, may hold blanks; what follows begins with field 3.
    const fields = line
      .slice(line.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [utime, stime, cutime, cstime] = fields.slice(11, 15) as [number, number, number, number];
    return { pid, parent: fields[1]!, cpuMs: (utime + stime + cutime + cstime) * MS_PER_TICK };
  } catch {
    return undefined;
  }
}

function memoryOf(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
