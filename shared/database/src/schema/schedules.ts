import { boolean, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { instant, staff } from './people';

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
