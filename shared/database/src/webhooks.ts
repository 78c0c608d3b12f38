import { and, asc, desc, eq, lt, sql } from 'drizzle-orm';
import type { Db, Executor } from './connection';
import { notifications, staff, webhookDeliveries, webhookEndpoints } from './schema';

export type WebhookEndpoint = typeof webhookEndpoints.$inferSelect;
export type WebhookDelivery = typeof webhookDeliveries.$inferSelect;

/** Waits after the 1st, 2nd … attempt; the last is repeated until the event is given up. */
const BACKOFF_S = [5, 30, 120, 600, 1_800, 3_600];
/** An event is tried for three days: a receiver may be away for a weekend. */
const GIVEN_UP_MS = 3 * 86_400_000;
/** An endpoint that nothing gets through to for so long is disabled. */
const DISABLED_AFTER_MS = 5 * 86_400_000;
/** How long the log of what is settled is kept. */
const LOG_DAYS = 30;
/** Longer than an attempt may take. */
const LEASE_S = 30;
/** A called workflow takes its work within moments. */
const CALL_S = 5;

export async function listWebhookEndpoints(db: Executor): Promise<WebhookEndpoint[]> {
  return db.select().from(webhookEndpoints).orderBy(asc(webhookEndpoints.createdAt), asc(webhookEndpoints.id));
}

export async function findWebhookEndpoint(db: Executor, id: string): Promise<WebhookEndpoint | undefined> {
  return (await db.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, id)))[0];
}

export async function createWebhookEndpoint(
  db: Executor,
  values: Pick<WebhookEndpoint, 'id' | 'url' | 'description' | 'kinds' | 'enabled' | 'createdBy'>,
): Promise<WebhookEndpoint> {
  return (await db.insert(webhookEndpoints).values(values).returning())[0]!;
}

/** Enabled again, or led elsewhere, it begins with a clean record. */
export async function updateWebhookEndpoint(
  db: Executor,
  id: string,
  values: Partial<Pick<WebhookEndpoint, 'url' | 'description' | 'kinds' | 'enabled'>>,
): Promise<WebhookEndpoint | undefined> {
  const afresh =
    values.url !== undefined || values.enabled ? { failingSince: null, retryAt: null, disabledFor: null } : {};
  const rows = await db
    .update(webhookEndpoints)
    .set({ ...values, ...afresh })
    .where(eq(webhookEndpoints.id, id))
    .returning();
  return rows[0];
}

/** The next secret: what is signed from now on can't be checked by the old one. */
export async function rotateWebhookSecret(db: Executor, id: string): Promise<WebhookEndpoint | undefined> {
  const next = { secretVersion: sql`${webhookEndpoints.secretVersion} + 1` };
  return (await db.update(webhookEndpoints).set(next).where(eq(webhookEndpoints.id, id)).returning())[0];
}

/** With its log. False when it was gone. */
export async function deleteWebhookEndpoint(db: Executor, id: string): Promise<boolean> {
  const rows = await db
    .delete(webhookEndpoints)
    .where(eq(webhookEndpoints.id, id))
    .returning({ id: webhookEndpoints.id });
  return rows.length > 0;
}

/** The delivery log of one endpoint, newest first, before `before`. */
export async function listWebhookDeliveries(
  db: Executor,
  filter: { endpoint: string; state?: string; ticket?: string; before?: number; limit: number },
): Promise<WebhookDelivery[]> {
  const { endpoint, state, ticket, before, limit } = filter;
  return db
    .select()
    .from(webhookDeliveries)
    .where(
      and(
        eq(webhookDeliveries.endpoint, endpoint),
        state === undefined ? undefined : eq(webhookDeliveries.state, state),
        ticket === undefined ? undefined : eq(webhookDeliveries.ticket, ticket),
        before === undefined ? undefined : lt(webhookDeliveries.id, before),
      ),
    )
    .orderBy(desc(webhookDeliveries.id))
    .limit(limit);
}

