import { stageLabels, typeLabels } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  type MeasureState,
  type PreventiveMeasure,
  type WeeklyReview,
  existingIds,
  findMeasure,
  findReview,
  holdReview,
  listMeasures,
  listReviews,
  updateMeasure,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import { type Locale, labelIn } from '../http/locale';
import { invalidFields, problems } from '../http/problems';
import { type Caller, anyStaff, ok, route, staffWith } from '../http/route';
import { idParams, instant } from '../http/schemas';
import { measureSchema, measureView } from '../problems/measures';
import { hintView } from '../statistics/hint-texts';
import { type Directory, categoryName, directoryOf } from '../tickets/directory';
import { libraryReaders, stale } from './problem-library';
import { hintSchema } from './statistics';

const tag = 'complaint-problems';
const readers = staffWith(['supervisor', 'team-leader', 'auditor', 'administrator']);

const part = z
  .strictObject({
    code: z.string(),
    label: z.string(),
    count: z.number().int(),
    share: z.number(),
    before: z.number().int(),
    change: z.number().int(),
  })
  .meta({ id: 'ReviewPart', description: 'How much of the week; `change` against the week before' });
const reviewSchema = z
  .strictObject({
    week: z.string(),
    timeZone: z.string(),
    madeAt: instant,
    complaints: z.strictObject({ count: z.number().int(), before: z.number().int() }),
    categories: z.array(part),
    types: z.array(part),
    stages: z.array(part),
    overdueRectifications: z.array(
      z.strictObject({
        ticket: z.string(),
        department: z.string().nullable(),
        departmentName: z.string().nullable(),
        dueAt: instant,
        lateMs: z.number(),
      }),
    ),
    measures: z.strictObject({
      ...{ asked: z.number().int(), planned: z.number().int(), done: z.number().int(), dropped: z.number().int() },
      open: z.array(
        z.strictObject({
          ...{ id: z.string(), problem: z.string(), owner: z.string(), state: z.string() },
          ...{ dueAt: instant, overdue: z.boolean() },
        }),
      ),
    }),
    trend: z.array(
      z.strictObject({
        month: z.string(),
        complaints: z.number().int(),
        closed: z.number().int(),
        medianMs: z.number().nullable(),
        satisfied: z.number().nullable(),
      }),
    ),
    hints: z.array(hintSchema),
    problems: z.array(z.string()),
    minutes: z.string().nullable(),
    heldAt: instant.nullable(),
    heldBy: z.string().nullable(),
  })
  .meta({ id: 'WeeklyReview' });

function reviewView(
  { pack, week, madeAt, minutes, heldAt, heldBy }: WeeklyReview,
  directory: Directory,
  locale: Locale,
) {
  const labelled = (parts: WeeklyReview['pack']['categories'], label: (code: string) => string) =>
    parts.map((entry) => ({ ...entry, label: label(entry.code) }));
  return {
    ...pack,
    ...{ week, madeAt: madeAt.toISOString(), minutes, heldAt: heldAt?.toISOString() ?? null, heldBy },
    categories: labelled(pack.categories, (code) => categoryName(directory, code, locale)),
    types: labelled(pack.types, (code) => labelIn(typeLabels, code, locale)),
    stages: labelled(pack.stages, (code) => labelIn(stageLabels, code, locale)),
    overdueRectifications: pack.overdueRectifications.map((row) => ({
      ...row,
      departmentName: row.department === null ? null : (directory.departments.get(row.department)?.[locale] ?? null),
    })),
    hints: pack.hints.map((hint) => hintView(hint, directory, locale)),
  };
}

async function ofReview({ params }: { params: { week: string } }, { db }: Deps): Promise<WeeklyReview> {
  const review = await findReview(db, params.week);
  if (!review) throw problems.notFound();
  return review;
}

/** Their own, and for readers of the library all. */
async function visibleMeasure({ params, caller }: { params: { id: string }; caller: Caller }, { db }: Deps) {
  const measure = await findMeasure(db, params.id);
  if (!measure || (measure.owner !== caller.actor.id && !readsLibrary(caller))) throw problems.notFound();
  return measure;
}

const readsLibrary = ({ actor }: Caller) => libraryReaders.some((role) => actor.roles.includes(role));

function assertAnswers(measure: PreventiveMeasure, { actor }: Caller): void {
  if (measure.owner !== actor.id && !actor.roles.includes('supervisor')) throw problems.notYours();
}

