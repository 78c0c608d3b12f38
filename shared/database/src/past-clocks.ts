import type { ClockView, Snapshot } from '@duban/contracts';
import type { Pause } from '@duban/policy';
import { sql } from 'drizzle-orm';
import type { Executor } from './connection';

/** How one ticket's clocks went: what a policy preview computes over. */
export interface PastClocks {
  number: string;
  process: string;
  category: string;
  priority: string;
  createdAt: Date;
  clocks: ClockView[];
  /** Runs of clocks that were started anew since: only how they ended is kept. */
  earlierRuns: NonNullable<Snapshot['earlierRuns']>;
  /** When it waited for the customer, by its timeline; the last one may still be open. */
  pauses: Pause[];
}

interface Row extends Record<string, unknown> {
  number: string;
  process: string;
  category: string;
  priority: string;
  created_at: string;
  clocks: ClockView[];
  earlier: Snapshot['earlierRuns'] | null;
  waits: Array<{ at: number; step: string }> | null;
}

/** Up to `limit` tickets taken in since `since`, the newest first, from below `before` on. */
export async function readPastClocks(
  db: Executor,
  filter: { since: Date; before?: { at: Date; number: string }; limit: number },
): Promise<PastClocks[]> {
  const { since, before, limit } = filter;
  const below = before
    ? sql`and (t.created_at, t.number) < (${before.at.toISOString()}::timestamptz, ${before.number})`
    : sql``;
  const rows = await db.execute<Row>(sql`
    select t.number, t.process, t.category, t.priority, t.created_at, t.snapshot->'clocks' as clocks,
      t.snapshot->'earlierRuns' as earlier,
      (select json_agg(json_build_object('at', extract(epoch from l.at) * 1000, 'step', l.data->>'step')
          order by l.revision, l.idx)
        from timeline l where l.ticket = t.number and l.kind = 'step'
          and l.data->>'step' in ('wait-for-customer', 'customer-replied')) as waits
    from tickets t
    where t.created_at >= ${since.toISOString()}::timestamptz and t.snapshot is not null ${below}
    order by t.created_at desc, t.number desc limit ${limit}`);
  return rows.map(({ created_at, waits, earlier, ...row }) => ({
    ...row,
    earlierRuns: earlier ?? {},
    createdAt: new Date(created_at),
    pauses: pausesOf(waits ?? []),
  }));
}

function pausesOf(waits: Array<{ at: number; step: string }>): Pause[] {
  const pauses: Pause[] = [];
  for (const { at, step } of waits) {
    const last = pauses.at(-1);
    if (step === 'wait-for-customer') pauses.push({ from: at, to: null });
    else if (last?.to === null) last.to = at;
  }
  return pauses;
}
