import { createHash } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { type ExportFormat, type ExportKind, exportKinds } from '@duban/contracts';
import {
  type Database,
  ExportTakenOver,
  addExportPart,
  beginExport,
  failExport,
  removeExport,
  updateExport,
} from '@duban/database';
import type { Logger } from '@duban/platform';
import { TooManyRows, writeTable } from './exports/files';
import { tableOf } from './exports/tables';

export { figuresOf } from './exports/tables/statistics';
export { readDimensionNames } from './exports/names';
export { qualityNames } from './exports/tables/care';

/** How much of a file is one row of `export_parts`. */
const PART_BYTES = 256 * 1024;

/** Makes lists and statistics into files (G15). An attempt begins anew; the file is there once it is whole. */
export function createExportActivities({ database, log }: { database: Database; log: Logger }) {
  const { db } = database;
  return {
    /**
     * Makes the file of an export, in pieces; its row says how far it is.
     * @throws ApplicationFailure `TooManyRows`, never retried, when an .xlsx file would be too large
     */
    async makeExport({ id }: { id: string }): Promise<void> {
      const row = await beginExport(db, id);
      if (!row) return;
      const table = await tableOf(db, row);
      const { timeZone } = row.query as { timeZone?: string };
      const locale = row.locale as 'zh' | 'en';
      const presentation = {
        locale,
        timeZone: timeZone ?? 'Asia/Shanghai',
        sheet: exportKinds[row.kind as ExportKind][locale],
      };
      await updateExport(db, row, { totalRows: table.total });
      let rows = 0;
      const onRows = async (done: number) => updateExport(db, row, { rows: (rows = done) });
      try {
        const { bytes, sha256 } = await store(
          writeTable(row.format as ExportFormat, table, presentation, onRows),
          (n, body) => addExportPart(db, row, n, body),
        );
        await updateExport(db, row, { state: 'done', rows, totalRows: rows, bytes, sha256 });
        log.info({ export: id, kind: row.kind, format: row.format, rows, bytes }, 'export made');
      } catch (error) {
        if (error instanceof TooManyRows) throw ApplicationFailure.nonRetryable(error.message, 'TooManyRows');
        // A later attempt has it: this one has nothing left to do.
        if (!(error instanceof ExportTakenOver)) throw error;
      }
    },

    /** Says that it cannot be made; `failure` is a code. */
    async giveUpExport({ id, failure }: { id: string; failure: string }): Promise<void> {
      await failExport(db, id, failure);
    },

    /** Deletes the file and its row: its time is over. */
    async removeExport({ id }: { id: string }): Promise<void> {
      await removeExport(db, id);
    },
  };
}

async function store(pieces: AsyncIterable<Buffer>, add: (n: number, body: Buffer) => Promise<void>) {
  const hash = createHash('sha256');
  let [n, bytes] = [0, 0];
  let pending: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    hash.update(piece);
    bytes += piece.length;
    pending = pending.length ? Buffer.concat([pending, piece]) : piece;
    for (; pending.length >= PART_BYTES; pending = pending.subarray(PART_BYTES))
      await add(n++, pending.subarray(0, PART_BYTES));
  }
  if (pending.length || n === 0) await add(n, pending);
  return { bytes, sha256: hash.digest('hex') };
}
