import { and, asc, count, eq, gt, gte, inArray, or, sql } from 'drizzle-orm';
import type { BookSlotInput, BookSlotResult } from '@duban/contracts';
import type { Executor } from './connection';
import { serviceBookings, serviceKinds, serviceSlots } from './schema';

export type ServiceKindRow = typeof serviceKinds.$inferSelect;
export type ServiceSlot = typeof serviceSlots.$inferSelect;

export async function listServiceKinds(db: Executor): Promise<ServiceKindRow[]> {
  return db.select().from(serviceKinds).orderBy(asc(serviceKinds.id));
}

export async function findServiceKind(db: Executor, id: string): Promise<ServiceKindRow | undefined> {
  return (await db.select().from(serviceKinds).where(eq(serviceKinds.id, id)))[0];
}

/** Creates or changes what can be accepted (B1); tickets keep what they began with. */
export async function putServiceKind(db: Executor, values: ServiceKindRow): Promise<void> {
  const { id: _, ...rest } = values;
  await db.insert(serviceKinds).values(values).onConflictDoUpdate({ target: serviceKinds.id, set: rest });
}

export async function findSlot(db: Executor, id: string): Promise<ServiceSlot | undefined> {
  return (await db.select().from(serviceSlots).where(eq(serviceSlots.id, id)))[0];
}

/** Creates or changes a slot. Throws a unique violation when its service has another that begins at the same time. */
export async function putSlot(db: Executor, values: ServiceSlot): Promise<void> {
  const { id: _, service: __, ...rest } = values;
  await db.insert(serviceSlots).values(values).onConflictDoUpdate({ target: serviceSlots.id, set: rest });
}

/** Another slot of the service that begins at this instant. */
export async function slotAt(db: Executor, slot: Pick<ServiceSlot, 'id' | 'service' | 'startsAt'>) {
  const same = and(eq(serviceSlots.service, slot.service), eq(serviceSlots.startsAt, slot.startsAt));
  const rows = await db
    .select({ id: serviceSlots.id })
    .from(serviceSlots)
    .where(and(same, sql`${serviceSlots.id} <> ${slot.id}`));
  return rows[0]?.id;
}

const taken = (db: Executor) =>
  db
    .select({ slot: serviceBookings.slot, taken: count().as('taken') })
    .from(serviceBookings)
    .groupBy(serviceBookings.slot)
    .as('taken');

/** Slots of a service from an instant on, in order of time; with `free`, only those that can still be had. */
export async function listSlots(
  db: Executor,
  query: { service: string; from: Date; free: boolean; after?: { at: Date; id: string }; limit: number },
): Promise<Array<ServiceSlot & { booked: number }>> {
  const bookings = taken(db);
  const booked = sql<number>`coalesce(${bookings.taken}, 0)::int`;
  const { after } = query;
  const rows = await db
    .select({ slot: serviceSlots, booked })
    .from(serviceSlots)
    .leftJoin(bookings, eq(bookings.slot, serviceSlots.id))
    .where(
      and(
        eq(serviceSlots.service, query.service),
        gte(serviceSlots.startsAt, query.from),
        query.free ? and(eq(serviceSlots.open, true), sql`${booked} < ${serviceSlots.capacity}`) : undefined,
        after
          ? or(
              gt(serviceSlots.startsAt, after.at),
              and(eq(serviceSlots.startsAt, after.at), gt(serviceSlots.id, after.id)),
            )
          : undefined,
      ),
    )
    .orderBy(asc(serviceSlots.startsAt), asc(serviceSlots.id))
    .limit(query.limit);
  return rows.map(({ slot, booked: n }) => ({ ...slot, booked: n }));
}

/** How many tickets have each of these slots; those that nobody has are left out. */
export async function bookedOf(db: Executor, ids: string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({ slot: serviceBookings.slot, n: count() })
    .from(serviceBookings)
    .where(inArray(serviceBookings.slot, ids))
    .groupBy(serviceBookings.slot);
  return new Map(rows.map(({ slot, n }) => [slot, n]));
}

/**
 * Gives a ticket this slot instead of the one it may have (B1). The slot's row is locked, so of two who want the last
 * place one gets it; for a ticket that has it already nothing changes. `at` is the present of whoever asks.
 */
export async function bookSlot(tx: Executor, { ticket, slot: id }: BookSlotInput, at: Date): Promise<BookSlotResult> {
  const [slot] = await tx.select().from(serviceSlots).where(eq(serviceSlots.id, id)).for('update');
  if (!slot) return { booked: false, reason: 'slot-closed' };
  const times = { startsAt: slot.startsAt.getTime(), endsAt: slot.endsAt.getTime() };
  const holders = await tx
    .select({ ticket: serviceBookings.ticket })
    .from(serviceBookings)
    .where(eq(serviceBookings.slot, id));
  if (holders.some((holder) => holder.ticket === ticket)) return { booked: true, ...times };
  const refusal = slotRefusal(slot, holders.length, at);
  if (refusal) return { booked: false, reason: refusal };
  await tx
    .insert(serviceBookings)
    .values({ ticket, slot: id })
    .onConflictDoUpdate({ target: serviceBookings.ticket, set: { slot: id, bookedAt: sql`now()` } });
  return { booked: true, ...times };
}

/** Why a slot is not to be had; null when it is. */
export function slotRefusal(slot: ServiceSlot, booked: number, at: Date) {
  if (!slot.open) return 'slot-closed' as const;
  if (slot.startsAt <= at) return 'slot-past' as const;
  return booked >= slot.capacity ? ('slot-full' as const) : null;
}

/** The ticket keeps no slot; again, nothing more happens. */
export async function releaseSlot(tx: Executor, ticket: string): Promise<void> {
  await tx.delete(serviceBookings).where(eq(serviceBookings.ticket, ticket));
}
