import { sql } from 'drizzle-orm';
import { bigint, index, integer, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { instant } from './people';

/** How long archives are kept, where the administrator says it otherwise than the tickets' policies (G14). */
export const retentionRules = pgTable(
  'retention_rules',
  {
    process: text('process').notNull(),
    /** `*` for every type of the process that has no rule of its own. */
    type: text('type').notNull().default('*'),
    years: integer('years').notNull(),
    updatedBy: text('updated_by').notNull(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.process, t.type] })],
);

/** Why a ticket's archive must be kept beyond its date, and who said so; lifted ones stay (G14). */
export const legalHolds = pgTable(
  'legal_holds',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    ticket: text('ticket').notNull(),
    reason: text('reason').notNull(),
    setBy: text('set_by').notNull(),
    setAt: instant('set_at').notNull().defaultNow(),
    liftedBy: text('lifted_by'),
    liftedAt: instant('lifted_at'),
    liftedReason: text('lifted_reason'),
  },
  (t) => [
    uniqueIndex('legal_holds_open')
      .on(t.ticket)
      .where(sql`lifted_at is null`),
    index('legal_holds_ticket').on(t.ticket, t.id),
  ],
);
