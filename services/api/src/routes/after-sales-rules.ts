import { conditions, deskRoles, serviceKinds, wantedMaterials } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  afterSalesResults,
  findAfterSalesRule,
  findCategory,
  listAfterSalesRules,
  policyAnswer,
  putAfterSalesRule,
  rulesFor,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import { invalidFields } from '../http/problems';
import { anyStaff, ok, route, staffWith } from '../http/route';
import { idParams, instant } from '../http/schemas';

const tag = 'business';
const distinct = <T extends string>(values: readonly [T, ...T[]]) =>
  z
    .array(z.enum(values))
    .max(values.length)
    .refine((given) => new Set(given).size === given.length, { message: 'repeated' });
const kinds = z.enum(serviceKinds);
const rule = {
  category: idSchema.nullable().meta({ description: 'null is for every category; its own rule comes first' }),
  kind: kinds,
  periodDays: z.number().int().min(0).max(3_660).meta({ description: 'Whole days since the purchase' }),
  conditions: distinct(conditions).min(1),
  materials: distinct(wantedMaterials as [(typeof wantedMaterials)[number]]),
  approvalFromFen: z.number().int().min(0).max(1_000_000_000).meta({
    description: 'From this amount on a team leader approves, beyond the limit of the policy a supervisor',
  }),
  active: z.boolean(),
};
const ruleSchema = z.strictObject({ id: idSchema, ...rule }).meta({ id: 'AfterSalesRule' });
const answerSchema = z.strictObject({
  options: z.array(
    z.strictObject({
      kind: kinds,
      rule: z.string(),
      materials: z.array(z.enum(wantedMaterials)),
      approvalFromFen: z.number().int(),
    }),
  ),
  reasons: z.array(z.enum(['no-rule', 'too-late', 'condition'])),
});
const day = z.iso.date();
const resultSchema = z.strictObject({
  category: z.string(),
  kind: z.string().nullable(),
  result: z.string().nullable(),
  cause: z.string().nullable(),
  tickets: z.number().int(),
  amountFen: z.number(),
});

/** 售后政策 (A1): what may be given after a sale, as rules; and what came of it, for process improvement. */
export const afterSalesRuleRoutes = [
  route({
    method: 'get',
    path: '/after-sales-rules',
    tag,
    summary: { zh: '售后政策规则', en: 'After-sales rules' },
    who: anyStaff(),
    answers: { 200: z.strictObject({ rules: z.array(ruleSchema) }) },
    handle: async (_call, { db }) => ok({ rules: await listAfterSalesRules(db) }),
  }),
  route({
    method: 'put',
    path: '/after-sales-rules/:id',
    tag,
    summary: { zh: '新增或修改售后规则', en: 'Create or change an after-sales rule' },
    who: staffWith(['administrator']),
    params: idParams,
    object: ({ params }, { db }) => findAfterSalesRule(db, params.id),
    body: z.strictObject({
      ...rule,
      category: rule.category.default(null),
      materials: rule.materials.default([]),
      approvalFromFen: rule.approvalFromFen.default(0),
      active: rule.active.default(true),
    }),
    answers: { 200: ruleSchema },
    async handle({ params: { id }, object, body, caller, trace }, { db }) {
      const category = body.category === null ? undefined : await findCategory(db, body.category);
      if (body.category !== null && !category) throw invalidFields([{ field: 'category', code: 'unknown-id' }]);
      if (category && category.process !== 'after-sales')
        throw invalidFields([{ field: 'category', code: 'wrong-process' }]);
      await db.transaction(async (tx) => {
        await putAfterSalesRule(tx, { id, ...body });
        const detail = { before: object ?? null, after: body };
        await writeAudit(tx, { actor: caller.actor.id, action: 'after-sales-rule:put', object: id, trace, detail });
      });
      return ok({ id, ...body });
    },
  }),
  route({
    method: 'post',
    path: '/after-sales-rules/ask',
    tag,
    summary: { zh: '试算售后政策', en: 'Ask what the rules allow' },
    who: staffWith([...deskRoles, 'administrator']),
    body: z.strictObject({ category: idSchema, condition: z.enum(conditions), purchasedAt: instant }),
    answers: { 200: answerSchema },
    async handle({ body: { category, condition, purchasedAt } }, { db }) {
      const rules = await rulesFor(db, category);
      return ok(policyAnswer(rules, { condition, purchasedAt: Date.parse(purchasedAt), at: Date.now() }));
    },
  }),
  route({
    method: 'get',
    path: '/statistics/after-sales',
    tag: 'statistics',
    summary: { zh: '售后结果与原因统计', en: 'What after-sales ended with, and why' },
    who: staffWith([...deskRoles, 'auditor', 'administrator']),
    query: z.strictObject({
      from: day.meta({ description: "First day of registration, of the centre's time zone" }),
      to: day.meta({ description: 'Last day, included' }),
    }),
    answers: { 200: z.strictObject({ rows: z.array(resultSchema) }) },
    async handle({ query: { from, to } }, { db, env }) {
      if (to < from) throw invalidFields([{ field: 'to', code: 'not-after' }]);
      return ok({ rows: await afterSalesResults(db, { from, to, timeZone: env.DUBAN_TIME_ZONE }) });
    },
  }),
];
