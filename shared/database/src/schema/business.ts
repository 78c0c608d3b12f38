import type { BusinessKind, Condition, IdentityLevel, ServiceKind, WantedMaterial } from '@duban/contracts';
import { sql } from 'drizzle-orm';
import { boolean, index, integer, json, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { customers, instant } from './people';
import { tickets } from './tickets';

/** What can be accepted at the desk 业务受理, kept by the administrator (B1). */
export const serviceKinds = pgTable('service_kinds', {
  id: text('id').primaryKey(),
  nameZh: text('name_zh').notNull(),
  nameEn: text('name_en').notNull(),
  business: text('business').$type<BusinessKind>().notNull(),
  /** JSON Schema of what is asked of the customer, of type object; as written, for the order of fields is the form's. */
  form: json('form').$type<Record<string, unknown>>().notNull(),
  identity: text('identity').$type<IdentityLevel>().notNull().default('none'),
  active: boolean('active').notNull().default(true),
});

/** Times at which a reservation can be had, and for how many at once (B1). */
export const serviceSlots = pgTable(
  'service_slots',
  {
    id: text('id').primaryKey(),
    service: text('service_id')
      .notNull()
      .references(() => serviceKinds.id),
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    capacity: integer('capacity').notNull(),
    /** Closed ones are not offered any more; what is booked stays. */
    open: boolean('open').notNull().default(true),
  },
  (t) => [uniqueIndex('service_slots_once').on(t.service, t.startsAt), index('service_slots_starts').on(t.startsAt)],
);

/** Who has which slot: one a ticket. */
export const serviceBookings = pgTable(
  'service_bookings',
  {
    ticket: text('ticket')
      .primaryKey()
      .references(() => tickets.number),
    slot: text('slot_id')
      .notNull()
      .references(() => serviceSlots.id),
    bookedAt: instant('booked_at').notNull().defaultNow(),
  },
  (t) => [index('service_bookings_slot').on(t.slot)],
);

/** Changes of customers' data that were asked for and approved, with what stood there before (B1, P4). */
export const customerChanges = pgTable(
  'customer_changes',
  {
    ticket: text('ticket')
      .notNull()
      .references(() => tickets.number),
    /** The step that approved it: applied once. */
    step: text('step_id').notNull(),
    customer: text('customer_id')
      .notNull()
      .references(() => customers.id),
    before: jsonb('before').$type<Record<string, string | null>>().notNull(),
    after: jsonb('after').$type<Record<string, string | null>>().notNull(),
    approvedBy: text('approved_by').notNull(),
    at: instant('at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.ticket, t.step] }), index('customer_changes_customer').on(t.customer, t.at)],
);

/** What may be given after a sale, kept by the administrator (A1). */
export const afterSalesRules = pgTable(
  'after_sales_rules',
  {
    id: text('id').primaryKey(),
    /** The category it is for; null for all. */
    category: text('category_id'),
    kind: text('kind').$type<ServiceKind>().notNull(),
    /** From the day of purchase. */
    periodDays: integer('period_days').notNull(),
    conditions: text('conditions').array().$type<Condition[]>().notNull(),
    materials: text('materials')
      .array()
      .$type<WantedMaterial[]>()
      .notNull()
      .default(sql`'{}'`),
    /** From this amount on somebody approves; fen. */
    approvalFromFen: integer('approval_from_fen').notNull().default(0),
    active: boolean('active').notNull().default(true),
  },
  (t) => [index('after_sales_rules_category').on(t.category, t.kind)],
);
