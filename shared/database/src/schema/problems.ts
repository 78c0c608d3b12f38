import { sql } from 'drizzle-orm';
import { date, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { instant } from './people';

/** The weekly complaint review (K6): its pack as it was prepared, by the week's Monday. */
export const weeklyReviews = pgTable('weekly_reviews', {
  week: date('week').primaryKey(),
  pack: jsonb('pack').notNull(),
  madeAt: instant('made_at').notNull().defaultNow(),
  /** The review's minutes: what was decided besides measures. */
  minutes: text('minutes'),
  heldAt: instant('held_at'),
  heldBy: text('held_by'),
});

/** The complaint problem library 《投诉问题库》 (K6). */
export const problems = pgTable(
  'problems',
  {
    id: text('id').primaryKey(),
    title: text('title').notNull(),
    description: text('description').notNull().default(''),
    category: text('category').notNull(),
    /** Stage of the process at which it shows; null when it is not one stage's. */
    stage: text('stage'),
    causes: text('causes').notNull().default(''),
    /** Who answers for the preventive measures. */
    owner: text('owner'),
    /** proposed by a weekly review, open, or settled. */
    state: text('state').notNull().default('open'),
    /** The review that proposed it. */
    week: date('week'),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    revision: integer('revision').notNull().default(1),
  },
  (t) => [
    index('problems_state').on(t.state, t.createdAt, t.id),
    uniqueIndex('problems_unsettled')
      .on(t.category, sql`coalesce(stage, '')`)
      .where(sql`state <> 'settled'`),
  ],
);

/** Tickets in which a problem showed. */
export const problemTickets = pgTable(
  'problem_tickets',
  {
    problem: text('problem_id')
      .notNull()
      .references(() => problems.id),
    ticket: text('ticket').notNull(),
    addedAt: instant('added_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.problem, t.ticket] }), index('problem_tickets_ticket').on(t.ticket)],
);

/** Knowledge articles that help with a problem. */
export const problemArticles = pgTable(
  'problem_articles',
  {
    problem: text('problem_id')
      .notNull()
      .references(() => problems.id),
    article: text('article_id').notNull(),
  },
  (t) => [primaryKey({ columns: [t.problem, t.article] })],
);

/** A preventive measure: asked of its owner, planned with a date, done or dropped (K6). */
export const problemMeasures = pgTable(
  'problem_measures',
  {
    id: text('id').primaryKey(),
    problem: text('problem_id')
      .notNull()
      .references(() => problems.id),
    owner: text('owner').notNull(),
    /** asked, planned, done or dropped. */
    state: text('state').notNull(),
    text: text('text').notNull().default(''),
    result: text('result'),
    /** While asked: when the plan is due; afterwards: when the measure is. */
    dueAt: instant('due_at').notNull(),
    week: date('week'),
    createdAt: instant('created_at').notNull().defaultNow(),
    settledAt: instant('settled_at'),
    revision: integer('revision').notNull().default(1),
  },
  (t) => [
    index('problem_measures_problem').on(t.problem),
    index('problem_measures_open')
      .on(t.dueAt)
      .where(sql`state in ('asked', 'planned')`),
    uniqueIndex('problem_measures_asked')
      .on(t.problem)
      .where(sql`state = 'asked'`),
  ],
);
