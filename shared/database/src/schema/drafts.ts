import { integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import type { PolicyDefinition } from '@duban/policy';
import { instant } from './people';

/** Policies under work (G5): nobody's tickets know of them before they are published as the next version. */
export const policyDrafts = pgTable('policy_drafts', {
  id: text('id').primaryKey(),
  /** The policy whose next version it may become. */
  policy: text('policy_id').notNull(),
  /** What it was made from: `manual:3`, `preset:hotline`. */
  origin: text('origin').notNull(),
  definition: jsonb('definition').$type<PolicyDefinition>().notNull(),
  /** Counts the changes: who saves says which one they saw. */
  revision: integer('revision').notNull().default(1),
  createdBy: text('created_by').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedBy: text('updated_by').notNull(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
  /** The version it became; then it is not changed any more. */
  publishedVersion: integer('published_version'),
});
