import { type Role, deskRoles, stageLabels } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  type ListedProblem,
  addMeasure,
  articlesOfProblem,
  createProblem,
  existingArticles,
  existingIds,
  findProblem,
  linkProblemTickets,
  listMeasures,
  listProblems,
  setProblemArticles,
  ticketsOfProblem,
  unlinkProblemTickets,
  updateProblem,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import { pageOf, placeOf } from '../http/cursor';
import { type Locale, labelIn } from '../http/locale';
import { invalidFields, problems } from '../http/problems';
import { created, ok, route, staffWith } from '../http/route';
import { idParams, instant, number } from '../http/schemas';
import { measureSchema, measureView } from '../problems/measures';
import { type Directory, categoryName, directoryOf, personIn } from '../tickets/directory';

const tag = 'complaint-problems';
export const libraryReaders: readonly Role[] = [...deskRoles, 'auditor', 'department-head', 'knowledge-editor'];
const readers = staffWith(libraryReaders);
const editors = staffWith(['supervisor', 'team-leader', 'knowledge-editor']);

const states = ['proposed', 'open', 'settled'] as const;
const text = (max: number) => z.string().trim().max(max);
const stage = z.enum(Object.keys(stageLabels));
const TICKETS_SHOWN = 200;

const brief = {
  id: z.string(),
  title: z.string(),
  description: z.string(),
  category: z.string(),
  categoryName: z.string(),
  stage: z.string().nullable(),
  stageLabel: z.string().nullable(),
  causes: z.string(),
  owner: z.string().nullable(),
  ownerName: z.string().nullable(),
  state: z.enum(states),
  week: z.string().nullable().meta({ description: 'Monday of the review that proposed it' }),
  frequency: z.strictObject({ tickets: z.number().int(), last30Days: z.number().int() }),
  createdBy: z.string(),
  createdAt: instant,
  updatedAt: instant,
  revision: z.number().int(),
};
const listedSchema = z.strictObject(brief).meta({ id: 'ListedComplaintProblem' });
const problemSchema = z
  .strictObject({
    ...brief,
    tickets: z.array(z.string()).meta({ description: `Newest first, at most ${TICKETS_SHOWN}` }),
    articles: z.array(z.string()),
    measures: z.array(measureSchema),
  })
  .meta({ id: 'ComplaintProblem' });

function listedView(row: ListedProblem, directory: Directory, locale: Locale) {
  const { tickets, recentTickets, ...problem } = row;
  return {
    ...problem,
    state: problem.state as (typeof states)[number],
    createdAt: problem.createdAt.toISOString(),
    updatedAt: problem.updatedAt.toISOString(),
    categoryName: categoryName(directory, problem.category, locale),
    stageLabel: problem.stage === null ? null : labelIn(stageLabels, problem.stage, locale),
    ownerName: personIn(directory, problem.owner)?.name ?? null,
    frequency: { tickets, last30Days: recentTickets },
  };
}

async function wholeView(id: string, locale: Locale, { db }: Deps): Promise<z.output<typeof problemSchema>> {
  const [row, tickets, articles, measures, directory] = await Promise.all([
    findProblem(db, id),
    ticketsOfProblem(db, id, TICKETS_SHOWN),
    articlesOfProblem(db, id),
    listMeasures(db, { problem: id, limit: 200 }),
    directoryOf(db),
  ]);
  const listed = listedView(row!, directory, locale);
  return { ...listed, tickets, articles, measures: measures.map((measure) => measureView(measure, directory)) };
}

async function ofProblem({ params }: { params: { id: string } }, { db }: Deps): Promise<ListedProblem> {
  const problem = await findProblem(db, params.id);
  if (!problem) throw problems.notFound();
  return problem;
}

async function assertKnown(of: 'staff' | 'category', field: string, id: string | null | undefined, { db }: Deps) {
  if (id && !(await existingIds(db, of, [id])).has(id)) throw invalidFields([{ field, code: 'unknown-id' }]);
}

export const stale = () =>
  problems.conflict('stale', '他人已修改,请刷新后重试', 'Somebody else changed it: look at it again first');

