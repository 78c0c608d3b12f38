import { sql } from 'drizzle-orm';
import { boolean, customType, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { instant, staff } from './people';
import { tickets } from './tickets';

const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });

/** Who has which ticket, as assignment counts load: key `ticket:slot:n` (G7; design 7). */
export const claims = pgTable(
  'claims',
  {
    key: text('key').primaryKey(),
    ticket: text('ticket').notNull().references(() => tickets.number),
    slot: text('slot').notNull(),
    n: integer('n').notNull(),
    staff: text('staff_id').notNull().references(() => staff.id),
    group: text('group_id'),
    reason: text('reason').notNull(),
    claimedAt: instant('claimed_at').notNull().defaultNow(),
    releasedAt: instant('released_at'),
  },
  (t) => [
    index('claims_open').on(t.staff).where(sql`released_at is null`),
    index('claims_ticket').on(t.ticket),
  ],
);

/** Tickets nobody could take yet; the longest-waiting, most urgent goes first. */
export const assignmentQueue = pgTable(
  'assignment_queue',
  {
    key: text('key').primaryKey(),
    ticket: text('ticket').notNull().references(() => tickets.number),
    slot: text('slot').notNull(),
    n: integer('n').notNull(),
    /** The whole AssignInput, so a claim can be made for it when capacity frees. */
    request: jsonb('request').notNull(),
    priority: text('priority').notNull(),
    since: instant('since').notNull(),
  },
  (t) => [index('assignment_queue_order').on(t.priority, t.since)],
);

/** Signals to send to workflows, queued in the transaction that causes them. */
export const wakeups = pgTable(
  'wakeups',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    ticket: text('ticket').notNull(),
    signal: text('signal').notNull(),
    payload: jsonb('payload').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    sentAt: instant('sent_at'),
  },
  (t) => [index('wakeups_unsent').on(t.id).where(sql`sent_at is null`)],
);

/** In-app notifications (G8). */
export const notifications = pgTable(
  'notifications',
  {
    key: text('key').primaryKey(),
    staff: text('staff_id').notNull().references(() => staff.id),
    ticket: text('ticket').notNull(),
    template: text('template').notNull(),
    data: jsonb('data').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    readAt: instant('read_at'),
  },
  (t) => [index('notifications_staff').on(t.staff, t.createdAt), index('notifications_ticket').on(t.ticket)],
);

/** What leaves the building: pending → sending → sent | failed | unknown (design 8). */
export const deliveries = pgTable(
  'deliveries',
  {
    key: text('key').primaryKey(),
    ticket: text('ticket').notNull(),
    channel: text('channel').notNull(),
    template: text('template').notNull(),
    recipient: text('recipient').notNull(),
    state: text('state').notNull().default('pending'),
    attempts: integer('attempts').notNull().default(0),
    lastError: text('last_error'),
    providerId: text('provider_id'),
    createdAt: instant('created_at').notNull().defaultNow(),
    sentAt: instant('sent_at'),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [index('deliveries_ticket').on(t.ticket), index('deliveries_state').on(t.state)],
);

/** Closed tickets' bundles, immutable by trigger until their date (G14). */
export const archives = pgTable(
  'archives',
  {
    ticket: text('ticket').notNull(),
    part: integer('part').notNull(),
    process: text('process').notNull(),
    sha256: text('sha256').notNull(),
    body: bytea('body').notNull(),
    retainUntil: instant('retain_until').notNull(),
    legalHold: boolean('legal_hold').notNull().default(false),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.ticket, t.part] }), index('archives_retain').on(t.retainUntil)],
);

/** What was purged, when, and the digest it had. */
export const purgeCertificates = pgTable(
  'purge_certificates',
  {
    ticket: text('ticket').notNull(),
    part: integer('part').notNull(),
    sha256: text('sha256').notNull(),
    purgedAt: instant('purged_at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('purge_certificates_part').on(t.ticket, t.part)],
);
