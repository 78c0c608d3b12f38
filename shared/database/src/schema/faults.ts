import { sql } from 'drizzle-orm';
import { boolean, date, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from './people';
import { tickets } from './tickets';

/** Areas and services by which a fault report finds its announcement (F1); kept by the administrator. */
export const faultScopes = pgTable(
  'fault_scopes',
  {
    kind: text('kind').$type<'area' | 'service'>().notNull(),
    id: text('id').notNull(),
    nameZh: text('name_zh').notNull(),
    nameEn: text('name_en').notNull(),
    active: boolean('active').notNull().default(true),
  },
  (t) => [primaryKey({ columns: [t.kind, t.id] })],
);

/** What a fault announcement says (F2): the words of its ticket, as they are now. */
export const faultAnnouncements = pgTable(
  'fault_announcements',
  {
    ticket: text('ticket')
      .primaryKey()
      .references(() => tickets.number),
    areas: text('areas').array().notNull(),
    services: text('services').array().notNull(),
    causeKind: text('cause_kind').notNull(),
    cause: text('cause').notNull(),
    progress: text('progress').notNull(),
    expectedAt: instant('expected_at'),
    state: text('state').$type<'open' | 'over' | 'cancelled'>().notNull().default('open'),
    publishedBy: text('published_by').notNull(),
    publishedAt: instant('published_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    endedAt: instant('ended_at'),
    /** Of the ticket, when this was last brought up to it. */
    revision: integer('revision').notNull().default(0),
  },
  (t) => [
    index('fault_announcements_open')
      .on(t.publishedAt)
      .where(sql`state = 'open'`),
    index('fault_announcements_published').on(t.publishedAt, t.ticket),
  ],
);

/** Fault reports that belong to an announcement: from their intake, or adopted by a later one. */
export const faultAttachments = pgTable(
  'fault_attachments',
  {
    announcement: text('announcement')
      .notNull()
      .references(() => faultAnnouncements.ticket),
    ticket: text('ticket')
      .notNull()
      .references(() => tickets.number),
    how: text('how').$type<'intake' | 'adopted'>().notNull(),
    at: instant('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.announcement, t.ticket] }), index('fault_attachments_ticket').on(t.ticket, t.at)],
);

/** The revisit group's summary of a week's fault reports for the departments (F3). */
export const faultSummaries = pgTable('fault_summaries', {
  /** Its Monday. */
  week: date('week').primaryKey(),
  pack: jsonb('pack').notNull(),
  madeAt: instant('made_at').notNull().defaultNow(),
});
