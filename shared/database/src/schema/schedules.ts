import { sql } from 'drizzle-orm';
import { boolean, check, date, index, integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { groups, instant, staff } from './people';

/** What some tickets need of whoever takes them (G7): a language, a product, a certificate. */
export const skills = pgTable('skills', {
  id: text('id').primaryKey(),
  nameZh: text('name_zh').notNull(),
  nameEn: text('name_en').notNull(),
  active: boolean('active').notNull().default(true),
});

/** Who works when (G7); half-open. Duty follows from it unless set by hand since the shift's last edge. */
export const shifts = pgTable(
  'shifts',
  {
    id: text('id').primaryKey(),
    staff: text('staff_id')
      .notNull()
      .references(() => staff.id),
    from: instant('starts_at').notNull(),
    to: instant('ends_at').notNull(),
    createdBy: text('created_by').notNull(),
  },
  (t) => [index('shifts_staff').on(t.staff, t.to), uniqueIndex('shifts_once').on(t.staff, t.from)],
);

/**
 * Hours worked week by week (G7), by one person or by every member of a group. They are shifts without rows: a shift
 * planned for a day, or a person's own pattern beside their group's, takes their place.
 */
export const shiftPatterns = pgTable(
  'shift_patterns',
  {
    id: text('id').primaryKey(),
    staff: text('staff_id').references(() => staff.id),
    group: text('group_id').references(() => groups.id),
    /** ISO: 1 is Monday, 7 Sunday. */
    weekdays: integer('weekdays').array().notNull(),
    /** `HH:MM` by the clock of `timezone`; an end that is not after the beginning lies on the next day. */
    starts: text('starts').notNull(),
    ends: text('ends').notNull(),
    timezone: text('timezone').notNull(),
    /** First and last day, both included; null goes on. */
    since: date('since').notNull(),
    until: date('until'),
    /** Off on public holidays; make-up working days 调休 are worked by whoever works on some weekday. */
    publicDays: boolean('public_days').notNull().default(true),
    updatedBy: text('updated_by').notNull(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    check('shift_patterns_whose', sql`(${t.staff} is null) <> (${t.group} is null)`),
    index('shift_patterns_staff').on(t.staff),
    index('shift_patterns_group').on(t.group),
  ],
);

/** Who is away (G7), and who stands in: their tickets and new ones for them go to the substitute. */
export const absences = pgTable(
  'absences',
  {
    id: text('id').primaryKey(),
    staff: text('staff_id')
      .notNull()
      .references(() => staff.id),
    from: instant('starts_at').notNull(),
    to: instant('ends_at').notNull(),
    substitute: text('substitute_id').references(() => staff.id),
    kind: text('kind').$type<'leave' | 'sick' | 'training' | 'other'>().notNull(),
    /** Whether open tickets are handed over when it begins. */
    handOver: boolean('hand_over').notNull().default(true),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [index('absences_staff').on(t.staff, t.to), index('absences_end').on(t.to)],
);
