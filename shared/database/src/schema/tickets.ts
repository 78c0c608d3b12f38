import { sql } from 'drizzle-orm';
import type { Snapshot } from '@duban/contracts';
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { customers, instant } from './people';

/** Serial numbers without gaps: the row is locked by the intake transaction (G3). */
export const serials = pgTable('serials', {
  series: text('series').primaryKey(),
  last: integer('last').notNull(),
});

/** One customer matter: its material, and the projection of its workflow's state for lists (design "Truth"). */
export const tickets = pgTable(
  'tickets',
  {
    number: text('number').primaryKey(),
    process: text('process').notNull(),
    type: text('type').notNull(),
    category: text('category').notNull(),
    priority: text('priority').notNull(),
    customer: text('customer_id')
      .notNull()
      .references(() => customers.id),
    channel: text('channel').notNull(),
    subject: text('subject').notNull(),
    content: text('content').notNull(),
    /** Everything else of the intake form. */
    form: jsonb('form').notNull().default({}),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
    policy: text('policy_id').notNull(),
    policyVersion: integer('policy_version').notNull(),
    /** Set before the first start is sent; forbids a second one (design 12). */
    startedAt: instant('started_at'),
    // projection: written only from a snapshot with a newer revision
    revision: integer('revision').notNull().default(0),
    status: text('status').notNull().default('awaiting-assignment'),
    stage: text('stage').notNull().default('dispatching'),
    outcome: text('outcome'),
    group: text('group_id'),
    handler: text('handler'),
    supporters: text('supporters').array().notNull().default([]),
    departments: text('departments').array().notNull().default([]),
    overdue: boolean('overdue').notNull().default(false),
    nearlyOverdue: boolean('nearly_overdue').notNull().default(false),
    breaches: integer('breaches').notNull().default(0),
    nextDueAt: instant('next_due_at'),
    closedAt: instant('closed_at'),
    archived: boolean('archived').notNull().default(false),
    snapshot: jsonb('snapshot').$type<Snapshot>(),
    search: text('search').notNull().default(''),
  },
  (t) => [
    index('tickets_open_due')
      .on(sql`coalesce(${t.nextDueAt}, 'infinity'::timestamptz)`, t.number)
      .where(sql`closed_at is null`),
    index('tickets_created').on(t.createdAt, t.number),
    index('tickets_handler_open')
      .on(t.handler, t.createdAt, t.number)
      .where(sql`closed_at is null`),
    index('tickets_handler_all').on(t.handler, t.createdAt, t.number),
    index('tickets_supporters')
      .using('gin', t.supporters)
      .where(sql`supporters <> '{}'`),
    // One for each way to be allowed to see a ticket (lists.ts): an OR of them becomes one bitmap.
    index('tickets_creator').on(t.createdBy, t.createdAt),
    index('tickets_group_lead')
      .on(sql`(snapshot->'facts'->>'groupLead')`)
      .where(sql`process = 'complaint'`),
    index('tickets_group_members')
      .using('gin', sql`(snapshot->'facts'->'groupMembers')`)
      .where(sql`process = 'complaint'`),
    index('tickets_alarmed')
      .using('gin', sql`(snapshot->'facts'->'told')`)
      .where(sql`process = 'emergency'`),
    index('tickets_revisits')
      .on(t.createdAt)
      .where(sql`stage in ('revisiting', 'following-up')`),
    index('tickets_of_revisits')
      .on(t.createdAt)
      .where(sql`process = 'revisit'`),
    index('tickets_checked_agent')
      .on(sql`(snapshot->'facts'->>'checkedAgent')`)
      .where(sql`process = 'quality-check'`),
    index('tickets_committee')
      .on(t.createdAt)
      .where(sql`process = 'escalation' and (breaches > 0 or snapshot->'clocks' @> '[{"name": "ruling"}]')`),
    index('tickets_status').on(t.status, t.createdAt, t.number),
    index('tickets_category').on(t.category, t.createdAt, t.number),
    index('tickets_overdue')
      .on(t.createdAt, t.number)
      .where(sql`overdue and closed_at is null`),
    index('tickets_nearly')
      .on(t.createdAt, t.number)
      .where(sql`nearly_overdue and not overdue and closed_at is null`),
    index('tickets_customer').on(t.customer, t.createdAt),
    // What after-sales ended with, for process improvement (A1).
    index('tickets_after_sales')
      .on(t.createdAt)
      .where(sql`process = 'after-sales'`),
    index('tickets_departments').using('gin', t.departments),
    index('tickets_open_created')
      .on(t.createdAt, t.number)
      .where(sql`closed_at is null`),
    // Nearly over: what stays here long is stuck.
    index('tickets_archiving')
      .on(t.closedAt)
      .where(sql`stage = 'archiving' and not archived`),
    index('tickets_unstarted')
      .on(t.createdAt)
      .where(sql`revision = 0`),
    index('tickets_search').using('gin', sql`to_tsvector('simple', search)`),
  ],
);

