import { idSchema } from '@duban/contracts/schemas';
import { existingIds, findCustomerClass, listCustomerClasses, putCustomerClass, writeAudit } from '@duban/database';
import { z } from 'zod';
import { invalidFields } from '../http/problems';
import { anyStaff, ok, route, staffWith } from '../http/route';
import { idParams } from '../http/schemas';

const tag = 'customers';
const strategy = {
  nameZh: z.string().trim().min(1).max(60),
  nameEn: z.string().trim().min(1).max(60),
  priorityBump: z
    .number()
    .int()
    .min(0)
    .max(2)
    .meta({ description: "By how many steps a new ticket is more urgent than its category's priority" }),
  group: idSchema.nullable().meta({ description: 'The group that their tickets go to first (G7)' }),
  revisits: z
    .array(z.strictObject({ afterDays: z.number().int().min(1).max(365), channel: z.enum(['phone', 'sms', 'email']) }))
    .max(12),
  active: z.boolean(),
};
const classSchema = z.strictObject({ id: idSchema, ...strategy }).meta({ id: 'CustomerClass' });

/** Customer classes and how each is served (P4, R1). */
export const customerClassRoutes = [
  route({
    method: 'get',
    path: '/customer-classes',
    tag,
    summary: { zh: '客户类别与服务策略', en: 'Customer classes and their service strategy' },
    who: anyStaff(),
    answers: { 200: z.strictObject({ classes: z.array(classSchema) }) },
    handle: async (_call, { db }) => ok({ classes: await listCustomerClasses(db) }),
  }),
  route({
    method: 'put',
    path: '/customer-classes/:id',
    tag,
    summary: { zh: '新增或修改客户类别', en: 'Create or change a customer class' },
    who: staffWith(['administrator']),
    params: idParams,
    object: ({ params }, { db }) => findCustomerClass(db, params.id),
    body: z.strictObject({ ...strategy, group: strategy.group.default(null), active: strategy.active.default(true) }),
    answers: { 200: classSchema },
    async handle({ params: { id }, object, body, caller, trace }, { db }) {
      if (body.group !== null && !(await existingIds(db, 'group', [body.group])).size)
        throw invalidFields([{ field: 'group', code: 'unknown-id' }]);
      await db.transaction(async (tx) => {
        await putCustomerClass(tx, { id, ...body });
        const detail = { before: object ?? null, after: body };
        await writeAudit(tx, { actor: caller.actor.id, action: 'customer-class:put', object: id, trace, detail });
      });
      return ok({ id, ...body });
    },
  }),
];
