import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';

export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/** Departments that take part in tickets (E2, E3, K4). */
export const departments = pgTable('departments', {
  id: text('id').primaryKey(),
  nameZh: text('name_zh').notNull(),
  nameEn: text('name_en').notNull(),
});

/** Staff (P1). Passwords are Argon2id; an initial one expires and must be changed at first login. */
export const staff = pgTable('staff', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  roles: text('roles').array().notNull(),
  department: text('department').references(() => departments.id),
  phone: text('phone'),
  email: text('email'),
  extension: text('extension'),
  locale: text('locale').notNull().default('zh'),
  onDuty: boolean('on_duty').notNull().default(false),
  capacity: integer('capacity').notNull().default(5),
  /** How much a person takes on beside others: with 2, twice as many tickets count as the same load (G7). */
  weight: integer('weight').notNull().default(1),
  skills: text('skills').array().notNull().default([]),
  /** What shifts and absences said last; duty changes when it does, so that duty set by hand lasts until then. */
  presence: text('presence').$type<'none' | 'shift' | 'absent'>().notNull().default('none'),
  active: boolean('active').notNull().default(true),
  passwordHash: text('password_hash'),
  passwordInitial: boolean('password_initial').notNull().default(true),
  passwordExpiresAt: instant('password_expires_at'),
  createdAt: instant('created_at').notNull().defaultNow(),
});

/** Groups a category's tickets are dispatched to (G7). */
export const groups = pgTable('groups', {
  id: text('id').primaryKey(),
  nameZh: text('name_zh').notNull(),
  nameEn: text('name_en').notNull(),
  /** How its tickets find somebody (G7): by themselves, by a dispatcher's hand, or by who picks them up 抢单. */
  mode: text('mode').$type<'automatic' | 'manual' | 'pick-up'>().notNull().default('automatic'),
});
/** Who belongs to which group (G7). */
export const groupMembers = pgTable(
  'group_members',
  {
    group: text('group_id')
      .notNull()
      .references(() => groups.id),
    staff: text('staff_id')
      .notNull()
      .references(() => staff.id),
  },
  (t) => [primaryKey({ columns: [t.group, t.staff] })],
);

/** Category tree kept by the administrator (G4). */
export const categories = pgTable('categories', {
  id: text('id').primaryKey(),
  parent: text('parent_id'),
  process: text('process').notNull(),
  nameZh: text('name_zh').notNull(),
  nameEn: text('name_en').notNull(),
  group: text('group_id').references(() => groups.id),
  /** Groups that are asked when nobody of the group before is free, in this order (G7). */
  fallbackGroups: text('fallback_groups').array().notNull().default([]),
  /** What its tickets need of whoever takes them. */
  skills: text('skills').array().notNull().default([]),
  priority: text('priority').notNull().default('P2'),
  usualSolution: text('usual_solution'),
  active: boolean('active').notNull().default(true),
});

export interface CustomerPreferences {
  channel?: 'phone' | 'sms' | 'email' | 'chat';
  timeOfDay?: 'morning' | 'afternoon' | 'evening';
  /** They do not want to be revisited (R1). */
  noRevisits?: boolean;
}

/** Customers (P4), numbered `C202611001` (G3). `phone` and `email` repeat the preferred contacts. */
export const customers = pgTable(
  'customers',
  {
    id: text('id').primaryKey(),
    name: text('name'),
    title: text('title').notNull().default('other'),
    phone: text('phone'),
    email: text('email'),
    class: text('class').notNull().default('normal'),
    anonymous: boolean('anonymous').notNull().default(false),
    locale: text('locale').notNull().default('zh'),
    /** How they like to be reached: channel and time of day; the language is `locale`. */
    preferences: jsonb('preferences').$type<CustomerPreferences>().notNull().default({}),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** The profile that this one was merged into: a redirect, without anything personal. */
    mergedInto: text('merged_into'),
    erasedAt: instant('erased_at'),
  },
  (t) => [
    index('customers_phone').on(t.phone),
    index('customers_email').on(t.email),
    // The last digits of a number, as callers remember it.
    index('customers_phone_end').on(sql`reverse(${t.phone}) text_pattern_ops`),
    index('customers_name').on(t.name),
  ],
);

/** People's sessions: opaque tokens, kept hashed, idle and absolute expiry. */
export const sessions = pgTable(
  'sessions',
  {
    tokenHash: text('token_hash').primaryKey(),
    staff: text('staff_id')
      .notNull()
      .references(() => staff.id),
    createdAt: instant('created_at').notNull().defaultNow(),
    seenAt: instant('seen_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [index('sessions_staff').on(t.staff)],
);

/** Failed logins per staff number and address, for throttling. */
export const loginFailures = pgTable(
  'login_failures',
  { key: text('key').notNull(), at: instant('at').notNull().defaultNow() },
  (t) => [index('login_failures_key').on(t.key, t.at)],
);

/** Bearer tokens with scopes for departments' systems (D1). */
export const apiTokens = pgTable(
  'api_tokens',
  {
    id: text('id').primaryKey(),
    tokenHash: text('token_hash').notNull(),
    name: text('name').notNull(),
    department: text('department').references(() => departments.id),
    scopes: text('scopes').array().notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at'),
    revokedAt: instant('revoked_at'),
  },
  (t) => [uniqueIndex('api_tokens_hash').on(t.tokenHash)],
);

/** Policy versions (G5, G6). A published one is never changed. */
export const policies = pgTable(
  'policies',
  {
    id: text('id').notNull(),
    version: integer('version').notNull(),
    definition: jsonb('definition').notNull(),
    status: text('status').notNull().default('published'),
    active: boolean('active').notNull().default(false),
    publishedAt: instant('published_at'),
  },
  (t) => [primaryKey({ columns: [t.id, t.version] })],
);

/** Who did what, and who saw what in full. */
export const audit = pgTable(
  'audit',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    at: instant('at').notNull().defaultNow(),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    object: text('object').notNull(),
    trace: text('trace'),
    detail: jsonb('detail'),
  },
  (t) => [index('audit_object').on(t.object), index('audit_at').on(t.at)],
);
