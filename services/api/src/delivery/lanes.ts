/** One line of work a ticket within this process: deliveries of a ticket never overtake each other (design 2). */
export interface Lanes {
  busy(key: string): boolean;
  /** Runs after everything queued for this key before, whatever became of it. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when no lane has work left. */
  idle(): Promise<void>;
}

export function createLanes(): Lanes {
  const tails = new Map<string, Promise<unknown>>();
  return {
    busy: (key) => tails.has(key),
    run(key, work) {
      const result = (tails.get(key) ?? Promise.resolve()).then(work, work);
      const tail = result.catch(() => undefined).finally(() => tails.get(key) === tail && tails.delete(key));
      tails.set(key, tail);
      return result;
    },
    async idle() {
      while (tails.size) await Promise.all(tails.values());
    },
  };
}
