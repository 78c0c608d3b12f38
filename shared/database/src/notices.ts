import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm';
import type { Executor } from './connection';
import { deliveries, notifications } from './schema';

/** A person's in-app notifications, newest first, and how many are unread. */
export async function listNotifications(
  db: Executor,
  staff: string,
  filter: { unread: boolean; before?: Date; limit: number },
) {
  const unreadOnly = and(eq(notifications.staff, staff), isNull(notifications.readAt));
  const rows = await db
    .select()
    .from(notifications)
    .where(
      and(
        filter.unread ? unreadOnly : eq(notifications.staff, staff),
        filter.before && lt(notifications.createdAt, filter.before),
      ),
    )
    .orderBy(desc(notifications.createdAt))
    .limit(filter.limit);
  const counted = await db
    .select({ n: sql<number>`count(*)::int` })
    .from(notifications)
    .where(unreadOnly);
  return { rows, unread: counted[0]?.n ?? 0 };
}

/** False when this person has no such notification. */
export async function markNotificationRead(db: Executor, staff: string, key: string): Promise<boolean> {
  const rows = await db
    .update(notifications)
    .set({ readAt: sql`coalesce(${notifications.readAt}, clock_timestamp())` })
    .where(and(eq(notifications.key, key), eq(notifications.staff, staff)))
    .returning({ key: notifications.key });
  return rows.length > 0;
}

export interface DeliveryFilter {
  state?: string;
  ticket?: string;
  /** Deliveries before this one, by creation and key. */
  after?: { at: string; key: string };
  limit: number;
}

/** The delivery log, newest first, without message data and provider ids. */
export async function listDeliveries(db: Executor, filter: DeliveryFilter) {
  const { after } = filter;
  const { data: _data, providerId: _id, resendAt: _resend, ...columns } = columnsOf();
  return db
    .select(columns)
    .from(deliveries)
    .where(
      and(
        filter.state === undefined ? undefined : eq(deliveries.state, filter.state),
        filter.ticket === undefined ? undefined : eq(deliveries.ticket, filter.ticket),
        after && sql`(${deliveries.createdAt}, ${deliveries.key}) < (${after.at}::timestamptz, ${after.key})`,
      ),
    )
    .orderBy(desc(deliveries.createdAt), desc(deliveries.key))
    .limit(filter.limit);
}

export async function findDelivery(db: Executor, key: string) {
  return (await db.select().from(deliveries).where(eq(deliveries.key, key)))[0];
}

function columnsOf() {
  const { key, ticket, channel, template, data, recipient, state, attempts, lastError } = deliveries;
  const { providerId, resendAt, createdAt, sentAt, updatedAt } = deliveries;
  return {
    ...{ key, ticket, channel, template, data, recipient, state, attempts, lastError },
    ...{ providerId, resendAt, createdAt, sentAt, updatedAt },
  };
}
