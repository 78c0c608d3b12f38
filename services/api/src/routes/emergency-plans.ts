import { roleNames } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  activePlanOf,
  existingIds,
  findCategory,
  findEmergencyPlan,
  listEmergencyPlans,
  putEmergencyPlan,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import { type FieldError, invalidFields } from '../http/problems';
import { anyStaff, ok, route, staffWith } from '../http/route';
import { idParams, instant } from '../http/schemas';

const tag = 'emergencies';
const who = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('staff'), id: idSchema }),
  z.strictObject({ kind: z.literal('role'), role: z.enum(roleNames) }),
  z.strictObject({
    kind: z.literal('department'),
    id: idSchema,
    role: z.enum(['department-contact', 'department-head']).default('department-contact'),
  }),
]);
const words = z.string().trim().min(1).max(200);
const task = z.strictObject({
  id: idSchema,
  zh: words,
  en: words,
  owner: who,
  limitMinutes: z.number().int().min(1).max(10_080),
});
const plan = {
  nameZh: words,
  nameEn: words,
  category: idSchema,
  tasks: z.array(task).max(40),
  chain: z
    .array(z.array(who).min(1).max(20))
    .min(1)
    .max(10)
    .meta({ description: 'The first are told at once; the next of the chain every five minutes while nobody came' }),
  active: z.boolean(),
};
const planSchema = z
  .strictObject({ id: idSchema, ...plan, version: z.number().int(), updatedBy: z.string(), updatedAt: instant })
  .meta({ id: 'EmergencyPlan' });
const body = z.strictObject({ ...plan, active: plan.active.default(true) });

/** 应急预案 (U1): read by everybody who may have to act by them, kept by administrators and supervisors. */
export const emergencyPlanRoutes = [
  route({
    method: 'get',
    path: '/emergency-plans',
    tag,
    summary: { zh: '应急预案', en: 'Emergency plans' },
    who: anyStaff(),
    answers: { 200: z.strictObject({ plans: z.array(planSchema) }) },
    handle: async (_call, { db }) => ok({ plans: await listEmergencyPlans(db) }),
  }),
  route({
    method: 'put',
    path: '/emergency-plans/:id',
    tag,
    summary: { zh: '新增或修改应急预案', en: 'Create or change an emergency plan' },
    who: staffWith(['administrator', 'supervisor']),
    params: idParams,
    object: ({ params }, { db }) => findEmergencyPlan(db, params.id),
    body,
    answers: { 200: planSchema },
    async handle({ params: { id }, object: before, body, caller, trace }, deps) {
      await assertSound(id, body, deps);
      const saved = await deps.db.transaction(async (tx) => {
        const row = await putEmergencyPlan(tx, { id, ...body, updatedBy: caller.actor.id });
        const detail = { before: before ?? null, after: body };
        await writeAudit(tx, { actor: caller.actor.id, action: 'emergency-plan:put', object: id, trace, detail });
        return row;
      });
      return ok(saved);
    },
  }),
];

/** Throws 422 with every field that names what is not there, or stands twice. */
async function assertSound(id: string, plan: z.infer<typeof body>, { db }: Deps): Promise<void> {
  const errors: FieldError[] = [];
  const category = await findCategory(db, plan.category);
  if (!category?.active) errors.push({ field: 'category', code: 'unknown-id' });
  else if (category.process !== 'emergency') errors.push({ field: 'category', code: 'wrong-process' });
  const other = plan.active ? await activePlanOf(db, plan.category) : undefined;
  if (other && other.id !== id) errors.push({ field: 'category', code: 'taken' });
  plan.tasks.forEach(({ id }, i) => {
    if (plan.tasks.findIndex((other) => other.id === id) < i) errors.push({ field: `tasks.${i}.id`, code: 'repeated' });
  });
  const people = [
    ...plan.tasks.map(({ owner }, i) => ({ who: owner, field: `tasks.${i}.owner.id` })),
    ...plan.chain.flatMap((level, i) => level.map((who, k) => ({ who, field: `chain.${i}.${k}.id` }))),
  ];
  for (const { who, field } of people)
    if (who.kind !== 'role' && !(await existingIds(db, who.kind, [who.id])).size)
      errors.push({ field, code: 'unknown-id' });
  if (errors.length) throw invalidFields(errors);
}