/** Queues one settled event again, under the id it had. False when it still waits. */
export async function replayWebhookDelivery(db: Executor, endpoint: string, id: number): Promise<boolean> {
  const rows = await db
    .update(webhookDeliveries)
    .set(queuedAgain)
    .where(
      and(
        eq(webhookDeliveries.id, id),
        eq(webhookDeliveries.endpoint, endpoint),
        sql`${webhookDeliveries.state} <> 'pending'`,
      ),
    )
    .returning({ id: webhookDeliveries.id });
  return rows.length > 0;
}

const queuedAgain = {
  state: 'pending',
  attempts: 0,
  replays: sql`${webhookDeliveries.replays} + 1`,
  queuedAt: sql`clock_timestamp()`,
  nextAttemptAt: sql`clock_timestamp()`,
  leaseUntil: null,
  settledAt: null,
};

/**
 * Queues all that happened in a time (from included, to not) and that this endpoint wants: what was sent, what was given
 * up, and what was never queued because it did not exist or was disabled then. What waits already is left alone.
 * @returns how many were queued
 */
export async function replayWebhookEvents(db: Executor, endpoint: string, from: Date, to: Date): Promise<number> {
  const rows = await db.execute(sql`
    insert into webhook_deliveries as d (endpoint, ticket, revision, idx, at, kind, actor, data)
    select e.id, t.ticket, t.revision, t.idx, t.at, t.kind, t.actor, t.data
    from timeline t join webhook_endpoints e on e.kinds = '{}' or t.kind = any(e.kinds)
    where e.id = ${endpoint} and t.at >= ${from.toISOString()}::timestamptz and t.at < ${to.toISOString()}::timestamptz
    order by t.at, t.ticket, t.revision, t.idx
    on conflict (endpoint, ticket, revision, idx) do update set
      state = 'pending', attempts = 0, replays = d.replays + 1, queued_at = clock_timestamp(),
      next_attempt_at = clock_timestamp(), lease_until = null, settled_at = null
    where d.state <> 'pending'
    returning id`);
  return rows.length;
}

