import { deskRoles } from '@duban/contracts';
import { idSchema, titles } from '@duban/contracts/schemas';
import {
  type Customer,
  consentsOf,
  createCustomer,
  findCustomer,
  findCustomerClass,
  listContacts,
  searchCustomers,
  updateCustomer,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import {
  customerFile,
  customerFileSchema,
  customerSchema,
  customerView,
  e164,
  ofCustomer,
  ofLivingCustomer,
  preferencesSchema,
} from '../customers/views';
import type { Deps } from '../deps';
import { invalidFields, problems } from '../http/problems';
import { created, ok, route, staffWith } from '../http/route';
import { idParams } from '../http/schemas';
import { normalizePhone } from '../tickets/phone';

const tag = 'customers';

const profile = {
  name: z.string().trim().min(1).max(100),
  title: z.enum(titles),
  phone: z.string().trim().min(1).max(30),
  email: z.email().nullable(),
  class: idSchema,
  locale: z.enum(['zh', 'en']),
  preferences: preferencesSchema,
};

async function assertClass(id: string | undefined, { db }: Deps): Promise<void> {
  if (id !== undefined && !(await findCustomerClass(db, id))?.active)
    throw invalidFields([{ field: 'class', code: 'unknown-id' }]);
}

async function fileOf(customer: Customer, { db }: Deps, full = false) {
  const [contacts, consents] = await Promise.all([listContacts(db, customer.id), consentsOf(db, customer.id)]);
  return customerFile(customer, contacts, consents, full);
}

export const customerReaders = staffWith([...deskRoles, 'revisit-group', 'auditor']);

export const customerRoutes = [
  route({
    method: 'post',
    path: '/customers/search',
    tag,
    summary: { zh: '按电话、邮箱或姓名查找客户', en: 'Find customers by telephone, e-mail or name' },
    who: customerReaders,
    body: z.strictObject({
      phone: z
        .string()
        .regex(/^[\d\s()+-]{4,30}$/)
        .optional()
        .meta({ description: 'Whole (over all contacts), or the last 4 and more digits' }),
      email: z.email().optional(),
      name: z.string().trim().min(1).max(100).optional(),
      limit: z.number().int().min(1).max(100).default(20),
    }),
    answers: { 200: z.strictObject({ customers: z.array(customerSchema) }) },
    async handle({ body: { phone, email, name, limit } }, { db }) {
      const whole = phone === undefined ? null : normalizePhone(phone);
      const found = await searchCustomers(db, {
        ...{ name, limit, email, phone: whole ?? undefined },
        phoneEnd: phone !== undefined && whole === null ? phone.replace(/\D/g, '') : undefined,
      });
      return ok({ customers: found.map((customer) => customerView(customer)) });
    },
  }),
  route({
    method: 'post',
    path: '/customers',
    tag,
    summary: { zh: '新建客户档案', en: 'Create a customer' },
    who: staffWith(deskRoles),
    body: z.strictObject({
      ...profile,
      title: profile.title.default('other'),
      email: profile.email.optional(),
      class: profile.class.default('normal'),
      locale: profile.locale.default('zh'),
      preferences: profile.preferences.default({}),
    }),
    answers: { 201: customerSchema },
    async handle({ body, caller, trace }, deps) {
      const phone = e164(body.phone);
      await assertClass(body.class, deps);
      const customer = await deps.db.transaction(async (tx) => {
        const made = await createCustomer(tx, { ...body, phone });
        await writeAudit(tx, { actor: caller.actor.id, action: 'customer:create', object: made.id, trace });
        return made;
      });
      return created(customerView(customer), `/api/v1/customers/${customer.id}`);
    },
  }),
  route({
    method: 'get',
    path: '/customers/:id',
    tag,
    summary: { zh: '客户档案', en: 'One customer' },
    who: customerReaders,
    params: idParams,
    async object({ params }, { db }) {
      const customer = await findCustomer(db, params.id);
      if (!customer) throw problems.notFound();
      return customer;
    },
    answers: { 200: customerFileSchema, 308: z.strictObject({ mergedInto: z.string() }) },
    async handle({ object }, deps) {
      const { mergedInto } = object;
      if (mergedInto)
        return { status: 308, body: { mergedInto }, headers: { location: `/api/v1/customers/${mergedInto}` } };
      return ok(await fileOf(object, deps));
    },
  }),
  route({
    method: 'patch',
    path: '/customers/:id',
    tag,
    summary: { zh: '更新客户档案', en: 'Update a customer' },
    who: staffWith(deskRoles),
    params: idParams,
    object: ofLivingCustomer,
    body: z.strictObject(profile).partial(),
    answers: { 200: customerSchema },
    async handle({ object, body, caller, trace }, deps) {
      await assertClass(body.class, deps);
      const values = { ...body, ...(body.phone === undefined ? {} : { phone: e164(body.phone) }) };
      if (Object.keys(values).length === 0) return ok(customerView(object));
      const customer = await deps.db.transaction(async (tx) => {
        const detail = { fields: Object.keys(values) };
        await writeAudit(tx, { actor: caller.actor.id, action: 'customer:update', object: object.id, trace, detail });
        return updateCustomer(tx, object.id, values);
      });
      return ok(customerView(customer!));
    },
  }),
  route({
    method: 'post',
    path: '/customers/:id/reveal',
    tag,
    summary: { zh: '查看完整联系方式(记入审计)', en: 'See the contact in full (audited)' },
    who: staffWith(deskRoles),
    params: idParams,
    object: ofCustomer,
    body: z.strictObject({
      reason: z.enum(['call-back', 'verify-identity', 'correct-profile', 'other']),
      ticket: idSchema.optional(),
    }),
    answers: { 200: customerFileSchema },
    async handle({ object, body, caller, trace }, deps) {
      await writeAudit(deps.db, {
        ...{ actor: caller.actor.id, action: 'customer:seen-in-full', object: object.id, trace },
        detail: body,
      });
      return ok(await fileOf(object, deps, true));
    },
  }),
];
