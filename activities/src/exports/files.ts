import type { ExportFormat } from '@duban/contracts';
import { stringify } from 'csv-stringify/sync';
import writeXlsxFile, { type CellObject } from 'write-excel-file/node';
import type { Column, Table, Value } from './table';

type Locale = 'zh' | 'en';

interface Presentation {
  locale: Locale;
  /** IANA zone in which instants are written. */
  timeZone: string;
  sheet: string;
}

/** An .xlsx file is put together in memory; larger tables are had as CSV. */
const XLSX_MAX_ROWS = 50_000;

export class TooManyRows extends Error {
  constructor() {
    super(`more than ${XLSX_MAX_ROWS} rows`);
    this.name = 'TooManyRows';
  }
}

/**
 * The file's bytes, piece by piece; `onRows` hears how many rows went in. Headers are in the reader's language.
 * @throws TooManyRows for an .xlsx file beyond its limit
 */
export async function* writeTable(
  format: ExportFormat,
  table: Table,
  presentation: Presentation,
  onRows: (rows: number) => Promise<void>,
): AsyncGenerator<Buffer> {
  yield* format === 'csv' ? csv(table, presentation, onRows) : xlsx(table, presentation, onRows);
}

/**
 * RFC 4180 with a byte order mark, so that Excel reads Chinese. A text that a spreadsheet would take for a formula
 * (`=`, `+`, `-`, `@`, tab, carriage return) is made harmless by an apostrophe.
 */
async function* csv(
  table: Table,
  presentation: Presentation,
  onRows: (rows: number) => Promise<void>,
): AsyncGenerator<Buffer> {
  const options = { escape_formulas: true, record_delimiter: 'windows' } as const;
  const headers = table.columns.map(({ header, type }) => `${header[presentation.locale]}${units[type] ?? ''}`);
  yield Buffer.from(stringify([headers], { ...options, bom: true }), 'utf8');
  const local = localTimes(presentation.timeZone);
  let rows = 0;
  for await (const page of table.pages()) {
    const lines = page.map((row) => row.map((value, i) => csvValue(value, table.columns[i]!, local, presentation)));
    yield Buffer.from(stringify(lines, options), 'utf8');
    await onRows((rows += page.length));
  }
}

const units: Partial<Record<Column['type'], string>> = { duration: ' (min)' };

function csvValue(value: Value, { type }: Column, local: LocalTimes, { locale }: Presentation): string | number {
  if (value === null) return '';
  if (value instanceof Date) return local.text(value);
  if (typeof value === 'boolean') return yesNo[locale][value ? 0 : 1]!;
  if (type === 'duration') return Math.round(Number(value) / 600) / 100;
  return type === 'share' ? Math.round(Number(value) * 10_000) / 10_000 : value;
}

const yesNo = { zh: ['是', '否'], en: ['yes', 'no'] } as const;

/** Real dates, numbers, percentages and durations; a text is a text and nothing that Excel would compute. */
async function* xlsx(
  table: Table,
  { locale, timeZone, sheet }: Presentation,
  onRows: (rows: number) => Promise<void>,
): AsyncGenerator<Buffer> {
  if ((table.total ?? 0) > XLSX_MAX_ROWS) throw new TooManyRows();
  const local = localTimes(timeZone);
  const rows: Array<Array<CellObject | null>> = [];
  for await (const page of table.pages()) {
    if (rows.length + page.length > XLSX_MAX_ROWS) throw new TooManyRows();
    for (const row of page) rows.push(row.map((value, i) => cell(value, table.columns[i]!, local, locale)));
    await onRows(rows.length);
  }
  const header = table.columns.map((column): CellObject => ({
    value: column.header[locale],
    type: String,
    fontWeight: 'bold',
    backgroundColor: '#e8eef7',
  }));
  const file = writeXlsxFile([header, ...rows], {
    sheet,
    stickyRowsCount: 1,
    columns: table.columns.map(({ width, type }) => ({ width: width ?? widths[type] })),
  });
  yield await file.toBuffer();
}

const widths: Record<Column['type'], number> = {
  ...{ text: 16, number: 10, instant: 18, duration: 12, share: 10, flag: 8 },
};
const DAY_MS = 86_400_000;

function cell(value: Value, { type }: Column, local: LocalTimes, locale: Locale): CellObject | null {
  if (value === null) return null;
  if (value instanceof Date) return { value: local.wall(value), type: Date, format: 'yyyy-mm-dd hh:mm' };
  if (typeof value === 'boolean') return { value: yesNo[locale][value ? 0 : 1]!, type: String };
  if (typeof value === 'string') return { value: value.slice(0, 32_000), type: String };
  switch (type) {
    case 'duration':
      return { value: value / DAY_MS, type: Number, format: '[h]:mm:ss' };
    case 'share':
      return { value, type: Number, format: '0.0%' };
    default:
      return { value, type: Number };
  }
}

interface LocalTimes {
  /** `2026-11-22 14:05:00` */
  text(at: Date): string;
  /** The instant whose UTC reading is the local one: a spreadsheet's dates have no zone. */
  wall(at: Date): Date;
}

function localTimes(timeZone: string): LocalTimes {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const text = (at: Date) => format.format(at);
  return { text, wall: (at) => new Date(`${text(at).replace(' ', 'T')}Z`) };
}
