import { customType, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from './people';

const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });

/** A file that somebody asked for: a list or a statistic as .xlsx or CSV (G15). */
export const fileExports = pgTable(
  'exports',
  {
    id: text('id').primaryKey(),
    kind: text('kind').notNull(),
    format: text('format').notNull(),
    locale: text('locale').notNull(),
    /** The list's or statistic's own parameters, checked by the route. */
    query: jsonb('query').$type<Record<string, unknown>>().notNull(),
    /** What the asker could see when they asked: nothing else gets into the file. */
    grants: jsonb('grants').$type<unknown[]>().notNull(),
    requestedBy: text('requested_by').notNull(),
    state: text('state').notNull().default('queued'),
    /** Which attempt writes the parts: an older one that still runs is refused. */
    attempt: integer('attempt').notNull().default(0),
    rows: integer('rows').notNull().default(0),
    /** How many rows it will have, once that is known. */
    totalRows: integer('total_rows'),
    bytes: integer('bytes'),
    sha256: text('sha256'),
    failure: text('failure'),
    requestedAt: instant('requested_at').notNull().defaultNow(),
    finishedAt: instant('finished_at'),
    /** Then file and row are deleted. */
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [index('exports_asker').on(t.requestedBy, t.requestedAt), index('exports_expiry').on(t.expiresAt)],
);

/** An export's bytes in pieces, so that neither writer nor reader holds the whole file. */
export const exportParts = pgTable(
  'export_parts',
  {
    export: text('export_id')
      .notNull()
      .references(() => fileExports.id, { onDelete: 'cascade' }),
    n: integer('n').notNull(),
    body: bytea('body').notNull(),
  },
  (t) => [primaryKey({ columns: [t.export, t.n] })],
);