export const problemRoutes = [
  route({
    method: 'get',
    path: '/complaint-problems',
    tag,
    summary: { zh: '投诉问题库', en: 'Complaint problem library' },
    who: readers,
    query: z.strictObject({
      state: z.enum(states).optional(),
      category: idSchema.optional(),
      stage: stage.optional(),
      owner: idSchema.optional(),
      limit: z.coerce.number().int().min(1).max(100).default(50),
      cursor: z.string().max(300).optional(),
    }),
    answers: { 200: z.strictObject({ problems: z.array(listedSchema), next: z.string().nullable() }) },
    async handle({ query: { cursor, limit, ...filter }, locale }, { db }) {
      const after = placeOf(cursor);
      const from = after && { at: after.at, id: after.number };
      const [rows, directory] = await Promise.all([
        listProblems(db, { ...filter, ...(from ? { after: from } : {}), limit: limit + 1 }),
        directoryOf(db),
      ]);
      const { page, next } = pageOf(rows, limit, (last) => ({ at: last.createdAt, number: last.id }));
      return ok({ problems: page.map((row) => listedView(row, directory, locale)), next });
    },
  }),
  route({
    method: 'post',
    path: '/complaint-problems',
    tag,
    summary: { zh: '登记问题', en: 'Add a problem' },
    who: editors,
    body: z.strictObject({
      title: text(200).min(1),
      description: text(4000).default(''),
      category: idSchema,
      stage: stage.nullable().default(null),
      causes: text(4000).default(''),
      owner: idSchema.nullable().default(null),
      tickets: z.array(number).max(200).default([]),
    }),
    answers: { 201: problemSchema },
    async handle({ body: { tickets, ...values }, caller, locale, trace }, deps) {
      await assertKnown('category', 'category', values.category, deps);
      await assertKnown('staff', 'owner', values.owner, deps);
      const made = await deps.db.transaction(async (tx) => {
        const problem = await createProblem(tx, { ...values, state: 'open', createdBy: caller.actor.id });
        if (!problem) return undefined;
        await linkProblemTickets(tx, problem.id, tickets);
        await writeAudit(tx, { actor: caller.actor.id, action: 'problem:create', object: problem.id, trace });
        return problem;
      });
      if (!made)
        throw problems.conflict(
          'problem-exists',
          '该分类与环节已有未解决的问题',
          'This category and stage have an unsettled problem already',
        );
      return created(await wholeView(made.id, locale, deps), `/api/v1/complaint-problems/${made.id}`);
    },
  }),
  route({
    method: 'get',
    path: '/complaint-problems/:id',
    tag,
    summary: { zh: '问题详情', en: 'One problem' },
    who: readers,
    params: idParams,
    object: ofProblem,
    answers: { 200: problemSchema },
    handle: async ({ object, locale }, deps) => ok(await wholeView(object.id, locale, deps)),
  }),
  route({
    method: 'patch',
    path: '/complaint-problems/:id',
    tag,
    summary: { zh: '修改问题:描述、原因、责任人、状态', en: 'Change a problem: causes, owner, state …' },
    who: editors,
    params: idParams,
    object: ofProblem,
    body: z.strictObject({
      revision: z.number().int().min(1).meta({ description: 'The revision that you saw' }),
      title: text(200).min(1).optional(),
      description: text(4000).optional(),
      stage: stage.nullable().optional(),
      causes: text(4000).optional(),
      owner: idSchema.nullable().optional(),
      state: z.enum(['open', 'settled']).optional(),
    }),
    answers: { 200: problemSchema },
    async handle({ object, body: { revision, ...values }, caller, locale, trace }, deps) {
      await assertKnown('staff', 'owner', values.owner, deps);
      const changed = await deps.db.transaction(async (tx) => {
        const detail = { fields: Object.keys(values), ...(values.state ? { state: values.state } : {}) };
        await writeAudit(tx, { actor: caller.actor.id, action: 'problem:update', object: object.id, trace, detail });
        const row = await updateProblem(tx, object.id, revision, values);
        if (!row) throw stale();
        return row;
      });
      return ok(await wholeView(changed.id, locale, deps));
    },
  }),
  route({
    method: 'post',
    path: '/complaint-problems/:id/tickets',
    tag,
    summary: { zh: '关联或移除工单', en: 'Tickets it showed in: add and remove' },
    who: editors,
    params: idParams,
    object: ofProblem,
    body: z.strictObject({
      add: z.array(number).max(200).default([]),
      remove: z.array(number).max(200).default([]),
    }),
    answers: { 200: problemSchema },
    async handle({ object: { id }, body: { add, remove }, caller, locale, trace }, deps) {
      await deps.db.transaction(async (tx) => {
        await linkProblemTickets(tx, id, add);
        await unlinkProblemTickets(tx, id, remove);
        const detail = { add, remove };
        await writeAudit(tx, { actor: caller.actor.id, action: 'problem:tickets', object: id, trace, detail });
      });
      return ok(await wholeView(id, locale, deps));
    },
  }),
  route({
    method: 'put',
    path: '/complaint-problems/:id/articles',
    tag,
    summary: { zh: '设置相关知识条目', en: 'Knowledge articles that help with it' },
    who: editors,
    params: idParams,
    object: ofProblem,
    body: z.strictObject({ articles: z.array(idSchema).max(50) }),
    answers: { 200: problemSchema },
    async handle({ object: { id }, body: { articles }, caller, locale, trace }, deps) {
      const unique = [...new Set(articles)];
      const known = await existingArticles(deps.db, unique);
      const errors = articles.flatMap((article, i) =>
        known.has(article) ? [] : [{ field: `articles.${i}`, code: 'unknown-id' as const }],
      );
      if (errors.length) throw invalidFields(errors);
      await deps.db.transaction(async (tx) => {
        await setProblemArticles(tx, id, unique);
        const detail = { articles: unique };
        await writeAudit(tx, { actor: caller.actor.id, action: 'problem:articles', object: id, trace, detail });
      });
      return ok(await wholeView(id, locale, deps));
    },
  }),
  route({
    method: 'post',
    path: '/complaint-problems/:id/measures',
    tag,
    summary: { zh: '制定预防措施', en: 'Add a preventive measure' },
    who: editors,
    params: idParams,
    object: ofProblem,
    body: z.strictObject({ owner: idSchema, text: text(4000).min(1), dueAt: instant }),
    answers: { 201: measureSchema },
    async handle({ object, body: { owner, text, dueAt }, caller, trace }, deps) {
      await assertKnown('staff', 'owner', owner, deps);
      if (Date.parse(dueAt) <= Date.now()) throw invalidFields([{ field: 'dueAt', code: 'in-the-past' }]);
      const measure = await deps.db.transaction(async (tx) => {
        // Of no review: who answers for it is reminded by `remindOfMeasures`.
        const values = { problem: object.id, owner, text, dueAt: new Date(dueAt), week: null };
        const made = await addMeasure(tx, values);
        await writeAudit(tx, { actor: caller.actor.id, action: 'measure:create', object: made.id, trace });
        return made;
      });
      const directory = await directoryOf(deps.db);
      return created(measureView({ ...measure, title: object.title }, directory), `/api/v1/measures/${measure.id}`);
    },
  }),
];
