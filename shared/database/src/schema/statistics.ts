import { sql } from 'drizzle-orm';
import { boolean, index, integer, pgTable, smallint, text } from 'drizzle-orm/pg-core';
import { instant } from './people';

/**
 * What statistics count of a ticket, narrow and without texts (G15). A trigger keeps it in the projection's own
 * transaction (guards.sql); `rebuildTicketFacts` makes all of it anew. Nobody writes it otherwise.
 */
export const ticketFacts = pgTable(
  'ticket_facts',
  {
    ticket: text('ticket').primaryKey(),
    process: text('process').notNull(),
    type: text('type').notNull(),
    category: text('category').notNull(),
    priority: text('priority').notNull(),
    channel: text('channel').notNull(),
    group: text('group_id'),
    handler: text('handler'),
    departments: text('departments').array().notNull(),
    createdAt: instant('created_at').notNull(),
    closedAt: instant('closed_at'),
    outcome: text('outcome'),
    /** A clock that still runs has run out. */
    overdue: boolean('overdue').notNull(),
    /** Goes on with a ticket that was closed before. */
    reopens: boolean('reopens').notNull(),
    /** From intake to the first answer. */
    firstResponseSeconds: integer('first_response_seconds'),
    /** Names of clocks that were kept, once for each run. */
    met: text('met').array().notNull(),
    /** Names of clocks that ran out, once for each run. */
    breached: text('breached').array().notNull(),
    grade: text('grade'),
    efficiency: smallint('efficiency'),
    attitude: smallint('attitude'),
    solution: smallint('solution'),
    followUp: boolean('follow_up').notNull(),
  },
  (t) => [
    index('ticket_facts_created').on(t.createdAt),
    index('ticket_facts_closed')
      .on(t.closedAt)
      .where(sql`closed_at is not null`),
    index('ticket_facts_open')
      .on(t.createdAt)
      .where(sql`closed_at is null`),
  ],
);
