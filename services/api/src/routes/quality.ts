import { processes, qualityRuleKinds } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  addQualityForm,
  checkByHand,
  findQualityForm,
  findQualityRule,
  listQualityForms,
  listQualityRules,
  putQualityRule,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import { invalidFields, problems } from '../http/problems';
import { type Route, anyStaff, created, ok, route, staffWith } from '../http/route';
import { idParams, instant, ticketParams } from '../http/schemas';
import { ofTicket } from '../tickets/visibility';

const tag = 'quality';
/** Agents do not know by which rules they are drawn. */
const readers = staffWith(['administrator', 'supervisor', 'team-leader', 'auditor']);
const words = z.string().trim().min(1).max(200);
const names = { nameZh: z.string().trim().min(1).max(60), nameEn: z.string().trim().min(1).max(60) };

const item = z.strictObject({
  ...{ id: idSchema, zh: words, en: words },
  weight: z.int().min(1).max(100),
  max: z.int().min(1).max(100),
  fatal: z.literal(true).optional().meta({ description: 'Without a point, the whole check fails' }),
});
const formBody = z.strictObject({
  ...names,
  items: z
    .array(item)
    .min(1)
    .max(30)
    .refine((items) => new Set(items.map(({ id }) => id)).size === items.length, { message: 'repeated' }),
  passPercent: z.int().min(1).max(100),
});
const formSchema = z
  .strictObject({
    ...{ id: idSchema, version: z.int(), ...formBody.shape },
    ...{ updatedBy: z.string(), updatedAt: instant },
  })
  .meta({ id: 'QualityForm' });

const rule = {
  ...names,
  kind: z.enum(qualityRuleKinds),
  sharePercent: z.int().min(1).max(100).meta({ description: 'Of the tickets that fit' }),
  processes: z.array(z.enum(processes)).max(20),
  newStaffDays: z.int().min(1).max(730),
  form: idSchema,
  active: z.boolean(),
};
const ruleSchema = z
  .strictObject({ id: idSchema, ...rule, since: instant, updatedBy: z.string() })
  .meta({ id: 'QualityRule' });

/** Forms and rules of the quality check (issue 5, section 7). */
export const qualityRoutes: Route[] = [
  route({
    method: 'get',
    path: '/quality-forms',
    tag,
    summary: { zh: '质检评分表', en: 'Quality forms' },
    // Whoever is checked may know by what.
    who: anyStaff(),
    answers: { 200: z.strictObject({ forms: z.array(formSchema) }) },
    handle: async (_call, { db }) => ok({ forms: await listQualityForms(db) }),
  }),
  route({
    method: 'put',
    path: '/quality-forms/:id',
    tag,
    summary: { zh: '新增评分表或新版本', en: 'A quality form, or a new version of it' },
    who: staffWith(['administrator']),
    params: idParams,
    object: ({ params }, { db }) => findQualityForm(db, params.id),
    body: formBody,
    answers: { 200: formSchema },
    async handle({ params: { id }, object, body, caller, trace }, { db }) {
      const row = await db.transaction(async (tx) => {
        const made = await addQualityForm(tx, { id, ...body, updatedBy: caller.actor.id });
        const detail = { before: object?.version ?? null, version: made.version };
        await writeAudit(tx, { actor: caller.actor.id, action: 'quality-form:put', object: id, trace, detail });
        return made;
      });
      return ok(row);
    },
  }),
  route({
    method: 'post',
    path: '/tickets/:number/quality-check',
    tag,
    summary: { zh: '指定质检一张已关闭的工单', en: 'Check one closed ticket' },
    who: staffWith(['supervisor', 'team-leader']),
    params: ticketParams,
    object: ofTicket,
    body: z.strictObject({ form: idSchema }),
    answers: { 201: z.strictObject({ number: z.string() }).meta({ id: 'CheckMade' }) },
    async handle({ object: ticket, body, caller: { actor }, trace }, { db }) {
      const { number: checked, handler: agent, closedAt, process } = ticket;
      const form = await findQualityForm(db, body.form);
      if (!form) throw invalidFields([{ field: 'form', code: 'unknown-id' }]);
      if (closedAt === null || agent === null || process === 'quality-check')
        throw problems.conflict(
          'not-checkable',
          '只能质检有处理人的已关闭工单',
          'Only a closed ticket that somebody had',
        );
      const number = await db.transaction(async (tx) => {
        const made = await checkByHand(tx, { ticket: checked, agent }, form, actor);
        await writeAudit(tx, { actor: actor.id, action: 'quality-check:wanted', object: checked, trace, detail: body });
        return made;
      });
      return created({ number }, `/api/v1/tickets/${number}`);
    },
  }),
  route({
    method: 'get',
    path: '/quality-rules',
    tag,
    summary: { zh: '质检抽样规则', en: 'Rules by which checks are drawn' },
    who: readers,
    answers: { 200: z.strictObject({ rules: z.array(ruleSchema) }) },
    handle: async (_call, { db }) => ok({ rules: await listQualityRules(db) }),
  }),
  route({
    method: 'put',
    path: '/quality-rules/:id',
    tag,
    summary: { zh: '新增或修改抽样规则', en: 'Create or change a rule' },
    who: staffWith(['administrator']),
    params: idParams,
    object: ({ params }, { db }) => findQualityRule(db, params.id),
    body: z.strictObject({
      ...rule,
      processes: rule.processes.default([]),
      newStaffDays: rule.newStaffDays.default(90),
      active: rule.active.default(true),
    }),
    answers: { 200: ruleSchema },
    async handle({ params: { id }, object, body, caller, trace }, { db }) {
      if (!(await findQualityForm(db, body.form))) throw invalidFields([{ field: 'form', code: 'unknown-id' }]);
      const row = await db.transaction(async (tx) => {
        const put = await putQualityRule(tx, { id, ...body, updatedBy: caller.actor.id });
        const detail = { before: object ?? null, after: body };
        await writeAudit(tx, { actor: caller.actor.id, action: 'quality-rule:put', object: id, trace, detail });
        return put;
      });
      return ok(row);
    },
  }),
];
