import { sql } from 'drizzle-orm';
import type { RevisitChannel, SurveyMeasure } from '@duban/contracts';
import { boolean, check, date, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { type CustomerPreferences, customers, instant } from './people';
import { tickets } from './tickets';

/** One question: a score from 1 to 5, one of its options, or words. */
export interface Question {
  id: string;
  kind: 'score' | 'choice' | 'text';
  zh: string;
  en: string;
  options?: Array<{ id: string; zh: string; en: string }>;
  /** Its score is a survey's score of the same name (G12). */
  measure?: SurveyMeasure;
  optional?: true;
}

/** What customers are asked in a revisit (R1). A change makes a new version; a revisit keeps the one it began with. */
export const questionnaires = pgTable(
  'questionnaires',
  {
    id: text('id').notNull(),
    version: integer('version').notNull(),
    nameZh: text('name_zh').notNull(),
    nameEn: text('name_en').notNull(),
    questions: jsonb('questions').$type<Question[]>().notNull(),
    updatedBy: text('updated_by').notNull(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.id, t.version] })],
);

/** From when the days of a plan count. `class-strategy`: days and channel stand in the customer's class (P4). */
export type RevisitTrigger = 'customer-registered' | 'ticket-closed' | 'class-strategy';

/** Which customers are revisited, when and how (R1); kept by the administrator. */
export const revisitPlans = pgTable(
  'revisit_plans',
  {
    id: text('id').primaryKey(),
    nameZh: text('name_zh').notNull(),
    nameEn: text('name_en').notNull(),
    trigger: text('trigger').$type<RevisitTrigger>().notNull(),
    /** Only customers of these classes; empty means any. */
    classes: text('classes').array().notNull().default([]),
    /** Of `ticket-closed`: only tickets of these processes; empty means any. */
    processes: text('processes').array().notNull().default([]),
    offsetDays: integer('offset_days').notNull().default(0),
    /** Again so many days after the time before; null means once. */
    repeatDays: integer('repeat_days'),
    channel: text('channel').$type<RevisitChannel>().notNull().default('phone'),
    /** Where the customer prefers no other. */
    timeOfDay: text('time_of_day').$type<NonNullable<CustomerPreferences['timeOfDay']>>(),
    questionnaire: text('questionnaire').notNull(),
    active: boolean('active').notNull().default(true),
    /** What fell due before this day is nobody's revisit: the plan was not in force. */
    since: date('since')
      .notNull()
      .default(sql`current_date`),
    updatedBy: text('updated_by').notNull(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [check('revisit_plans_repeat', sql`${t.repeatDays} is null or ${t.repeatDays} > 0`)],
);

/** What fell due by a plan, once each, and what became of it. */
export const revisits = pgTable(
  'revisits',
  {
    /** `plan:customer:period`, `plan:ticket`, or by a class's strategy `plan:ticket:days`. */
    key: text('key').primaryKey(),
    plan: text('plan').notNull(),
    customer: text('customer_id')
      .notNull()
      .references(() => customers.id),
    /** The ticket after which it is made. */
    origin: text('origin').references(() => tickets.number),
    dueOn: date('due_on').notNull(),
    channel: text('channel').notNull(),
    questionnaire: text('questionnaire').notNull(),
    questionnaireVersion: integer('questionnaire_version').notNull(),
    /** The revisit itself; null where the customer was left out. */
    ticket: text('ticket').references(() => tickets.number),
    leftOut: text('left_out').$type<'objected' | 'no-contact'>(),
    madeAt: instant('made_at').notNull().defaultNow(),
  },
  (t) => [
    check('revisits_made', sql`(${t.ticket} is null) <> (${t.leftOut} is null)`),
    index('revisits_due').on(t.dueOn, t.plan),
    index('revisits_ticket').on(t.ticket),
  ],
);
