import { eq, sql } from 'drizzle-orm';
import type { Db } from './connection';
import { wakeups } from './schema';

export interface Wakeup {
  id: number;
  ticket: string;
  signal: string;
  payload: unknown;
}

/** Takes up to `limit` unsent signals for `leaseMs`; another relay gets others, or the same ones when the lease is over. */
export async function takeWakeups(db: Db, limit: number, leaseMs: number): Promise<Wakeup[]> {
  return db.execute<Wakeup & Record<string, unknown>>(sql`
    update wakeups set lease_until = clock_timestamp() + ${leaseMs} * interval '1 ms'
    where id in (
      select id from wakeups
      where sent_at is null and (lease_until is null or lease_until <= clock_timestamp())
      order by id limit ${limit}
      for update skip locked
    )
    returning id, ticket, signal, payload`);
}

/** The signal is in the workflow's history, or the workflow has ended and needs it no more. */
export async function wakeupSent(db: Db, id: number): Promise<void> {
  await db
    .update(wakeups)
    .set({ sentAt: sql`clock_timestamp()` })
    .where(eq(wakeups.id, id));
}
