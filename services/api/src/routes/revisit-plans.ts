import { processes, revisitChannels, surveyMeasures } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  addQuestionnaire,
  findCustomerClass,
  findQuestionnaire,
  findRevisitPlan,
  holdCustomer,
  listQuestionnaires,
  listRevisitPlans,
  makeRevisitByHand,
  putRevisitPlan,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import { stepIdFor } from '../delivery';
import type { Deps } from '../deps';
import { type FieldError, invalidFields, problems } from '../http/problems';
import { type Route, anyStaff, created, ok, route, staffWith } from '../http/route';
import { idParams, idempotencyKey, instant } from '../http/schemas';

const tag = 'revisits';
const words = z.string().trim().min(1).max(200);
const names = { nameZh: z.string().trim().min(1).max(60), nameEn: z.string().trim().min(1).max(60) };

const question = z
  .strictObject({
    id: idSchema,
    kind: z.enum(['score', 'choice', 'text']),
    ...{ zh: words, en: words },
    options: z
      .array(z.strictObject({ id: idSchema, zh: words, en: words }))
      .min(2)
      .max(12)
      .optional(),
    measure: z
      .enum(surveyMeasures)
      .optional()
      .meta({ description: "Its score means what a survey's score of this name does (G12)" }),
    optional: z.literal(true).optional(),
  })
  .superRefine(({ kind, options, measure }, context) => {
    if ((kind === 'choice') !== (options !== undefined))
      context.addIssue({ code: 'custom', path: ['options'], message: options ? 'malformed' : 'required' });
    if (measure && kind !== 'score') context.addIssue({ code: 'custom', path: ['measure'], message: 'malformed' });
  });
const distinct = (all: Array<{ id: string }>) => new Set(all.map(({ id }) => id)).size === all.length;
const questionnaireBody = z.strictObject({
  ...names,
  questions: z.array(question).min(1).max(30).refine(distinct, { message: 'repeated' }),
});
const questionnaireSchema = z
  .strictObject({
    ...{ id: idSchema, version: z.int(), ...questionnaireBody.shape },
    ...{ updatedBy: z.string(), updatedAt: instant },
  })
  .meta({ id: 'Questionnaire' });

const plan = {
  ...names,
  trigger: z
    .enum(['customer-registered', 'ticket-closed', 'class-strategy'])
    .meta({ description: "From when days count; `class-strategy` takes days and channel from the customer's class" }),
  classes: z.array(idSchema).max(20).meta({ description: 'Only customers of these classes; none means any' }),
  processes: z.array(z.enum(processes)).max(20),
  offsetDays: z.int().min(0).max(365),
  repeatDays: z.int().min(1).max(730).nullable().meta({ description: 'Of `customer-registered`: again and again' }),
  channel: z.enum(revisitChannels),
  timeOfDay: z.enum(['morning', 'afternoon', 'evening']).nullable(),
  questionnaire: idSchema,
  active: z.boolean(),
};
const planBody = z
  .strictObject({
    ...plan,
    classes: plan.classes.default([]),
    processes: plan.processes.default([]),
    offsetDays: plan.offsetDays.default(0),
    repeatDays: plan.repeatDays.default(null),
    channel: plan.channel.default('phone'),
    timeOfDay: plan.timeOfDay.default(null),
    active: plan.active.default(true),
  })
  .refine(({ trigger, repeatDays }) => repeatDays === null || trigger === 'customer-registered', {
    ...{ path: ['repeatDays'], message: 'malformed' },
  });
const planSchema = z
  .strictObject({ id: idSchema, ...plan, since: z.iso.date(), updatedBy: z.string(), updatedAt: instant })
  .meta({ id: 'RevisitPlan' });

