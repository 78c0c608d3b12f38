import { sql } from 'drizzle-orm';
import type { Executor } from './connection';
import { serials } from './schema';

const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai', dateStyle: 'short' });

/** The calendar day in China of an instant, `YYYYMMDD`. */
export function shanghaiDay(at: Date): string {
  return day.format(at).replaceAll('-', '');
}

/** Takes the series' next number. Its row stays locked until the transaction ends, so a rollback leaves no gap. */
async function nextSerial(tx: Executor, series: string): Promise<number> {
  const [row] = await tx
    .insert(serials)
    .values({ series, last: 1 })
    .onConflictDoUpdate({ target: serials.series, set: { last: sql`${serials.last} + 1` } })
    .returning({ last: serials.last });
  return row!.last;
}

/**
 * The day's next ticket number: China's date and a 6-digit serial, gap-free (G3). Take it as late as the transaction
 * allows: the next intake waits for this one to end.
 */
export async function ticketNumber(tx: Executor, at: Date): Promise<string> {
  const date = shanghaiDay(at);
  return date + String(await nextSerial(tx, `ticket:${date}`)).padStart(6, '0');
}

/** The next article's number, `KB000001` (P5). */
export async function articleNumber(tx: Executor): Promise<string> {
  return `KB${String(await nextSerial(tx, 'article')).padStart(6, '0')}`;
}

/** The month's next customer number, `C202405001`, growing beyond 999 (G3). */
export async function customerNumber(tx: Executor, at: Date): Promise<string> {
  const month = shanghaiDay(at).slice(0, 6);
  return `C${month}${String(await nextSerial(tx, `customer:${month}`)).padStart(3, '0')}`;
}

/** The month's next number of the complaint problem library, `PB202611001` (K6). */
export async function problemNumber(tx: Executor, at: Date): Promise<string> {
  const month = shanghaiDay(at).slice(0, 6);
  return `PB${month}${String(await nextSerial(tx, `problem:${month}`)).padStart(3, '0')}`;
}