/** Endpoints with something due, each named to one caller within some seconds: their workflows are to be called. */
export async function callableWebhookEndpoints(db: Db): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    update webhook_endpoints e set called_at = clock_timestamp()
    where e.enabled
      and (e.retry_at is null or e.retry_at <= clock_timestamp())
      and (e.called_at is null or e.called_at <= clock_timestamp() - ${CALL_S} * interval '1 s')
      and exists (
        select 1 from webhook_deliveries d
        where d.endpoint = e.id and d.state = 'pending' and d.next_attempt_at <= clock_timestamp()
          and (d.lease_until is null or d.lease_until <= clock_timestamp())
      )
    returning e.id`);
  return rows.map(({ id }) => id);
}

/** Takes the next due event of an endpoint for one attempt; undefined when none is due, or it is not to be tried now. */
export async function takeWebhookDelivery(
  db: Db,
  endpoint: string,
): Promise<{ delivery: WebhookDelivery; url: string; secretVersion: number } | undefined> {
  const due = sql`id = (
    select d.id from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint
    where e.id = ${endpoint} and e.enabled and (e.retry_at is null or e.retry_at <= clock_timestamp())
      and d.state = 'pending' and d.next_attempt_at <= clock_timestamp()
      and (d.lease_until is null or d.lease_until <= clock_timestamp())
    order by d.next_attempt_at, d.id limit 1 for update of d skip locked)`;
  const [delivery] = await db
    .update(webhookDeliveries)
    .set({
      attempts: sql`${webhookDeliveries.attempts} + 1`,
      leaseUntil: sql`clock_timestamp() + ${LEASE_S} * interval '1 s'`,
    })
    .where(due)
    .returning();
  const found = delivery && (await findWebhookEndpoint(db, endpoint));
  return found && { delivery, url: found.url, secretVersion: found.secretVersion };
}

/** What came of an attempt. `answered`: the receiver is there and refused this event; else nothing gets through now. */
export type WebhookOutcome = { status: number | null } & (
  { state: 'sent' } | { state: 'failed'; error: string; answered: boolean; gone?: boolean }
);

/**
 * Writes what came of an attempt. A failed one is tried again later, for three days; an endpoint that does not answer
 * rests meanwhile; one that nothing got through to for five days, or that says it is gone, is disabled and the
 * administrators are told.
 * @returns whether the endpoint was disabled by it
 */
export async function settleWebhookDelivery(
  db: Db,
  { id, endpoint, attempts, queuedAt }: WebhookDelivery,
  outcome: WebhookOutcome,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const now = sql`clock_timestamp()`;
    const waitS = BACKOFF_S[Math.min(attempts, BACKOFF_S.length) - 1]!;
    const later = sql`clock_timestamp() + ${waitS} * interval '1 s'`;
    const sent = outcome.state === 'sent';
    const over = sent || Date.now() - queuedAt.getTime() > GIVEN_UP_MS;
    await tx
      .update(webhookDeliveries)
      .set({
        state: sent ? 'sent' : over ? 'failed' : 'pending',
        responseStatus: outcome.status,
        lastError: sent ? null : outcome.error,
        leaseUntil: null,
        nextAttemptAt: later,
        ...(over ? { settledAt: now } : {}),
      })
      // Queued again by a person meanwhile, it counts from there.
      .where(and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.attempts, attempts)));
    if (sent) {
      await tx
        .update(webhookEndpoints)
        .set({ failingSince: null, retryAt: null })
        .where(and(eq(webhookEndpoints.id, endpoint), sql`${webhookEndpoints.failingSince} is not null`));
      return false;
    }
    const [row] = await tx
      .update(webhookEndpoints)
      .set({
        failingSince: sql`coalesce(${webhookEndpoints.failingSince}, clock_timestamp())`,
        ...(outcome.answered ? {} : { retryAt: later }),
      })
      .where(and(eq(webhookEndpoints.id, endpoint), webhookEndpoints.enabled))
      .returning();
    if (!row) return false;
    const failingMs = Date.now() - row.failingSince!.getTime();
    if (!outcome.gone && failingMs < DISABLED_AFTER_MS) return false;
    const disabledFor = outcome.gone ? 'gone' : 'failing';
    await tx.update(webhookEndpoints).set({ enabled: false, disabledFor }).where(eq(webhookEndpoints.id, endpoint));
    const administrators = await tx
      .select({ id: staff.id })
      .from(staff)
      .where(sql`'administrator' = any(${staff.roles}) and ${staff.active}`);
    for (const { id: administrator } of administrators)
      await tx.insert(notifications).values({
        key: `${endpoint}:webhook-disabled:${id}-${attempts}:in-app:${administrator}`,
        ...{ staff: administrator, ticket: endpoint, template: 'webhook-disabled', data: { reason: disabledFor } },
      });
    return true;
  });
}

/** When the endpoint's next event falls due, UTC ms; null when none waits or it is disabled. */
export async function nextWebhookAttempt(db: Db, endpoint: string): Promise<number | null> {
  const [row] = await db.execute<{ ms: number | null }>(sql`
    select (extract(epoch from min(greatest(d.next_attempt_at, d.lease_until, e.retry_at))) * 1000)::float8 as ms
    from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint
    where e.id = ${endpoint} and e.enabled and d.state = 'pending'`);
  return typeof row?.ms === 'number' ? Math.ceil(row.ms) : null;
}

/** Drops what has been settled for a month from an endpoint's log. */
export async function trimWebhookLog(db: Db, endpoint: string): Promise<void> {
  await db.execute(sql`
    delete from webhook_deliveries
    where endpoint = ${endpoint} and settled_at < clock_timestamp() - ${LOG_DAYS} * interval '1 day'`);
}
