import { faultCauseLabels } from '@duban/contracts';
import { type FaultSummary, findFaultSummary, listFaultSummaries } from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import { scopeNames } from '../faults/views';
import { type Locale, labelIn } from '../http/locale';
import { problems } from '../http/problems';
import { anyStaff, ok, route } from '../http/route';
import { instant } from '../http/schemas';
import { categoryName, directoryOf } from '../tickets/directory';

const tag = 'faults';
/** Codes and numbers of nobody in particular: the departments are meant to read them. */
const readers = anyStaff({ scope: 'tickets:read' });

const part = z.strictObject({
  ...{ code: z.string(), label: z.string(), count: z.number().int(), share: z.number() },
  ...{ before: z.number().int(), change: z.number().int() },
});
const summarySchema = z
  .strictObject({
    week: z.iso.date(),
    timeZone: z.string(),
    madeAt: instant,
    reports: z.strictObject({ count: z.number().int(), before: z.number().int() }),
    kinds: z.array(part),
    areas: z.array(part),
    causes: z.array(part),
    rows: z.array(
      z.strictObject({
        ...{ category: z.string(), categoryName: z.string(), area: z.string(), areaName: z.string() },
        ...{ cause: z.string(), causeLabel: z.string(), count: z.number().int() },
      }),
    ),
    departments: z.array(
      z.strictObject({ department: z.string(), name: z.string(), count: z.number().int(), closed: z.number().int() }),
    ),
    announcements: z.strictObject({ count: z.number().int(), callers: z.number().int() }),
  })
  .meta({ id: 'FaultSummary' });

async function viewer(deps: Deps, locale: Locale) {
  const [directory, nameOf] = [await directoryOf(deps.db), await scopeNames(deps, locale)];
  const category = (code: string) => categoryName(directory, code, locale);
  const area = (code: string) => (code === 'unknown' ? { zh: '未知', en: 'Unknown' }[locale] : nameOf('area', code));
  const cause = (code: string) => labelIn(faultCauseLabels, code, locale);
  return ({ pack, madeAt }: FaultSummary) => ({
    ...pack,
    madeAt,
    kinds: pack.kinds.map((one) => ({ ...one, label: category(one.code) })),
    areas: pack.areas.map((one) => ({ ...one, label: area(one.code) })),
    causes: pack.causes.map((one) => ({ ...one, label: cause(one.code) })),
    rows: pack.rows.map((row) => ({
      ...row,
      ...{ categoryName: category(row.category), areaName: area(row.area), causeLabel: cause(row.cause) },
    })),
    departments: pack.departments.map((row) => ({
      ...row,
      name: directory.departments.get(row.department)?.[locale] ?? row.department,
    })),
  });
}

export const faultSummaryRoutes = [
  route({
    method: 'get',
    path: '/fault-summaries',
    tag,
    summary: { zh: '每周故障汇总', en: 'Weekly fault summaries' },
    who: readers,
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(60).default(12) }),
    answers: { 200: z.strictObject({ summaries: z.array(summarySchema) }) },
    async handle({ query, locale }, deps) {
      const [rows, view] = [await listFaultSummaries(deps.db, query.limit), await viewer(deps, locale)];
      return ok({ summaries: rows.map(view) });
    },
  }),
  route({
    method: 'get',
    path: '/fault-summaries/:week',
    tag,
    summary: { zh: '某周故障汇总', en: "One week's fault summary" },
    who: readers,
    params: z.object({ week: z.iso.date() }),
    async object({ params }, { db }): Promise<FaultSummary> {
      const summary = await findFaultSummary(db, params.week);
      if (!summary) throw problems.notFound();
      return summary;
    },
    answers: { 200: summarySchema },
    handle: async ({ object, locale }, deps) => ok((await viewer(deps, locale))(object)),
  }),
];
