import { idSchema } from '@duban/contracts/schemas';
import { listAudit, listDailyReports } from '@duban/database';
import { z } from 'zod';
import { stuckWork } from '../stuck-work';
import { ok, route, staffWith } from '../http/route';
import { instant } from '../http/schemas';

const tag = 'operations';
const day = z.iso.date();

export const operationRoutes = [
  route({
    method: 'get',
    path: '/stuck-work',
    tag,
    summary: { zh: '卡住的工作:时长、原因与处理办法', en: 'Stuck work: age, cause and remedy' },
    who: staffWith(['supervisor', 'administrator']),
    answers: {
      200: z.strictObject({
        items: z.array(
          z
            .strictObject({
              kind: z.string(),
              ticket: z.string().nullable(),
              ageMs: z.number(),
              cause: z.string(),
              remedy: z.string(),
            })
            .meta({ id: 'StuckItem' }),
        ),
      }),
    },
    async handle({ locale }, { database, client }) {
      const found = await stuckWork(database, client);
      return ok({
        items: found.map(({ ticket, remedy, ...rest }) => ({
          ...rest,
          ticket: ticket ?? null,
          remedy: remedy[locale],
        })),
      });
    },
  }),
  route({
    method: 'get',
    path: '/reports/daily',
    tag,
    summary: { zh: '日报:响应及时率、解决率、满意度', en: 'Daily report: timeliness, resolution, satisfaction' },
    who: staffWith(['supervisor', 'team-leader', 'auditor', 'administrator']),
    query: z.strictObject({ from: day, to: day }),
    answers: {
      200: z.strictObject({
        rows: z.array(
          z
            .strictObject({
              day: z.string(),
              process: z.string(),
              measure: z.string(),
              value: z.unknown(),
              madeAt: instant,
            })
            .meta({ id: 'DailyReportRow' }),
        ),
      }),
    },
    handle: async ({ query }, { db }) => ok({ rows: await listDailyReports(db, query.from, query.to) }),
  }),
  route({
    method: 'get',
    path: '/audit',
    tag,
    summary: { zh: '审计记录', en: 'Audit log' },
    who: staffWith(['auditor', 'administrator']),
    query: z.strictObject({
      object: idSchema.optional(),
      actor: idSchema.optional(),
      action: z.string().max(100).optional(),
      before: z.coerce.number().int().positive().optional(),
      limit: z.coerce.number().int().min(1).max(200).default(100),
    }),
    answers: {
      200: z.strictObject({
        entries: z.array(
          z
            .strictObject({
              id: z.number().int(),
              at: instant,
              actor: z.string(),
              action: z.string(),
              object: z.string(),
              trace: z.string().nullable(),
              detail: z.unknown(),
            })
            .meta({ id: 'AuditEntry' }),
        ),
      }),
    },
    handle: async ({ query }, { db }) => ok({ entries: await listAudit(db, query) }),
  }),
];
