import type { Dimension, Label } from '@duban/contracts';
import type { Db, FileExport } from '@duban/database';
import type { Names } from '../names';
import type { Column, Table, Value } from '../table';

export type Locale = 'zh' | 'en';
/** Makes the table of an export out of its row: what was asked for, and what its asker may see. */
export type Source = (db: Db, row: FileExport) => Promise<Table>;

/** How many rows are read at once. */
export const PAGE = 500;

/** A list read to its end by keyset, each row as the values of its columns. `place` is where the next page begins. */
export async function* pagesOf<Row, Place>(
  read: (after: Place | undefined) => Promise<Row[]>,
  place: (last: Row) => Place,
  values: (row: Row) => Value[],
): AsyncGenerator<Value[][]> {
  for (let after: Place | undefined; ;) {
    const page = await read(after);
    if (page.length) yield page.map(values);
    if (page.length < PAGE) return;
    after = place(page.at(-1)!);
  }
}

/** A list that is read at once: administrators keep it, and it is short. */
export const whole = (columns: Column[], rows: Value[][]): Table => ({
  columns,
  total: rows.length,
  async *pages() {
    yield rows;
  },
});

/** Codes as names, one after the other. */
export const listed = (codes: readonly string[], locale: Locale, name: (code: string) => string): string =>
  codes.map(name).join(locale === 'zh' ? '、' : ', ');

/** The name that a table has for a code; the code itself where it has none. */
export const label = (table: Record<string, Label>, code: string, locale: Locale): string =>
  Object.hasOwn(table, code) ? table[code]![locale] : code;

/** The same, of what may be absent. */
export const labelled = (table: Record<string, Label>, code: string | null, locale: Locale): string | null =>
  code === null ? null : label(table, code, locale);

/** What administrators named, or who: nothing stays empty. */
export const named = (names: Names, dimension: Dimension, id: string | null, locale: Locale): string | null =>
  id === null ? null : names.of(dimension, id, locale);

/** An instant of a filter: in the export's row it is a text. */
export const instantOf = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text);

/** How long it took, ms; null while it lacks an end. */
export const between = (from: Date | null, to: Date | null): number | null =>
  from && to ? Math.max(0, to.getTime() - from.getTime()) : null;
