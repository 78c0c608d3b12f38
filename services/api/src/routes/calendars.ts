import {
  CHINA,
  activePolicy,
  findPublicYear,
  importLibraryYear,
  knownYears,
  listPublicYears,
  putPublicYear,
  writeAudit,
} from '@duban/database';
import { missingYears } from '@duban/policy/compile';
import { z } from 'zod';
import { type FieldError, invalidFields, problems } from '../http/problems';
import { anyStaff, ok, route, staffWith } from '../http/route';
import { instant } from '../http/schemas';

const tag = 'calendars';

const params = z.object({
  region: z.string().regex(/^[A-Z]{2}(-[A-Z0-9]{1,6})?$/),
  year: z.coerce.number().int().min(2000).max(2200),
});
const name = z.string().trim().min(1).max(50);
const daySchema = z.strictObject({
  date: z.iso.date(),
  open: z.boolean().meta({ description: 'true: a weekend day worked in exchange 调休' }),
  nameZh: name,
  nameEn: name,
});
const year = {
  region: z.string(),
  year: z.number().int(),
  source: z.string(),
  by: z.string(),
  at: instant,
};
const yearSchema = z.strictObject({ ...year, days: z.array(daySchema) }).meta({ id: 'PublicYear' });
export const missingYearSchema = z
  .strictObject({ calendar: z.string(), year: z.number().int() })
  .meta({ id: 'MissingYear' });

/** A day stands in its own year and only once. */
function assertDays(wanted: number, days: Array<{ date: string }>): void {
  const seen = new Set<string>();
  const errors = days.flatMap(({ date }, i): FieldError[] => {
    const field = `days.${i}.date`;
    if (!date.startsWith(`${wanted}-`)) return [{ field, code: 'malformed' }];
    if (seen.has(date)) return [{ field, code: 'repeated' }];
    seen.add(date);
    return [];
  });
  if (errors.length) throw invalidFields(errors);
}

export const calendarRoutes = [
  route({
    method: 'get',
    path: '/calendars',
    tag,
    summary: { zh: '各年度节假日数据,以及缺少的年度', en: 'Public holidays by year, and the years that are missing' },
    who: anyStaff(),
    answers: {
      200: z.strictObject({
        years: z.array(z.strictObject({ ...year, days: z.number().int() })),
        missing: z
          .array(missingYearSchema)
          .meta({ description: 'Years that the policy in force needs and that would be all working days' }),
      }),
    },
    async handle(_call, { db }) {
      const [years, known, policy] = await Promise.all([listPublicYears(db), knownYears(db), activePolicy(db)]);
      return ok({ years, missing: policy ? missingYears(policy.definition, known, new Date()) : [] });
    },
  }),
  route({
    method: 'get',
    path: '/calendars/:region/years/:year',
    tag,
    summary: { zh: '一个年度的节假日与调休', en: "One year's public holidays and make-up days" },
    who: anyStaff(),
    params,
    async object({ params: { region, year } }, { db }) {
      const found = await findPublicYear(db, region, year);
      if (!found) throw problems.notFound();
      return found;
    },
    answers: { 200: yearSchema },
    handle: async ({ object }) => ok(object),
  }),
  route({
    method: 'put',
    path: '/calendars/:region/years/:year',
    tag,
    summary: {
      zh: '导入一个年度:给出日期,或留空取自 chinese-days',
      en: 'Bring in a year: the days given, or those of chinese-days',
    },
    who: staffWith(['administrator']),
    params,
    // PUT creates what is not there.
    object: async () => null,
    body: z.strictObject({
      days: z
        .array(daySchema)
        .max(366)
        .optional()
        .meta({ description: 'Absent: from the library, for mainland China (CN)' }),
    }),
    answers: { 200: yearSchema },
    async handle({ params: { region, year }, body: { days }, caller, trace }, { db }) {
      if (days) assertDays(year, days);
      const by = caller.actor.id;
      await db.transaction(async (tx) => {
        if (days) await putPublicYear(tx, { region, year, days, source: 'by-hand', by });
        else if (region !== CHINA || !(await importLibraryYear(tx, year, by)))
          throw problems.conflict(
            'no-calendar-data',
            'chinese-days 尚无该年度数据,请填写日期',
            'chinese-days has no data of this year yet; give the days',
          );
        await writeAudit(tx, {
          ...{ actor: by, action: 'calendar:import', object: `${region}:${year}`, trace },
          detail: { source: days ? 'by-hand' : 'chinese-days', days: days?.length ?? null },
        });
      });
      return ok((await findPublicYear(db, region, year))!);
    },
  }),
];
