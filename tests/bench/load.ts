import { setTimeout as sleep } from 'node:timers/promises';

/** Does `count` pieces of work, `atOnce` at a time; the next begins when one ends. The first failure ends it all. */
export async function closedLoop(count: number, atOnce: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      try {
        await work(next++);
      } catch (error) {
        next = count;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
}

/** Begins `count` pieces of work at a steady rate, however long each takes: waiting for one delays none of the others. */
export async function openLoop(count: number, perSecond: number, work: (i: number) => Promise<unknown>): Promise<void> {
  const started = performance.now();
  const running: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    await sleep(Math.max(0, started + (i * 1000) / perSecond - performance.now()));
    const begun = work(i);
    begun.catch(() => undefined); // heard of below
    running.push(begun);
  }
  await Promise.all(running);
}

export async function timed<T>(into: number[], work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const result = await work();
  into.push(performance.now() - from);
  return result;
}

/** The smallest value that at least `share` of all do not exceed; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}
export const median = (values: readonly number[]): number => percentile(values, 0.5);
