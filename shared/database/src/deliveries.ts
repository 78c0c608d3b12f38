import { and, eq, inArray, isNull, lt, lte, or, sql } from 'drizzle-orm';
import type { Message } from '@duban/contracts';
import { writeAudit } from './audit';
import type { Db, Executor } from './connection';
import { customerLinks, deliveries, notifications } from './schema';
import { newSecret, secretHash } from './sessions';

export type Delivery = typeof deliveries.$inferSelect;
export type NewDelivery = Pick<Delivery, 'key' | 'ticket' | 'channel' | 'template' | 'data' | 'recipient'>;

/** Channel of `pg_notify`: somebody has a new notification (payload: their staff number). */
export const notificationChannel = 'duban_notification';

/** What an attempt to send came to. `retry`: certainly not sent. `unknown`: perhaps; only a person may decide. */
export type DeliveryOutcome =
  { state: 'sent'; id?: string } | { state: 'failed' | 'retry' | 'unknown'; reason: string };

/** In-app notification for one person; the same key is written once (G8). */
export async function writeNotification(
  tx: Executor,
  row: { key: string; staff: string; ticket: string; template: string; data: Message['data'] },
): Promise<void> {
  await tx
    .insert(notifications)
    .values(row)
    .onConflictDoNothing()
    .returning({ told: sql`pg_notify(${notificationChannel}, ${notifications.staff})::text` });
}

/** Those of a ticket's message keys whose recipients were settled before: they are never worked out anew. */
export async function plannedMessages(tx: Executor, ticket: string, keys: string[]): Promise<string[]> {
  const rows = await tx.execute<{ key: string }>(sql`
    select key from notifications where ticket = ${ticket} union all select key from deliveries where ticket = ${ticket}`);
  const channel = /^(in-app|sms|email):/;
  return keys.filter((key) =>
    rows.some((row) => row.key.startsWith(`${key}:`) && channel.test(row.key.slice(key.length + 1))),
  );
}

/**
 * Adds deliveries that the caller, and nobody else, sends as soon as the transaction is committed: they are `pending`
 * no longer. Those that exist stay as they are.
 * @returns the ones added; record each with `recordOutcome`
 */
export async function addDeliveries(tx: Executor, rows: NewDelivery[]): Promise<Delivery[]> {
  if (!rows.length) return [];
  const values = rows.map((row) => ({ ...row, state: 'sending', attempts: 1 }));
  return tx.insert(deliveries).values(values).onConflictDoNothing().returning();
}

/**
 * Takes pending deliveries of these messages for another attempt, before anything leaves the building. What an
 * earlier attempt left in `sending` may have been sent: it becomes `unknown` and stays there for a person (design 8).
 * @returns the deliveries that the caller, and nobody else, sends now; record each with `recordOutcome`
 */
export async function takeDeliveries(
  tx: Executor,
  ticket: string,
  messageKeys: string[],
): Promise<{ taken: Delivery[]; lost: string[] }> {
  const ofMessages = and(
    eq(deliveries.ticket, ticket),
    or(...messageKeys.map((key) => sql`starts_with(${deliveries.key}, ${`${key}:`})`)),
    isNull(deliveries.resendAt),
  );
  const lost = await tx
    .update(deliveries)
    .set({ state: 'unknown', lastError: 'interrupted while sending', updatedAt: sql`clock_timestamp()` })
    .where(and(ofMessages, eq(deliveries.state, 'sending')))
    .returning({ key: deliveries.key });
  const taken = await tx
    .update(deliveries)
    .set(sending)
    .where(and(ofMessages, eq(deliveries.state, 'pending')))
    .returning();
  return { taken, lost: lost.map((row) => row.key) };
}

/** Those of these keys whose delivery is over: sent, failed, or a person's to decide. */
export async function settledDeliveries(db: Executor, keys: string[]): Promise<Set<string>> {
  if (!keys.length) return new Set();
  const rows = await db
    .select({ key: deliveries.key })
    .from(deliveries)
    .where(and(inArray(deliveries.key, keys), inArray(deliveries.state, ['sent', 'failed', 'unknown'])));
  return new Set(rows.map(({ key }) => key));
}

