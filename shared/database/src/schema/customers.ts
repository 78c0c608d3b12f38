import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { customers, instant } from './people';

/** How a customer can be reached (P4): numbers as E.164, addresses in lower case; one preferred of each kind. */
export const customerContacts = pgTable(
  'customer_contacts',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    customer: text('customer_id')
      .notNull()
      .references(() => customers.id),
    kind: text('kind').$type<'phone' | 'mobile' | 'landline' | 'email'>().notNull(),
    value: text('value').notNull(),
    preferred: boolean('preferred').notNull().default(false),
    verifiedAt: instant('verified_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('customer_contacts_once').on(t.customer, t.value),
    uniqueIndex('customer_contacts_preferred')
      .on(t.customer, t.kind)
      .where(sql`preferred`),
    index('customer_contacts_value').on(t.value),
    // The last digits of a number, as callers remember it.
    index('customer_contacts_end').on(sql`reverse(${t.value}) text_pattern_ops`),
  ],
);

/** One revisit of a class's plan: so many days after a ticket ended well (R1). */
export interface PlannedRevisit {
  afterDays: number;
  channel: 'phone' | 'sms' | 'email';
}

/** Customer classes with their service strategy, kept by the administrator (P4, G4). */
export const customerClasses = pgTable('customer_classes', {
  id: text('id').primaryKey(),
  nameZh: text('name_zh').notNull(),
  nameEn: text('name_en').notNull(),
  /** By how many steps a new ticket is more urgent than its category says: 1 makes a P3 a P2. */
  priorityBump: integer('priority_bump').notNull().default(0),
  /** The group that their tickets go to first (G7). */
  group: text('group_id'),
  revisits: jsonb('revisits').$type<PlannedRevisit[]>().notNull().default([]),
  active: boolean('active').notNull().default(true),
});

/** What a customer said to being recorded; the latest holds. */
export const customerConsents = pgTable(
  'customer_consents',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    customer: text('customer_id')
      .notNull()
      .references(() => customers.id),
    purpose: text('purpose').$type<'recording'>().notNull(),
    given: boolean('given').notNull(),
    how: text('how').$type<'spoken' | 'written' | 'web'>().notNull(),
    /** When the customer said so. */
    at: instant('at').notNull(),
    recordedBy: text('recorded_by').notNull(),
    call: text('call_id'),
  },
  (t) => [index('customer_consents_customer').on(t.customer, t.purpose, t.at)],
);

/** Archives of an erased person, kept by the retention duty: for the auditor's eyes alone until they are purged. */
export const archiveBlocks = pgTable(
  'archive_blocks',
  {
    ticket: text('ticket').notNull(),
    customer: text('customer_id').notNull(),
    since: timestamp('since', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.ticket] })],
);

/** Where the person was still found after an erasure; counts only. */
export interface ErasureRemain {
  table: string;
  column: string;
  rows: number;
}

/** What an erasure removed, kept and looked through (P4); holds nothing of the person. */
export const erasureCertificates = pgTable('erasure_certificates', {
  customer: text('customer_id').primaryKey(),
  reason: text('reason').notNull(),
  actor: text('actor').notNull(),
  at: instant('at').notNull(),
  /** Table → rows deleted or blanked. */
  erased: jsonb('erased').$type<Record<string, number>>().notNull(),
  /** Archives kept by the retention duty, blocked. */
  kept: jsonb('kept').$type<Array<{ ticket: string; part: number; sha256: string; retainUntil: string }>>().notNull(),
  scannedColumns: integer('scanned_columns').notNull(),
  remains: jsonb('remains').$type<ErasureRemain[]>().notNull(),
  /** SHA-256 of all of the above as canonical JSON. */
  sha256: text('sha256').notNull(),
});
