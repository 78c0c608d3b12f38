import { deskRoles } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  addContact,
  changeContact,
  customersAt,
  duplicatePairs,
  findContact,
  listContacts,
  mergeCustomers,
  removeContact,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import { contactOf, contactSchema, contactView, ofCustomer, ofLivingCustomer } from '../customers/views';
import type { Deps } from '../deps';
import { notACursor, pageOf, placeOf } from '../http/cursor';
import { invalidFields, problems } from '../http/problems';
import { created, nothing, ok, route, staffWith } from '../http/route';
import { idParams } from '../http/schemas';
import { customerReaders } from './customers';

const tag = 'customers';
const desk = staffWith(deskRoles);
const contactParams = z.object({ id: idSchema, contact: z.coerce.number().int().positive() });

async function ofContact(call: { params: z.output<typeof contactParams> }, deps: Deps) {
  const customer = await ofLivingCustomer(call, deps);
  const contact = await findContact(deps.db, customer.id, call.params.contact);
  if (!contact) throw problems.notFound();
  return contact;
}

/** Two profiles in the order of their numbers, in one cursor. */
const PAIR = '|';

export const customerContactRoutes = [
  route({
    method: 'get',
    path: '/customers/:id/contacts',
    tag,
    summary: { zh: '客户的联系方式', en: "A customer's contacts" },
    who: customerReaders,
    params: idParams,
    object: ofCustomer,
    answers: { 200: z.strictObject({ contacts: z.array(contactSchema) }) },
    handle: async ({ object }, { db }) =>
      ok({ contacts: (await listContacts(db, object.id)).map((contact) => contactView(contact)) }),
  }),
  route({
    method: 'post',
    path: '/customers/:id/contacts',
    tag,
    summary: { zh: '增加联系方式', en: 'Add a contact' },
    who: desk,
    params: idParams,
    object: ofLivingCustomer,
    body: z.strictObject({
      value: z
        .string()
        .trim()
        .min(1)
        .max(200)
        .meta({ description: 'A mobile or landline number, or an e-mail address' }),
      preferred: z.boolean().optional(),
      verified: z.boolean().default(false),
    }),
    answers: {
      201: contactSchema.extend({
        alsoOf: z.array(z.string()).meta({ description: 'Other customers with the same contact: candidates to merge' }),
      }),
    },
    async handle({ object, body, caller, trace }, { db }) {
      const { value, kind } = contactOf(body.value);
      const { preferred, verified } = body;
      const contact = await db.transaction(async (tx) => {
        const added = await addContact(tx, { customer: object.id, value, kind, preferred, verified });
        const detail = { contact: added.id, kind };
        await writeAudit(tx, { actor: caller.actor.id, action: 'contact:add', object: object.id, trace, detail });
        return added;
      });
      const alsoOf = (await customersAt(db, [value])).filter((id) => id !== object.id);
      return created({ ...contactView(contact), alsoOf });
    },
  }),
  route({
    method: 'patch',
    path: '/customers/:id/contacts/:contact',
    tag,
    summary: { zh: '设为首选或标记已核实', en: 'Prefer a contact, or note that it was verified' },
    who: desk,
    params: contactParams,
    object: ofContact,
    body: z.strictObject({ preferred: z.literal(true), verified: z.boolean() }).partial(),
    answers: { 200: contactSchema },
    async handle({ object, body, caller, trace }, { db }) {
      const contact = await db.transaction(async (tx) => {
        const detail = { contact: object.id, ...body };
        await writeAudit(tx, {
          actor: caller.actor.id,
          action: 'contact:change',
          object: object.customer,
          trace,
          detail,
        });
        return changeContact(tx, object, body);
      });
      return ok(contactView(contact));
    },
  }),
  route({
    method: 'delete',
    path: '/customers/:id/contacts/:contact',
    tag,
    summary: { zh: '删除联系方式', en: 'Remove a contact' },
    who: desk,
    params: contactParams,
    object: ofContact,
    answers: { 204: null },
    async handle({ object, caller, trace }, { db }) {
      await db.transaction(async (tx) => {
        const detail = { contact: object.id, kind: object.kind };
        await writeAudit(tx, {
          actor: caller.actor.id,
          action: 'contact:remove',
          object: object.customer,
          trace,
          detail,
        });
        await removeContact(tx, object);
      });
      return nothing();
    },
  }),
  route({
    method: 'get',
    path: '/customer-duplicates',
    tag,
    summary: { zh: '疑似重复的客户档案', en: 'Profiles that may be one person: they share a contact' },
    who: desk,
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(100).default(50),
      cursor: z.string().max(300).optional(),
    }),
    answers: {
      200: z.strictObject({
        pairs: z.array(z.strictObject({ one: z.string(), other: z.string(), shared: z.number().int() })),
        next: z.string().nullable(),
      }),
    },
    async handle({ query: { limit, cursor } }, { db }) {
      const [one, other] = placeOf(cursor, 'number')?.number.split(PAIR) ?? [];
      if (cursor !== undefined && !other) throw notACursor();
      const after = one && other ? { one, other } : undefined;
      const rows = await duplicatePairs(db, { after, limit: limit + 1 });
      const place = (last: { one: string; other: string }) => ({
        ...{ at: 'infinity' as const, number: `${last.one}${PAIR}${last.other}` },
      });
      const { page, next } = pageOf(rows, limit, place, 'number');
      return ok({ pairs: page, next });
    },
  }),
  route({
    method: 'post',
    path: '/customers/:id/merge',
    tag,
    summary: {
      zh: '合并重复的客户档案(保留本编号)',
      en: 'Merge a duplicate into this profile, which keeps its number',
    },
    who: staffWith(['supervisor', 'team-leader']),
    params: idParams,
    object: ofCustomer,
    body: z.strictObject({ from: idSchema }),
    answers: {
      200: z.strictObject({
        customer: z.string(),
        moved: z.record(z.string(), z.number().int()).meta({ description: 'How many of what went along' }),
      }),
    },
    async handle({ object, body: { from }, caller, trace }, { db }) {
      if (from === object.id) throw invalidFields([{ field: 'from', code: 'unknown-id' }]);
      const outcome = await mergeCustomers(db, { survivor: object.id, from, actor: caller.actor.id, trace });
      if (outcome.state === 'not-living')
        throw problems.conflict(
          'not-living',
          '其中一个档案不存在、已并入其他档案或已删除',
          'One of the two does not exist, was merged into another one, or was erased',
        );
      return ok({ customer: object.id, moved: outcome.moved });
    },
  }),
];
