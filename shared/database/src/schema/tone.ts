import { boolean, integer, pgTable, text } from 'drizzle-orm/pg-core';

/** What agents are offered to say: greetings, closings by the day, soothing words by the situation (P3, K1). */
export const tonePhrases = pgTable('tone_phrases', {
  id: text('id').primaryKey(),
  kind: text('kind').notNull(),
  /** When a closing fits; `any` for what always does. */
  day: text('day').notNull().default('any'),
  /** What soothing words are for. */
  situation: text('situation'),
  zh: text('zh').notNull(),
  en: text('en').notNull(),
  position: integer('position').notNull().default(0),
  active: boolean('active').notNull().default(true),
});

/** What agents should not say, and what instead (P3). */
export const toneRules = pgTable('tone_rules', {
  id: text('id').primaryKey(),
  /** The words; `*` stands for up to eight other characters. */
  words: text('words').notNull(),
  replacements: text('replacements').array().notNull(),
  reasonZh: text('reason_zh').notNull(),
  reasonEn: text('reason_en').notNull(),
  active: boolean('active').notNull().default(true),
});
