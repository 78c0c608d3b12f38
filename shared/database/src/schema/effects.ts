import { sql } from 'drizzle-orm';
import type { Choice, AssignInput, Message } from '@duban/contracts';
import {
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { instant, staff } from './people';

const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });

/** Who has which ticket, as assignment counts load: key `ticket:slot:n` (G7; design 7). */
export const claims = pgTable(
  'claims',
  {
    key: text('key').primaryKey(),
    /** Without foreign key: its lock on the ticket's row would meet the projection's in the other order. */
    ticket: text('ticket').notNull(),
    slot: text('slot').notNull(),
    n: integer('n').notNull(),
    staff: text('staff_id')
      .notNull()
      .references(() => staff.id),
    group: text('group_id'),
    reason: text('reason').notNull(),
    /** The reason as codes and numbers. */
    choice: jsonb('choice').$type<Choice>(),
    claimedAt: instant('claimed_at').notNull().defaultNow(),
    releasedAt: instant('released_at'),
  },
  (t) => [
    index('claims_open')
      .on(t.staff)
      .where(sql`released_at is null`),
    index('claims_recent').on(t.staff, t.claimedAt),
    index('claims_ticket').on(t.ticket),
  ],
);

/** Tickets nobody could take yet; the longest-waiting, most urgent goes first. */
export const assignmentQueue = pgTable(
  'assignment_queue',
  {
    key: text('key').primaryKey(),
    ticket: text('ticket').notNull(),
    slot: text('slot').notNull(),
    n: integer('n').notNull(),
    /** Who may take it: the group, unless a role is asked for. */
    group: text('group_id'),
    /** The ladder of groups that may take it, the deciding one first. */
    groups: text('groups').array().notNull().default([]),
    role: text('role'),
    /** The whole AssignInput, so a claim can be made for it when capacity frees. */
    request: jsonb('request').$type<AssignInput>().notNull(),
    priority: text('priority').notNull(),
    since: instant('since').notNull(),
  },
  (t) => [index('assignment_queue_order').on(t.priority, t.since), index('assignment_queue_ticket').on(t.ticket)],
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
    /** The relay that took it sends it until then; afterwards any may. */
    leaseUntil: instant('lease_until'),
    sentAt: instant('sent_at'),
  },
  (t) => [
    index('wakeups_unsent')
      .on(t.id)
      .where(sql`sent_at is null`),
  ],
);

/** In-app notifications (G8). */
export const notifications = pgTable(
  'notifications',
  {
    key: text('key').primaryKey(),
    staff: text('staff_id')
      .notNull()
      .references(() => staff.id),
    ticket: text('ticket').notNull(),
    template: text('template').notNull(),
    data: jsonb('data').$type<Message['data']>().notNull(),
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
    /** The message's codes: with them a person can have it sent again. */
    data: jsonb('data').$type<Message['data']>().notNull(),
    /** A staff number or `customer`; the address is looked up when it is sent. */
    recipient: text('recipient').notNull(),
    state: text('state').notNull().default('pending'),
    attempts: integer('attempts').notNull().default(0),
    lastError: text('last_error'),
    providerId: text('provider_id'),
    /** A person asked for it to be sent again: the notification service does so, outside the workflow. */
    resendAt: instant('resend_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
    sentAt: instant('sent_at'),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    index('deliveries_ticket').on(t.ticket),
    index('deliveries_created').on(t.createdAt, t.key),
    index('deliveries_unsent')
      .on(t.state, t.updatedAt)
      .where(sql`state <> 'sent'`),
  ],
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
  (t) => [
    primaryKey({ columns: [t.ticket, t.part] }),
    index('archives_retain').on(t.retainUntil),
    index('archives_written')
      .on(t.createdAt, t.ticket)
      .where(sql`part = 1`),
  ],
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
