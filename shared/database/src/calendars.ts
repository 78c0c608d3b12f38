import type { PublicDay } from '@duban/policy/compile';
import { getDayDetail } from 'chinese-days';
import { and, asc, eq, gte, lt, sql } from 'drizzle-orm';
import type { Executor } from './connection';
import { publicDays, publicYears } from './schema';

/** The one country whose days a library brings. */
export const CHINA = 'CN';
const SOURCE = 'chinese-days';
/** The library's first year. */
const FIRST_YEAR = 2004;

export interface NamedPublicDay extends PublicDay {
  nameZh: string;
  nameEn: string;
}
export type PublicYear = typeof publicYears.$inferSelect & { days: number };

/**
 * Public holidays and make-up days of a year in mainland China as the library has them, or null for a year it knows
 * nothing of: it would call all its weekdays working days (G6).
 */
export function libraryDays(year: number): NamedPublicDay[] | null {
  const days: NamedPublicDay[] = [];
  for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += 86_400_000) {
    const date = new Date(at).toISOString().slice(0, 10);
    // `Spring Festival,春节,4` where the week does not hold, else the weekday's name.
    const { name, work } = getDayDetail(date);
    const [nameEn, nameZh] = name.split(',');
    if (nameEn && nameZh) days.push({ date, open: work, nameZh, nameEn });
  }
  return days.length > 0 ? days : null;
}

/** Every year the library knows. */
export function libraryYears(now = new Date()): number[] {
  const years: number[] = [];
  for (let year = FIRST_YEAR; year <= now.getUTCFullYear() + 1; year++) if (libraryDays(year)) years.push(year);
  return years;
}

/** Puts a year's days in the place of whatever was known of it. Call it in a transaction. */
export async function putPublicYear(
  tx: Executor,
  values: { region: string; year: number; days: NamedPublicDay[]; source: string; by: string },
): Promise<void> {
  const { region, year, days, source, by } = values;
  // The year's row first: two at once wait for each other there.
  await tx
    .insert(publicYears)
    .values({ region, year, source, by })
    .onConflictDoUpdate({
      target: [publicYears.region, publicYears.year],
      set: { source, by, at: sql`clock_timestamp()` },
    });
  const ofYear = and(gte(publicDays.date, `${year}-01-01`), lt(publicDays.date, `${year + 1}-01-01`));
  await tx.delete(publicDays).where(and(eq(publicDays.region, region), ofYear));
  if (days.length > 0) await tx.insert(publicDays).values(days.map((day) => ({ ...day, region })));
}

/**
 * Brings in the years that the library knows and the database does not; what is there stays, an administrator may have
 * mended it. Done at every start, so that a new release of the library brings the new year.
 * @returns the years brought in
 */
export async function importLibraryYears(tx: Executor, by = 'system'): Promise<number[]> {
  const known = await knownYears(tx);
  const wanted = libraryYears().filter((year) => !known[CHINA]?.includes(year));
  for (const year of wanted)
    await tx.transaction((inner) =>
      putPublicYear(inner, { region: CHINA, year, days: libraryDays(year) ?? [], source: SOURCE, by }),
    );
  return wanted;
}

/** One year's days from the library, whatever was known of it before; false when the library has no such year. */
export async function importLibraryYear(tx: Executor, year: number, by: string): Promise<boolean> {
  const days = libraryDays(year);
  if (!days) return false;
  await putPublicYear(tx, { region: CHINA, year, days, source: SOURCE, by });
  return true;
}

/** The years that are known, by region. */
export async function knownYears(tx: Executor): Promise<Record<string, number[]>> {
  const years: Record<string, number[]> = {};
  const { region, year } = publicYears;
  for (const row of await tx.select({ region, year }).from(publicYears).orderBy(asc(region), asc(year)))
    (years[row.region] ??= []).push(row.year);
  return years;
}

/** The days of every region from the first day of `fromYear` on, in order: what a policy is compiled with. */
export async function publicDaysFrom(tx: Executor, fromYear: number): Promise<Record<string, PublicDay[]>> {
  const days: Record<string, PublicDay[]> = {};
  const { region, date, open } = publicDays;
  const rows = await tx
    .select({ region, date, open })
    .from(publicDays)
    .where(gte(date, `${fromYear}-01-01`))
    .orderBy(asc(region), asc(date));
  for (const row of rows) (days[row.region] ??= []).push({ date: row.date, open: row.open });
  return days;
}

/** What is known of a region, year by year, the latest first. */
export async function listPublicYears(tx: Executor): Promise<PublicYear[]> {
  const count = sql<number>`(select count(*)::int from public_days d
    where d.region = public_years.region and d.date like public_years.year || '-%')`;
  const { region, year, source, by, at } = publicYears;
  return tx
    .select({ region, year, source, by, at, days: count })
    .from(publicYears)
    .orderBy(asc(region), sql`${year} desc`);
}

/** One year's days in order; undefined when the year is missing. */
export async function findPublicYear(
  tx: Executor,
  region: string,
  year: number,
): Promise<(Omit<PublicYear, 'days'> & { days: NamedPublicDay[] }) | undefined> {
  const [found] = await tx
    .select()
    .from(publicYears)
    .where(and(eq(publicYears.region, region), eq(publicYears.year, year)));
  if (!found) return undefined;
  const { date, open, nameZh, nameEn } = publicDays;
  const days = await tx
    .select({ date, open, nameZh, nameEn })
    .from(publicDays)
    .where(and(eq(publicDays.region, region), gte(date, `${year}-01-01`), lt(date, `${year + 1}-01-01`)))
    .orderBy(asc(date));
  return { ...found, days };
}