async function change(
  measure: PreventiveMeasure,
  revision: number,
  values: Parameters<typeof updateMeasure>[3],
  { caller, trace }: { caller: Caller; trace: string },
  { db }: Deps,
) {
  assertAnswers(measure, caller);
  const changed = await db.transaction(async (tx) => {
    const row = await updateMeasure(tx, measure.id, revision, values);
    if (!row) throw stale();
    const action = `measure:${values.state satisfies MeasureState}`;
    await writeAudit(tx, { actor: caller.actor.id, action, object: measure.id, trace });
    return row;
  });
  const [listed] = (await listMeasures(db, { problem: changed.problem, limit: 1_000 })).filter(
    ({ id }) => id === changed.id,
  );
  return ok(measureView(listed!, await directoryOf(db)));
}

const revision = z.number().int().min(1).meta({ description: 'The revision that you saw' });
const week = z.iso.date();

export const reviewRoutes = [
  route({
    method: 'get',
    path: '/complaint-reviews',
    tag,
    summary: { zh: '每周投诉复盘', en: 'Weekly complaint reviews' },
    who: readers,
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(60).default(12) }),
    answers: { 200: z.strictObject({ reviews: z.array(reviewSchema) }) },
    async handle({ query, locale }, { db }) {
      const [rows, directory] = await Promise.all([listReviews(db, query.limit), directoryOf(db)]);
      return ok({ reviews: rows.map((row) => reviewView(row, directory, locale)) });
    },
  }),
  route({
    method: 'get',
    path: '/complaint-reviews/:week',
    tag,
    summary: { zh: '某周复盘材料', en: "One week's pack" },
    who: readers,
    params: z.object({ week }),
    object: ofReview,
    answers: { 200: reviewSchema },
    handle: async ({ object, locale }, { db }) => ok(reviewView(object, await directoryOf(db), locale)),
  }),
  route({
    method: 'put',
    path: '/complaint-reviews/:week/minutes',
    tag,
    summary: { zh: '记录复盘会纪要', en: 'The review was held: its minutes' },
    who: staffWith(['supervisor']),
    params: z.object({ week }),
    object: ofReview,
    body: z.strictObject({ minutes: z.string().trim().min(1).max(8000) }),
    answers: { 200: reviewSchema },
    async handle({ object, body: { minutes }, caller, locale, trace }, { db }) {
      const held = await db.transaction(async (tx) => {
        const values = { actor: caller.actor.id, action: 'review:held', object: `review-${object.week}`, trace };
        await writeAudit(tx, values);
        return holdReview(tx, object.week, { minutes, heldBy: caller.actor.id });
      });
      return ok(reviewView(held!, await directoryOf(db), locale));
    },
  }),
  route({
    method: 'get',
    path: '/measures',
    tag,
    summary: { zh: '预防措施', en: 'Preventive measures' },
    who: anyStaff(),
    query: z.strictObject({
      owner: idSchema.optional().meta({ description: 'Who reads no library sees only their own' }),
      open: z.enum(['true', 'false']).default('false'),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
    answers: { 200: z.strictObject({ measures: z.array(measureSchema) }) },
    async handle({ query: { owner, open, limit }, caller }, { db }) {
      const whose = readsLibrary(caller) ? owner : caller.actor.id;
      const filter = { ...(whose === undefined ? {} : { owner: whose }), open: open === 'true', limit };
      const [rows, directory] = await Promise.all([listMeasures(db, filter), directoryOf(db)]);
      return ok({ measures: rows.map((row) => measureView(row, directory)) });
    },
  }),
  route({
    method: 'put',
    path: '/measures/:id/plan',
    tag,
    summary: { zh: '填写预防措施与完成日期', en: 'What will be done, and by when' },
    who: anyStaff(),
    params: idParams,
    object: visibleMeasure,
    body: z.strictObject({
      revision,
      text: z.string().trim().min(1).max(4000),
      dueAt: instant,
      owner: idSchema.optional(),
    }),
    answers: { 200: measureSchema },
    async handle({ object, body: { revision: seen, text, dueAt, owner }, ...call }, deps) {
      if (Date.parse(dueAt) <= Date.now()) throw invalidFields([{ field: 'dueAt', code: 'in-the-past' }]);
      if (owner && !(await existingIds(deps.db, 'staff', [owner])).has(owner))
        throw invalidFields([{ field: 'owner', code: 'unknown-id' }]);
      const values = { state: 'planned', text, dueAt: new Date(dueAt), ...(owner ? { owner } : {}) } as const;
      return change(object, seen, values, call, deps);
    },
  }),
  route({
    method: 'put',
    path: '/measures/:id/result',
    tag,
    summary: { zh: '预防措施完成或取消', en: 'It is done, or dropped' },
    who: anyStaff(),
    params: idParams,
    object: visibleMeasure,
    body: z.strictObject({
      revision,
      state: z.enum(['done', 'dropped']),
      result: z.string().trim().min(1).max(4000),
    }),
    answers: { 200: measureSchema },
    async handle({ object, body: { revision: seen, state, result }, ...call }, deps) {
      return change(object, seen, { state, result }, call, deps);
    },
  }),
];
