/**
 * Named places where a test may kill a process (issue "Faults"). Only a process started with DUBAN_CRASH_AT, which
 * only the tests' launcher sets, ever dies here; elsewhere this is one comparison with undefined.
 */
export type CrashPoint =
  'step-committed' | 'step-sent' | 'step-answered' | 'step-applied' | 'effect-done' | 'effect-reported';

let armed: { point: string; after: number } | null | undefined;

/** Dies by SIGKILL when this point was armed and its countdown is over. */
export function crashPoint(point: CrashPoint): void {
  if (armed === undefined) {
    const [name, after] = (process.env.DUBAN_CRASH_AT ?? '').split(':');
    armed = name ? { point: name, after: Number(after ?? 1) } : null;
  }
  if (armed?.point === point && --armed.after <= 0) process.kill(process.pid, 'SIGKILL');
}
