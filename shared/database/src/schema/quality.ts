import { sql } from 'drizzle-orm';
import type { QualityRuleKind } from '@duban/contracts';
import { boolean, check, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from './people';
import { tickets } from './tickets';

/** One item of a quality form: points from 0 to `max`, counted by its weight. */
export interface QualityItem {
  id: string;
  zh: string;
  en: string;
  weight: number;
  max: number;
  /** Without a point, the whole check fails. */
  fatal?: true;
}

/** By what a ticket's handling is scored. A change makes a new version; a check keeps the one it was drawn with. */
export const qualityForms = pgTable(
  'quality_forms',
  {
    id: text('id').notNull(),
    version: integer('version').notNull(),
    nameZh: text('name_zh').notNull(),
    nameEn: text('name_en').notNull(),
    items: jsonb('items').$type<QualityItem[]>().notNull(),
    passPercent: integer('pass_percent').notNull(),
    updatedBy: text('updated_by').notNull(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.id, t.version] })],
);

/** Which closed tickets are drawn for a check; kept by the administrator. */
export const qualityRules = pgTable(
  'quality_rules',
  {
    id: text('id').primaryKey(),
    nameZh: text('name_zh').notNull(),
    nameEn: text('name_en').notNull(),
    kind: text('kind').$type<QualityRuleKind>().notNull(),
    /** Of the tickets that fit, in percent. */
    sharePercent: integer('share_percent').notNull(),
    /** Only tickets of these processes; empty means any. */
    processes: text('processes').array().notNull().default([]),
    /** Of `new-staff`: whose account is at most so old. */
    newStaffDays: integer('new_staff_days').notNull().default(90),
    form: text('form').notNull(),
    active: boolean('active').notNull().default(true),
    /** Tickets closed before are not drawn by it. */
    since: instant('since').notNull().defaultNow(),
    updatedBy: text('updated_by').notNull(),
  },
  (t) => [check('quality_rules_share', sql`${t.sharePercent} between 1 and 100`)],
);

/** Tickets that were drawn, once each, and their checks. */
export const qualityChecks = pgTable(
  'quality_checks',
  {
    checked: text('checked')
      .primaryKey()
      .references(() => tickets.number),
    ticket: text('ticket')
      .notNull()
      .references(() => tickets.number),
    rule: text('rule').notNull(),
    form: text('form').notNull(),
    formVersion: integer('form_version').notNull(),
    agent: text('agent').notNull(),
    /** The agent's group on the ticket that is checked. */
    group: text('group_id'),
    drawnAt: instant('drawn_at').notNull().defaultNow(),
  },
  (t) => [index('quality_checks_drawn').on(t.drawnAt), index('quality_checks_ticket').on(t.ticket)],
);
