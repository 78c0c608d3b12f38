import { sql } from 'drizzle-orm';
import { boolean, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { customers, instant } from './people';

/** Telephone calls (P3): from the telephone system's events, or written down by hand. */
export const calls = pgTable(
  'calls',
  {
    id: text('id').primaryKey(),
    /** The telephone system's own id; null for one written down by hand. */
    externalId: text('external_id'),
    direction: text('direction').$type<'inbound' | 'outbound'>().notNull(),
    /** The customer's number as E.164; null where it was withheld. */
    phone: text('phone'),
    extension: text('extension'),
    agent: text('agent'),
    customer: text('customer_id').references(() => customers.id),
    ticket: text('ticket'),
    startedAt: instant('started_at').notNull(),
    ringingAt: instant('ringing_at'),
    answeredAt: instant('answered_at'),
    endedAt: instant('ended_at'),
    /** Answered within three rings, which are 15 s; null until it is answered or ended (P3). */
    answeredInTime: boolean('answered_in_time'),
    /** Where the telephone system keeps the recording. */
    recording: text('recording'),
    /** There was a recording, but the customer does not consent to one. */
    recordingWithheld: boolean('recording_withheld').notNull().default(false),
    /** What it was about: the activity record after a call. */
    category: text('category'),
    note: text('note'),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('calls_external')
      .on(t.externalId)
      .where(sql`external_id is not null`),
    index('calls_customer').on(t.customer, t.startedAt),
    index('calls_ticket').on(t.ticket, t.startedAt),
    index('calls_agent').on(t.agent, t.startedAt),
    index('calls_started').on(t.startedAt, t.id),
    index('calls_rung')
      .on(t.ringingAt)
      .where(sql`direction = 'inbound'`),
  ],
);

/** Events of the telephone system that were taken in, each once by its id; codes only. */
export const callEvents = pgTable(
  'call_events',
  {
    id: text('id').primaryKey(),
    call: text('call_id')
      .notNull()
      .references(() => calls.id),
    type: text('type').notNull(),
    at: instant('at').notNull(),
    receivedAt: instant('received_at').notNull().defaultNow(),
  },
  (t) => [index('call_events_call').on(t.call)],
);
