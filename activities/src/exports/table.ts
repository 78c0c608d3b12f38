import type { Label } from '@duban/contracts';

/** What a column holds; files show it in their own types. `duration` is milliseconds, `share` 0–1. */
export type ColumnType = 'text' | 'number' | 'instant' | 'duration' | 'share' | 'flag';
export type Value = string | number | boolean | Date | null;

export interface Column {
  header: Label;
  type: ColumnType;
  /** In characters. */
  width?: number;
}

/** A table to be written as a file: its columns, how many rows it has where that is known, and the rows by the page. */
export interface Table {
  columns: Column[];
  total: number | null;
  pages(): AsyncGenerator<Value[][]>;
}

export const column = (type: ColumnType, zh: string, en: string, width?: number): Column => ({
  header: { zh, en },
  type,
  ...(width === undefined ? {} : { width }),
});
