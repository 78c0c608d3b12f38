import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { instant } from './people';

/**
 * Where other systems want to hear of tickets (issue 4, section 12). The signing secret is nowhere: it is derived from
 * the centre's own by id and version.
 */
export const webhookEndpoints = pgTable('webhook_endpoints', {
  id: text('id').primaryKey(),
  url: text('url').notNull(),
  description: text('description').notNull().default(''),
  /** Kinds of timeline entry; none named means all. */
  kinds: text('kinds').array().notNull().default([]),
  enabled: boolean('enabled').notNull().default(true),
  secretVersion: integer('secret_version').notNull().default(1),
  createdBy: text('created_by').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  /** Since when nothing has got through. */
  failingSince: instant('failing_since'),
  /** Nothing is tried before: it does not answer. */
  retryAt: instant('retry_at'),
  /** Why it was disabled by itself. */
  disabledFor: text('disabled_for'),
  /** The workflow was called at; it is not called again for some seconds. */
  calledAt: instant('called_at'),
});

/**
 * One row for each entry of a timeline and each enabled endpoint that wants it, written by a trigger in the entry's own
 * transaction (guards.sql); queue and delivery log in one.
 */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    endpoint: text('endpoint')
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: 'cascade' }),
    /** Without foreign key: its lock on the ticket's row would meet the projection's in the other order. */
    ticket: text('ticket').notNull(),
    revision: integer('revision').notNull(),
    index: integer('idx').notNull(),
    at: instant('at').notNull(),
    kind: text('kind').notNull(),
    actor: text('actor'),
    data: jsonb('data'),
    state: text('state').notNull().default('pending'),
    attempts: integer('attempts').notNull().default(0),
    /** How often a person had it sent again. */
    replays: integer('replays').notNull().default(0),
    responseStatus: integer('response_status'),
    lastError: text('last_error'),
    queuedAt: instant('queued_at').notNull().defaultNow(),
    nextAttemptAt: instant('next_attempt_at').notNull().defaultNow(),
    leaseUntil: instant('lease_until'),
    settledAt: instant('settled_at'),
  },
  (t) => [
    // An entry is one event for an endpoint, however often it is queued.
    uniqueIndex('webhook_deliveries_event').on(t.endpoint, t.ticket, t.revision, t.index),
    index('webhook_deliveries_log').on(t.endpoint, t.id),
    index('webhook_deliveries_due')
      .on(t.endpoint, t.nextAttemptAt)
      .where(sql`state = 'pending'`),
  ],
);
