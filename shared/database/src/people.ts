import type { Role } from '@duban/contracts';
import { and, asc, eq, inArray, ne, sql } from 'drizzle-orm';
import { assignWaiting } from './assignment';
import type { Executor } from './connection';
import { categories, departments, groupMembers, groups, skills, staff } from './schema';

export type Staff = typeof staff.$inferSelect;
export type NewStaff = Pick<typeof staff.$inferInsert, 'id' | 'name'> & {
  roles: Role[];
  department?: string | null;
  phone?: string | null;
  email?: string | null;
  extension?: string | null;
  locale?: 'zh' | 'en';
  capacity?: number;
  weight?: number;
  skills?: string[];
};
export type Department = typeof departments.$inferSelect;
export type Group = typeof groups.$inferSelect & { members: string[] };
export type Category = typeof categories.$inferSelect;

export async function findStaff(db: Executor, id: string): Promise<Staff | undefined> {
  return (await db.select().from(staff).where(eq(staff.id, id)))[0];
}

export async function listStaff(db: Executor): Promise<Staff[]> {
  return db.select().from(staff).orderBy(asc(staff.id));
}

/** Adds a person without a password (see `setInitialPassword`). False when the number is taken. */
export async function createStaff(db: Executor, values: NewStaff): Promise<boolean> {
  const rows = await db.insert(staff).values(values).onConflictDoNothing().returning({ id: staff.id });
  return rows.length > 0;
}

export async function updateStaff(db: Executor, id: string, values: Partial<NewStaff & { active: boolean }>) {
  return (await db.update(staff).set(values).where(eq(staff.id, id)).returning())[0];
}

/** Whether somebody but this person could still administer the system. */
export async function hasOtherAdministrator(db: Executor, id: string): Promise<boolean> {
  const rows = await db
    .select({ id: staff.id })
    .from(staff)
    .where(and(ne(staff.id, id), eq(staff.active, true), sql`'administrator' = any(${staff.roles})`))
    .limit(1);
  return rows.length > 0;
}

/** The next free staff number `CS001` (P1). */
export async function nextStaffNumber(db: Executor): Promise<string> {
  const rows = await db
    .select({ last: sql<number>`coalesce(max(substring(${staff.id} from '^CS(\\d+)$')::int), 0)` })
    .from(staff);
  return `CS${String((rows[0]?.last ?? 0) + 1).padStart(3, '0')}`;
}

/** Those of the ids that exist: staff only while active. */
export async function existingIds(
  db: Executor,
  of: 'staff' | 'department' | 'group' | 'category' | 'skill',
  ids: string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const table = { staff, department: departments, group: groups, category: categories, skill: skills }[of];
  const live = 'active' in table ? eq(table.active, true) : undefined;
  const rows = await db
    .select({ id: table.id })
    .from(table)
    .where(and(inArray(table.id, ids), live));
  return new Set(rows.map((row) => row.id));
}

export async function listDepartments(db: Executor): Promise<Department[]> {
  return db.select().from(departments).orderBy(asc(departments.id));
}

/** Creates or renames; ids never change. */
export async function putDepartment(db: Executor, values: Department): Promise<Department> {
  const { id, ...rest } = values;
  await db.insert(departments).values(values).onConflictDoUpdate({ target: departments.id, set: rest });
  return { id, ...rest };
}

export async function listGroups(db: Executor): Promise<Group[]> {
  const rows = await db.select().from(groups).orderBy(asc(groups.id));
  const members = await db.select().from(groupMembers).orderBy(asc(groupMembers.staff));
  return rows.map((group) => ({
    ...group,
    members: members.filter((m) => m.group === group.id).map((m) => m.staff),
  }));
}

/** Creates or changes a group together with who belongs to it; who may take a waiting ticket by it gets it (G7). */
export async function putGroup(
  db: Executor,
  { members, ...group }: Omit<Group, 'mode'> & Partial<Pick<Group, 'mode'>>,
): Promise<void> {
  const { id, ...rest } = group;
  await db.transaction(async (tx) => {
    await tx.insert(groups).values(group).onConflictDoUpdate({ target: groups.id, set: rest });
    await tx.delete(groupMembers).where(eq(groupMembers.group, id));
    if (members.length) await tx.insert(groupMembers).values(members.map((member) => ({ group: id, staff: member })));
    await assignWaiting(tx);
  });
}

export async function listCategories(db: Executor): Promise<Category[]> {
  return db.select().from(categories).orderBy(asc(categories.id));
}

export async function findCategory(db: Executor, id: string): Promise<Category | undefined> {
  return (await db.select().from(categories).where(eq(categories.id, id)))[0];
}

/** Creates or changes a category; tickets keep the values they began with. */
export async function putCategory(
  db: Executor,
  values: Omit<Category, 'skills' | 'fallbackGroups'> & Partial<Pick<Category, 'skills' | 'fallbackGroups'>>,
): Promise<void> {
  const { id: _, ...rest } = values;
  await db.insert(categories).values(values).onConflictDoUpdate({ target: categories.id, set: rest });
}
