import { boolean, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from './people';

/** Days on which a country's week does not hold (G6): public holidays, and the weekend days worked in exchange 调休. */
export const publicDays = pgTable(
  'public_days',
  {
    /** Whose days they are, as a policy's calendar names it: `CN`. */
    region: text('region').notNull(),
    /** `YYYY-MM-DD`, local. */
    date: text('date').notNull(),
    /** True for a make-up working day. */
    open: boolean('open').notNull(),
    nameZh: text('name_zh').notNull(),
    nameEn: text('name_en').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.date] })],
);

/** The years that are known: without a row here a year is missing, however few days it has. */
export const publicYears = pgTable(
  'public_years',
  {
    region: text('region').notNull(),
    year: integer('year').notNull(),
    /** `chinese-days 1.5.7`, or `by-hand`. */
    source: text('source').notNull(),
    by: text('imported_by').notNull(),
    at: instant('imported_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.region, t.year] }), index('public_years_at').on(t.at)],
);
