import { deskRoles } from '@duban/contracts';
import { idSchema, titles } from '@duban/contracts/schemas';
import {
  type Customer,
  createCustomer,
  findCustomer,
  searchCustomers,
  updateCustomer,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import { invalidFields, problems } from '../http/problems';
import { created, ok, route, staffWith } from '../http/route';
import { idParams, instant } from '../http/schemas';
import { maskEmail, maskPhone } from '../tickets/masking';
import { normalizePhone } from '../tickets/phone';

const tag = 'customers';
const classes = ['normal', 'new', 'high-value', 'after-complaint'] as const;

const customerSchema = z
  .strictObject({
    id: z.string(),
    name: z.string().nullable(),
    title: z.string(),
    phone: z.string().nullable(),
    email: z.string().nullable(),
    class: z.string(),
    anonymous: z.boolean(),
    locale: z.string(),
    createdAt: instant,
    masked: z.boolean(),
  })
  .meta({ id: 'Customer' });

const profile = {
  name: z.string().trim().min(1).max(100),
  title: z.enum(titles),
  phone: z.string().trim().min(1).max(30),
  email: z.email().nullable(),
  class: z.enum(classes),
  locale: z.enum(['zh', 'en']),
};

/** Telephone and e-mail masked; `full` shows them, which the caller records (P4). */
function view(customer: Customer, full = false) {
  return full
    ? { ...customer, masked: false }
    : { ...customer, phone: maskPhone(customer.phone), email: maskEmail(customer.email), masked: true };
}

async function ofCustomer({ params }: { params: { id: string } }, { db }: Deps): Promise<Customer> {
  const customer = await findCustomer(db, params.id);
  if (!customer) throw problems.notFound();
  return customer;
}

function e164(phone: string): string {
  const normal = normalizePhone(phone);
  if (normal === null) throw invalidFields([{ field: 'phone', code: 'phone' }]);
  return normal;
}

const readers = staffWith([...deskRoles, 'revisit-group', 'auditor']);

export const customerRoutes = [
  route({
    method: 'post',
    path: '/customers/search',
    tag,
    summary: { zh: '按电话或姓名查找客户', en: 'Find customers by telephone or name' },
    who: readers,
    body: z.strictObject({
      phone: z
        .string()
        .regex(/^[\d\s()+-]{4,30}$/)
        .optional()
        .meta({ description: 'Whole, or the last 4 and more digits' }),
      name: z.string().trim().min(1).max(100).optional(),
      limit: z.number().int().min(1).max(100).default(20),
    }),
    answers: { 200: z.strictObject({ customers: z.array(customerSchema) }) },
    async handle({ body: { phone, name, limit } }, { db }) {
      const whole = phone === undefined ? null : normalizePhone(phone);
      const found = await searchCustomers(db, {
        ...{ name, limit, phone: whole ?? undefined },
        phoneEnd: phone !== undefined && whole === null ? phone.replace(/\D/g, '') : undefined,
      });
      return ok({ customers: found.map((customer) => view(customer)) });
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
    }),
    answers: { 201: customerSchema },
    async handle({ body, caller, trace }, { db }) {
      const phone = e164(body.phone);
      const customer = await db.transaction(async (tx) => {
        const made = await createCustomer(tx, { ...body, phone });
        await writeAudit(tx, { actor: caller.actor.id, action: 'customer:create', object: made.id, trace });
        return made;
      });
      return created(view(customer), `/api/v1/customers/${customer.id}`);
    },
  }),
  route({
    method: 'get',
    path: '/customers/:id',
    tag,
    summary: { zh: '客户档案', en: 'One customer' },
    who: readers,
    params: idParams,
    object: ofCustomer,
    answers: { 200: customerSchema },
    handle: async ({ object }) => ok(view(object)),
  }),
  route({
    method: 'patch',
    path: '/customers/:id',
    tag,
    summary: { zh: '更新客户档案', en: 'Update a customer' },
    who: staffWith(deskRoles),
    params: idParams,
    object: ofCustomer,
    body: z.strictObject(profile).partial(),
    answers: { 200: customerSchema },
    async handle({ object, body, caller, trace }, { db }) {
      const values = { ...body, ...(body.phone === undefined ? {} : { phone: e164(body.phone) }) };
      if (Object.keys(values).length === 0) return ok(view(object));
      const customer = await db.transaction(async (tx) => {
        const detail = { fields: Object.keys(values) };
        await writeAudit(tx, { actor: caller.actor.id, action: 'customer:update', object: object.id, trace, detail });
        return updateCustomer(tx, object.id, values);
      });
      return ok(view(customer!));
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
    answers: { 200: customerSchema },
    async handle({ object, body, caller, trace }, { db }) {
      await writeAudit(db, {
        ...{ actor: caller.actor.id, action: 'customer:seen-in-full', object: object.id, trace },
        detail: body,
      });
      return ok(view(object, true));
    },
  }),
];