/** A revisit of one customer, wanted now and by hand. */
const byHand = route({
  method: 'post',
  path: '/revisits',
  tag,
  summary: { zh: '指定回访一位客户', en: 'Revisit one customer now' },
  who: staffWith(['supervisor', 'team-leader', 'revisit-group']),
  headers: z.object({ 'idempotency-key': idempotencyKey }),
  body: z.strictObject({ plan: idSchema, customer: idSchema }),
  answers: { 201: z.strictObject({ number: z.string() }).meta({ id: 'RevisitMade' }) },
  async handle({ body, headers, caller: { actor }, trace }, { db, env }) {
    const key = stepIdFor(actor.id, 'POST', '/api/v1/revisits', headers['idempotency-key']);
    const made = await db.transaction(async (tx) => {
      const plan = await findRevisitPlan(tx, body.plan);
      const customer = await holdCustomer(tx, body.customer);
      const errors: FieldError[] = [];
      if (!plan) errors.push({ field: 'plan', code: 'unknown-id' });
      if (!customer) errors.push({ field: 'customer', code: 'unknown-id' });
      if (!plan || !customer) throw invalidFields(errors);
      const row = await makeRevisitByHand(tx, plan, customer, { key, actor, timeZone: env.DUBAN_TIME_ZONE });
      if (row?.ticket)
        await writeAudit(tx, { actor: actor.id, action: 'revisit:wanted', object: row.ticket, trace, detail: body });
      return row;
    });
    if (made?.leftOut === 'objected') throw problems.conflict('objected', '客户不愿接受回访', 'The customer objects');
    if (!made?.ticket) throw problems.conflict('no-contact', '客户没有可用的联系方式', 'There is no way to reach them');
    return created({ number: made.ticket }, `/api/v1/tickets/${made.ticket}`);
  },
});
/** Questionnaires and the plans by which customers are revisited (R1). */
export const revisitPlanRoutes: Route[] = [
  byHand,
  route({
    method: 'get',
    path: '/questionnaires',
    tag,
    summary: { zh: '回访问卷', en: 'Questionnaires' },
    who: anyStaff(),
    answers: { 200: z.strictObject({ questionnaires: z.array(questionnaireSchema) }) },
    handle: async (_call, { db }) => ok({ questionnaires: await listQuestionnaires(db) }),
  }),
  route({
    method: 'put',
    path: '/questionnaires/:id',
    tag,
    summary: { zh: '新增问卷或新版本', en: 'A questionnaire, or a new version of it' },
    who: staffWith(['administrator']),
    params: idParams,
    object: ({ params }, { db }) => findQuestionnaire(db, params.id),
    body: questionnaireBody,
    answers: { 200: questionnaireSchema },
    async handle({ params: { id }, object, body, caller, trace }, { db }) {
      const row = await db.transaction(async (tx) => {
        const made = await addQuestionnaire(tx, { id, ...body, updatedBy: caller.actor.id });
        const detail = { before: object?.version ?? null, version: made.version };
        await writeAudit(tx, { actor: caller.actor.id, action: 'questionnaire:put', object: id, trace, detail });
        return made;
      });
      return ok(row);
    },
  }),
  route({
    method: 'get',
    path: '/revisit-plans',
    tag,
    summary: { zh: '回访计划', en: 'Revisit plans' },
    who: anyStaff(),
    answers: { 200: z.strictObject({ plans: z.array(planSchema) }) },
    handle: async (_call, { db }) => ok({ plans: await listRevisitPlans(db) }),
  }),
  route({
    method: 'put',
    path: '/revisit-plans/:id',
    tag,
    summary: { zh: '新增或修改回访计划', en: 'Create or change a revisit plan' },
    who: staffWith(['administrator']),
    params: idParams,
    object: ({ params }, { db }) => findRevisitPlan(db, params.id),
    body: planBody,
    answers: { 200: planSchema },
    async handle({ params: { id }, object, body, caller, trace }, deps) {
      await assertKnown(body, deps);
      const row = await deps.db.transaction(async (tx) => {
        const put = await putRevisitPlan(tx, { id, ...body, updatedBy: caller.actor.id });
        const detail = { before: object ?? null, after: body };
        await writeAudit(tx, { actor: caller.actor.id, action: 'revisit-plan:put', object: id, trace, detail });
        return put;
      });
      return ok(row);
    },
  }),
];

async function assertKnown({ questionnaire, classes }: z.output<typeof planBody>, { db }: Deps): Promise<void> {
  const errors: FieldError[] = [];
  if (!(await findQuestionnaire(db, questionnaire))) errors.push({ field: 'questionnaire', code: 'unknown-id' });
  for (const [i, id] of classes.entries())
    if (!(await findCustomerClass(db, id))) errors.push({ field: `classes.${i}`, code: 'unknown-id' });
  if (errors.length) throw invalidFields(errors);
}
