import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/client';
import { type ExportInput, exportFormats, exportKindNames, exportKinds, taskQueues } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import { type FileExport, createExport, findExport, listExports, readExport, writeAudit } from '@duban/database';
import { z } from 'zod';
import { bodyHashOf, stepIdFor } from '../delivery';
import type { Deps } from '../deps';
import type { Locale } from '../http/locale';
import { problems } from '../http/problems';
import { type Caller, anyStaff, handled, ok, route } from '../http/route';
import { idParams, idempotencyKey, instant } from '../http/schemas';
import { exportRequestSchema, requestedExport } from '../statistics/export-request';

const tag = 'exports';
const LASTS_MS = 24 * 3_600_000;
/** Temporal is asked this long; what it did not hear is asked again when somebody looks. */
const START_MS = 2_000;

const exportSchema = z
  .strictObject({
    id: z.string(),
    kind: z.enum(exportKindNames),
    label: z.string(),
    format: z.enum(exportFormats),
    state: z.enum(['queued', 'running', 'done', 'failed']),
    rows: z.number().int(),
    totalRows: z.number().int().nullable(),
    bytes: z.number().int().nullable(),
    sha256: z.string().nullable(),
    failure: z.string().nullable(),
    requestedAt: instant,
    finishedAt: instant.nullable(),
    expiresAt: instant,
    file: z.string().nullable().meta({ description: 'Where the file is, once it is made' }),
  })
  .meta({ id: 'Export' });

function view(row: FileExport, locale: Locale): z.output<typeof exportSchema> {
  const kind = row.kind as keyof typeof exportKinds;
  return {
    ...{ id: row.id, kind, label: exportKinds[kind][locale], format: row.format as 'xlsx' | 'csv' },
    ...{ state: row.state as 'queued', rows: row.rows, totalRows: row.totalRows, bytes: row.bytes },
    ...{ sha256: row.sha256, failure: row.failure, requestedAt: row.requestedAt.toISOString() },
    ...{ finishedAt: row.finishedAt?.toISOString() ?? null, expiresAt: row.expiresAt.toISOString() },
    file: row.state === 'done' ? `/api/v1/exports/${row.id}/file` : null,
  };
}

/** Nobody else's: for everyone but who asked, there is no such export. */
async function ownExport({ params, caller }: { params: { id: string }; caller: Caller }, { db }: Deps) {
  const row = await findExport(db, params.id);
  if (row?.requestedBy !== caller.actor.id) throw problems.notFound();
  return row;
}

/** Starts the workflow that makes it, if it has not been; when Temporal is away, the next look does. */
async function started(row: FileExport, { client, log }: Deps): Promise<void> {
  if (row.state !== 'queued') return;
  const input: ExportInput = { id: row.id, expiresAt: row.expiresAt.getTime() };
  await client
    .withDeadline(Date.now() + START_MS, () =>
      client.workflow.start('fileExport', {
        ...{ workflowId: `export-${row.id}`, taskQueue: taskQueues.orchestrator, args: [input] },
        ...{ workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE, staticSummary: '导出 · export' },
      }),
    )
    .catch((error: unknown) => {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError))
        log.warn({ export: row.id, err: (error as Error).name }, 'export not started yet');
    });
}

export const exportRoutes = [
  route({
    method: 'post',
    path: '/exports',
    tag,
    summary: {
      zh: '导出列表或统计(Excel/CSV,后台生成)',
      en: 'Have a list or statistic as a file, made in the background',
    },
    who: anyStaff(),
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: exportRequestSchema,
    answers: { 202: exportSchema },
    async handle({ body, headers, caller, locale, trace }, deps) {
      const asked = requestedExport(body, caller, deps.env);
      const id = stepIdFor(caller.actor.id, 'POST', '/api/v1/exports', headers['idempotency-key']).replace(/^s-/, 'x-');
      const requestedBy = caller.actor.id;
      await deps.db.transaction(async (tx) => {
        const expiresAt = new Date(Date.now() + LASTS_MS);
        if (!(await createExport(tx, { id, ...asked, locale, requestedBy, expiresAt }))) return;
        // What was asked for, not what was searched: a telephone number may stand there.
        const detail = { kind: asked.kind, format: asked.format, parameters: Object.keys(body.query ?? {}) };
        await writeAudit(tx, { actor: requestedBy, action: 'export:requested', object: id, trace, detail });
      });
      const row = await findExport(deps.db, id);
      if (!row) throw problems.notFound();
      if (bodyHashOf([row.kind, row.format, row.query]) !== bodyHashOf([asked.kind, asked.format, asked.query]))
        throw problems.otherBody();
      await started(row, deps);
      return { status: 202, body: view(row, locale), headers: { location: `/api/v1/exports/${id}` } };
    },
  }),
  route({
    method: 'get',
    path: '/exports',
    tag,
    summary: { zh: '我的导出', en: 'My exports' },
    who: anyStaff(),
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(100).default(20) }),
    answers: { 200: z.strictObject({ exports: z.array(exportSchema) }) },
    async handle({ query, caller, locale }, { db }) {
      const rows = await listExports(db, caller.actor.id, query.limit);
      return ok({ exports: rows.map((row) => view(row, locale)) });
    },
  }),
  route({
    method: 'get',
    path: '/exports/:id',
    tag,
    summary: { zh: '导出进度', en: 'How far an export is' },
    who: anyStaff(),
    params: idParams,
    object: ownExport,
    answers: { 200: exportSchema },
    async handle({ object: row, locale }, deps) {
      await started(row, deps);
      return ok(view(row, locale));
    },
  }),
  route({
    method: 'get',
    path: '/exports/:id/file',
    tag,
    summary: { zh: '下载导出文件', en: 'Download an export' },
    who: anyStaff(),
    params: z.object({ id: idSchema }),
    object: ownExport,
    download: true,
    answers: { 200: z.string() },
    async handle({ object: row, caller, trace, response }, { db }) {
      if (row.state !== 'done') throw problems.conflict('not-ready', '文件尚未生成', 'The file is not made yet');
      await writeAudit(db, {
        ...{ actor: caller.actor.id, action: 'export:downloaded', object: row.id, trace },
        detail: { kind: row.kind, rows: row.rows, sha256: row.sha256 },
      });
      const name = `duban-${row.kind}-${row.requestedAt.toISOString().slice(0, 10)}.${row.format}`;
      response.status(200).set({
        'content-type': contentTypes[row.format as keyof typeof contentTypes],
        'content-length': String(row.bytes),
        'content-disposition': `attachment; filename="${name}"`,
        'content-security-policy': "default-src 'none'; sandbox",
      });
      await pipeline(Readable.from(readExport(db, row.id)), response);
      return handled;
    },
  }),
];

const contentTypes = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv; charset=utf-8',
} as const;