/** Tickets that belong together, one row a direction. */
export const ticketLinks = pgTable(
  'ticket_links',
  {
    ticket: text('ticket')
      .notNull()
      .references(() => tickets.number),
    other: text('other')
      .notNull()
      .references(() => tickets.number),
    kind: text('kind').notNull(),
    /** `origin:stepId` of the step that made the linked ticket: made once. */
    key: text('key'),
  },
  (t) => [
    primaryKey({ columns: [t.ticket, t.other, t.kind] }),
    uniqueIndex('ticket_links_key')
      .on(t.key)
      .where(sql`key is not null`),
  ],
);

/** The step log, written ahead (design 1–3). `seq` is commit order within a ticket. */
export const steps = pgTable(
  'steps',
  {
    id: text('id').primaryKey(),
    seq: bigint('seq', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    ticket: text('ticket')
      .notNull()
      .references(() => tickets.number),
    /** Step name; `start` is the intake itself. */
    step: text('step').notNull(),
    actor: jsonb('actor').notNull(),
    actorId: text('actor_id').notNull(),
    origin: text('origin').notNull(),
    command: jsonb('command').notNull().default({}),
    material: jsonb('material').notNull().default({}),
    /** Digest of the request's body: another body under the same key is refused. */
    bodyHash: text('body_hash'),
    seenRevision: integer('seen_revision'),
    state: text('state').notNull().default('pending'),
    attempts: integer('attempts').notNull().default(0),
    /** Who may send it until when: the one deliverer of design 2. */
    leaseOwner: text('lease_owner'),
    leaseUntil: instant('lease_until'),
    nextAttemptAt: instant('next_attempt_at').notNull().defaultNow(),
    takenAt: instant('taken_at').notNull(),
    sentAt: instant('sent_at'),
    settledAt: instant('settled_at'),
    revision: integer('revision'),
    refusal: jsonb('refusal'),
    lastError: text('last_error'),
    trace: text('trace'),
  },
  (t) => [
    index('steps_ticket').on(t.ticket, t.seq),
    index('steps_actor')
      .on(t.actorId, t.ticket)
      .where(sql`state = 'applied' and step <> 'start'`),
    index('steps_surveys')
      .on(t.takenAt)
      .where(sql`step = 'submit-survey'`),
    index('steps_pending')
      .on(t.nextAttemptAt, t.seq)
      .where(sql`state in ('pending','sent')`),
  ],
);

/** Texts and evidence that departments' systems store before they signal (design 6). */
export const materials = pgTable(
  'materials',
  {
    id: text('id').primaryKey(),
    ticket: text('ticket')
      .notNull()
      .references(() => tickets.number),
    kind: text('kind').notNull(),
    body: jsonb('body').notNull(),
    sha256: text('sha256').notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [index('materials_ticket').on(t.ticket)],
);

/** What happened, as codes; texts come from `steps` by id. */
export const timeline = pgTable(
  'timeline',
  {
    ticket: text('ticket')
      .notNull()
      .references(() => tickets.number),
    revision: integer('revision').notNull(),
    index: integer('idx').notNull(),
    at: instant('at').notNull(),
    kind: text('kind').notNull(),
    actor: text('actor'),
    step: text('step_id'),
    data: jsonb('data'),
  },
  (t) => [
    primaryKey({ columns: [t.ticket, t.revision, t.index] }),
    // Small, and cheap to keep: rows come nearly in order of time. For the replay of what happened in a time.
    index('timeline_at').using('brin', t.at),
    index('timeline_breached')
      .on(t.at)
      .where(sql`kind = 'breached'`),
    index('timeline_withdrawn')
      .on(t.ticket)
      .where(sql`kind = 'breach-withdrawn'`),
  ],
);

/** The customer's unguessable links: progress and survey (G9, G12). */
export const customerLinks = pgTable('customer_links', {
  tokenHash: text('token_hash').primaryKey(),
  ticket: text('ticket')
    .notNull()
    .references(() => tickets.number),
  purpose: text('purpose').notNull(),
  expiresAt: instant('expires_at').notNull(),
});

/** Daily report rows (G15). */
export const dailyReports = pgTable(
  'daily_reports',
  {
    day: text('day').notNull(),
    process: text('process').notNull(),
    measure: text('measure').notNull(),
    value: jsonb('value').notNull(),
    madeAt: instant('made_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.day, t.process, t.measure] })],
);