/** Takes up to `limit` deliveries that a person wants sent again; what was left in `sending` for `staleMs` is unknown. */
export async function takeResends(db: Executor, limit: number, staleMs: number): Promise<Delivery[]> {
  const stale = lt(deliveries.updatedAt, sql`clock_timestamp() - ${staleMs} * interval '1 ms'`);
  await db
    .update(deliveries)
    .set({ state: 'unknown', lastError: 'interrupted while sending', updatedAt: sql`clock_timestamp()` })
    .where(and(eq(deliveries.state, 'sending'), stale));
  const wanted = db
    .select({ key: deliveries.key })
    .from(deliveries)
    .where(and(eq(deliveries.state, 'pending'), lte(deliveries.resendAt, sql`clock_timestamp()`)))
    .limit(limit)
    .for('update', { skipLocked: true });
  return db.update(deliveries).set(sending).where(inArray(deliveries.key, wanted)).returning();
}

const sending = {
  state: 'sending',
  attempts: sql`${deliveries.attempts} + 1`,
  updatedAt: sql`clock_timestamp()`,
};

/** When a resend that failed once more is tried again: doubling, up to ten minutes. */
const later = sql`clock_timestamp() + least(600, power(2, least(${deliveries.attempts}, 10))) * interval '1 s'`;

/**
 * Records what an attempt came to. An attempt that was given up as `unknown` meanwhile may still report: it is the
 * one that knows. A later attempt's row is left alone.
 */
export async function recordOutcome(tx: Executor, delivery: Delivery, outcome: DeliveryOutcome): Promise<void> {
  const sent = outcome.state === 'sent';
  await tx
    .update(deliveries)
    .set({
      state: outcome.state === 'retry' ? 'pending' : outcome.state,
      lastError: sent ? null : outcome.reason.slice(0, 200),
      updatedAt: sql`clock_timestamp()`,
      ...(outcome.state === 'retry'
        ? { resendAt: sql`case when ${deliveries.resendAt} is not null then ${later} end` }
        : {}),
      ...(sent ? { sentAt: sql`clock_timestamp()`, providerId: outcome.id ?? null } : {}),
    })
    .where(
      and(
        eq(deliveries.key, delivery.key),
        eq(deliveries.attempts, delivery.attempts),
        inArray(deliveries.state, ['sending', 'unknown']),
      ),
    );
}

/**
 * A supervisor has a failed or unknown delivery sent again, outside the workflow.
 * @returns false when it is neither
 */
export async function retryDelivery(db: Db, key: string, actor: string): Promise<boolean> {
  return decide(db, key, actor, 'retried', { state: 'pending', resendAt: sql`clock_timestamp()` });
}

/**
 * A supervisor has found out that a failed or unknown delivery arrived, or settles that it never will.
 * @returns false when it is neither
 */
export async function settleUnknown(db: Db, key: string, as: 'sent' | 'failed', actor: string): Promise<boolean> {
  return decide(db, key, actor, `settled-${as}`, {
    state: as,
    ...(as === 'sent' ? { sentAt: sql`clock_timestamp()` } : {}),
  });
}

async function decide(db: Db, key: string, actor: string, verb: string, values: object): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .update(deliveries)
      .set({ ...values, updatedAt: sql`clock_timestamp()` })
      .where(and(eq(deliveries.key, key), inArray(deliveries.state, ['failed', 'unknown'])))
      .returning({ ticket: deliveries.ticket });
    if (!row) return false;
    await writeAudit(tx, { actor, action: `delivery:${verb}`, object: row.ticket, detail: { key } });
    return true;
  });
}

export type LinkPurpose = 'progress' | 'survey' | 'revisit';

/**
 * Makes a customer's unguessable link of which only the SHA-256 is kept (G9, G12).
 * @returns the secret, which nobody can read again
 */
export async function createCustomerLink(
  tx: Executor,
  link: { ticket: string; purpose: LinkPurpose; lastsMs: number },
): Promise<string> {
  const secret = newSecret();
  await tx.insert(customerLinks).values({
    tokenHash: secretHash(secret),
    ticket: link.ticket,
    purpose: link.purpose,
    expiresAt: sql`clock_timestamp() + ${link.lastsMs} * interval '1 ms'`,
  });
  return secret;
}
