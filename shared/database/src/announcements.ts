import { type SQL, and, asc, desc, eq, isNull, or, sql } from 'drizzle-orm';
import type { Executor } from './connection';
import { announcementReads, announcements, staff } from './schema';
import { textArray } from './visibility';

export type Announcement = typeof announcements.$inferSelect;
/** Channel of `pg_notify`: an announcement was published (payload: `AnnouncementNotice`). */
export const announcementChannel = 'duban_announcement';
/** For whom there is something to read. */
export type AnnouncementNotice = Pick<Announcement, 'id' | 'roles' | 'departments'>;

/** Publishes, once for each id, and tells every process that serves readers. False when it is there already. */
export async function publishAnnouncement(
  db: Executor,
  values: Omit<typeof announcements.$inferInsert, 'publishedAt'>,
): Promise<boolean> {
  const { id, roles, departments } = announcements;
  const [row] = await db
    .insert(announcements)
    .values(values)
    .onConflictDoNothing()
    .returning({ id, roles, departments });
  if (!row) return false;
  const notice: AnnouncementNotice = row;
  await db.execute(sql`select pg_notify(${announcementChannel}, ${JSON.stringify(notice)})`);
  return true;
}

export async function findAnnouncement(db: Executor, id: string): Promise<Announcement | undefined> {
  return (await db.select().from(announcements).where(eq(announcements.id, id)))[0];
}

/** Whether it is for this person: everyone's, their role's or their department's. */
export function isFor(
  { roles, departments }: Pick<AnnouncementNotice, 'roles' | 'departments'>,
  reader: { roles: string[]; departments: string[] },
): boolean {
  if (roles.length + departments.length === 0) return true;
  return roles.some((role) => reader.roles.includes(role)) || departments.some((id) => reader.departments.includes(id));
}

/** `isFor` in SQL. */
function forReader(roles: SQL, departments: SQL): SQL {
  const { roles: to, departments: at } = announcements;
  return sql`((${to} = '{}' and ${at} = '{}') or ${to} && ${roles} or ${at} && ${departments})`;
}

/** What concerns this person, newest first, each with when they read it; valid ones only unless `past`. */
export async function listAnnouncements(
  db: Executor,
  reader: { id: string; roles: string[]; departments: string[] },
  filter: { unread: boolean; past: boolean; all: boolean; after?: { at: string; number: string }; limit: number },
) {
  const { publishedAt, id, validUntil } = announcements;
  const rows = await db
    .select({ announcement: announcements, readAt: announcementReads.readAt })
    .from(announcements)
    .leftJoin(announcementReads, and(eq(announcementReads.announcement, id), eq(announcementReads.staff, reader.id)))
    .where(
      and(
        filter.all ? undefined : forReader(textArray(reader.roles), textArray(reader.departments)),
        filter.past ? undefined : or(isNull(validUntil), sql`${validUntil} > now()`),
        filter.unread ? isNull(announcementReads.readAt) : undefined,
        filter.after && sql`(${publishedAt}, ${id}) < (${filter.after.at}::timestamptz, ${filter.after.number})`,
      ),
    )
    .orderBy(desc(publishedAt), desc(id))
    .limit(filter.limit);
  return rows.map(({ announcement, readAt }) => ({ ...announcement, readAt }));
}

/** The first reading counts. */
export async function readAnnouncement(db: Executor, announcement: string, reader: string): Promise<void> {
  await db.insert(announcementReads).values({ announcement, staff: reader }).onConflictDoNothing();
}

/** Everyone it is for who is still on the staff, and when each read it, or null. */
export async function receiptsOf(db: Executor, { id, roles, departments }: Announcement) {
  const everyone = roles.length + departments.length === 0;
  const concerned = sql`(${staff.roles} && ${textArray(roles)} or ${staff.department} = any(${textArray(departments)}))`;
  return db
    .select({ id: staff.id, name: staff.name, readAt: announcementReads.readAt })
    .from(staff)
    .leftJoin(announcementReads, and(eq(announcementReads.announcement, id), eq(announcementReads.staff, staff.id)))
    .where(and(eq(staff.active, true), everyone ? undefined : concerned))
    .orderBy(asc(staff.id));
}

/** Ends it now. False when it had ended. */
export async function endAnnouncement(db: Executor, id: string): Promise<boolean> {
  const rows = await db
    .update(announcements)
    .set({ validUntil: sql`now()` })
    .where(
      and(eq(announcements.id, id), or(isNull(announcements.validUntil), sql`${announcements.validUntil} > now()`)),
    )
    .returning({ id: announcements.id });
  return rows.length > 0;
}
