import type { ExportKind } from '@duban/contracts';
import type { Db, FileExport } from '@duban/database';
import type { Table } from './table';
import { calls, conversations, deliveries } from './tables/channels';
import { articles, preventiveMeasures, problems } from './tables/knowledge';
import { audit, webhookDeliveries } from './tables/logs';
import { customers, staff } from './tables/people';
import type { Source } from './tables/source';
import { dailyReport, statistics } from './tables/statistics';
import { archive, tickets } from './tables/tickets';

/** The table that an export asks for: the very lists and statistics that routes show, with the asker's own sight. */
export function tableOf(db: Db, row: FileExport): Promise<Table> {
  return sources[row.kind as ExportKind](db, row);
}

const sources: Record<ExportKind, Source> = {
  tickets,
  statistics,
  'daily-report': dailyReport,
  customers,
  problems,
  measures: preventiveMeasures,
  audit,
  calls,
  conversations,
  deliveries,
  articles,
  staff,
  archive,
  'webhook-deliveries': webhookDeliveries,
};
