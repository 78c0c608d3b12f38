import type { Addressee } from '@duban/contracts';
import { boolean, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { sql } from 'drizzle-orm';
import { categories, instant } from './people';

/** One task of a plan: what is to be done, by whom, within how many minutes. */
export interface PlannedTask {
  id: string;
  zh: string;
  en: string;
  owner: Exclude<Addressee, { kind: 'customer' } | { kind: 'group' }>;
  limitMinutes: number;
}

/** 应急预案: what to do in an emergency of a category, and whom to tell until somebody takes command (U1). */
export const emergencyPlans = pgTable(
  'emergency_plans',
  {
    id: text('id').primaryKey(),
    nameZh: text('name_zh').notNull(),
    nameEn: text('name_en').notNull(),
    category: text('category')
      .notNull()
      .references(() => categories.id),
    tasks: jsonb('tasks').$type<PlannedTask[]>().notNull(),
    /** The first are told at once; each of the others while nobody before them came. */
    chain: jsonb('chain').$type<PlannedTask['owner'][][]>().notNull(),
    active: boolean('active').notNull().default(true),
    version: integer('version').notNull().default(1),
    updatedBy: text('updated_by').notNull(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('emergency_plans_category')
      .on(t.category)
      .where(sql`active`),
  ],
);
