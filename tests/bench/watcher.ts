import { setTimeout as sleep } from 'node:timers/promises';

/** What both sides' tables tell of a ticket. */
export interface Seen {
  number: string;
  handler: string | null;
  status: string;
  archived: boolean;
}

interface Waiting {
  wanted: (seen: Seen) => boolean;
  resolve: (seen: Seen) => void;
  reject: (error: Error) => void;
  until: number;
  last?: Seen;
}

const LOOK_EVERY_MS = 20;
/** Longer than Temporal takes to give an activity to somebody else whose worker it believes lost. */
const PATIENCE_MS = 360_000;

/**
 * Sees what happens to tickets by itself (assigned, archived): one query every 20 ms for all that anybody waits for,
 * the same for both sides, instead of everybody's own polling over HTTP, which would measure the polling.
 */
export class Watcher {
  /** Queries made; each is a transaction in PostgreSQL's count. */
  looks = 0;
  private readonly waiting = new Map<string, Waiting>();
  private readonly running: Promise<void>;
  private stopped = false;

  constructor(private readonly look: (numbers: string[]) => Promise<readonly Seen[]>) {
    this.running = this.run();
  }

  /** Resolves once the ticket is as wanted; one wait a ticket at a time. */
  until(number: string, wanted: (seen: Seen) => boolean): Promise<Seen> {
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { wanted, resolve, reject, until: Date.now() + PATIENCE_MS });
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await sleep(LOOK_EVERY_MS);
      if (this.waiting.size === 0) continue;
      try {
        this.looks += 1;
        for (const seen of await this.look([...this.waiting.keys()])) {
          const waiting = this.waiting.get(seen.number);
          if (waiting) waiting.last = seen;
          if (waiting?.wanted(seen)) this.end(seen.number)?.resolve(seen);
        }
        for (const [number, { until, last }] of this.waiting)
          if (Date.now() > until)
            this.end(number)?.reject(
              new Error(`${number} stays at ${JSON.stringify(last)} for ${PATIENCE_MS / 1000} s`),
            );
      } catch (error) {
        for (const number of this.waiting.keys()) this.end(number)?.reject(error as Error);
      }
    }
  }

  private end(number: string): Waiting | undefined {
    const waiting = this.waiting.get(number);
    this.waiting.delete(number);
    return waiting;
  }
}
