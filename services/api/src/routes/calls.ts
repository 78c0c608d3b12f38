import { deskRoles } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  answerCounts,
  consentsOf,
  createManualCall,
  customersAt,
  findCategory,
  findCustomer,
  listCalls,
  listConversations,
  listTickets,
  updateCall,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import { callSchema, callView, callerSchema, callerView, ofCall } from '../calls/views';
import { conversationSchema, conversationView } from '../conversations/views';
import { e164 } from '../customers/views';
import { stepIdFor } from '../delivery';
import type { Deps } from '../deps';
import { pageOf, placeOf } from '../http/cursor';
import { invalidFields, problems } from '../http/problems';
import { type Caller, created, ok, route, staffWith } from '../http/route';
import { idParams, idempotencyKey, instant, listedTicketSchema, number } from '../http/schemas';
import { directoryOf } from '../tickets/directory';
import { listedView } from '../tickets/presentation';
import { grantsOf, visibleTicket } from '../tickets/visibility';

const tag = 'calls';
const desk = staffWith(deskRoles);
/** How much of each kind of activity a screen-pop shows. */
const SHOWN = 10;

const links = {
  customer: idSchema.optional(),
  ticket: number.optional(),
  category: idSchema.optional().meta({ description: 'What it was about' }),
  note: z.string().trim().max(2000).optional(),
};

/** What a call record points at exists, and is the caller's to use. */
async function assertLinks(
  body: { customer?: string; ticket?: string; category?: string },
  caller: Caller,
  deps: Deps,
): Promise<void> {
  const customer = body.customer === undefined ? undefined : await findCustomer(deps.db, body.customer);
  if (body.customer !== undefined && (!customer || customer.mergedInto || customer.erasedAt))
    throw invalidFields([{ field: 'customer', code: 'unknown-id' }]);
  if (body.category !== undefined && !(await findCategory(deps.db, body.category)))
    throw invalidFields([{ field: 'category', code: 'unknown-id' }]);
  if (body.ticket === undefined) return;
  await visibleTicket(body.ticket, caller, deps).catch(() => {
    throw invalidFields([{ field: 'ticket', code: 'unknown-id' }]);
  });
}

export const callRoutes = [
  route({
    method: 'get',
    path: '/calls',
    tag,
    summary: { zh: '通话记录', en: 'Call records' },
    who: staffWith([...deskRoles, 'auditor']),
    query: z.strictObject({
      agent: idSchema.optional(),
      customer: idSchema.optional(),
      ticket: number.optional(),
      direction: z.enum(['inbound', 'outbound']).optional(),
      missed: z.enum(['true', 'false']).default('false'),
      from: instant.optional(),
      to: instant.optional(),
      limit: z.coerce.number().int().min(1).max(100).default(50),
      cursor: z.string().max(300).optional(),
    }),
    answers: { 200: z.strictObject({ calls: z.array(callSchema), next: z.string().nullable() }) },
    async handle({ query }, { db }) {
      const { limit, cursor, from, to, missed, ...rest } = query;
      const after = placeOf(cursor);
      const rows = await listCalls(db, {
        ...{ ...rest, missed: missed === 'true', after, limit: limit + 1 },
        from: from === undefined ? undefined : new Date(from),
        to: to === undefined ? undefined : new Date(to),
      });
      const { page, next } = pageOf(rows, limit, (last) => ({ at: last.startedAt, number: last.id }));
      return ok({ calls: page.map(callView), next });
    },
  }),
  route({
    method: 'post',
    path: '/calls',
    tag,
    summary: { zh: '新建通话记录', en: 'Write down a call by hand' },
    who: desk,
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: z
      .strictObject({
        direction: z.enum(['inbound', 'outbound']),
        phone: z.string().trim().min(1).max(30).optional(),
        startedAt: instant,
        answeredAt: instant.optional(),
        endedAt: instant.optional(),
        ...links,
      })
      .refine(({ startedAt, answeredAt }) => !answeredAt || Date.parse(answeredAt) >= Date.parse(startedAt), {
        ...{ path: ['answeredAt'], message: 'malformed' },
      })
      .refine(
        ({ startedAt, answeredAt, endedAt }) => !endedAt || Date.parse(endedAt) >= Date.parse(answeredAt ?? startedAt),
        { path: ['endedAt'], message: 'malformed' },
      ),
    answers: { 201: callSchema },
    async handle({ body, headers, caller, trace }, deps) {
      await assertLinks(body, caller, deps);
      const { direction, note, category, ticket } = body;
      const phone = body.phone === undefined ? null : e164(body.phone);
      const moment = (text: string | undefined) => (text === undefined ? null : new Date(text));
      const { id } = caller.actor;
      const key = stepIdFor(id, 'POST', '/api/v1/calls', headers['idempotency-key']);
      const call = await deps.db.transaction(async (tx) => {
        const matched = body.customer ?? (phone === null ? undefined : (await customersAt(tx, [phone]))[0]);
        const record = await createManualCall(tx, {
          ...{ key, direction, phone, note, category, agent: id, createdBy: id },
          ...{ customer: matched ?? null, ticket: ticket ?? null, startedAt: new Date(body.startedAt) },
          ...{ answeredAt: moment(body.answeredAt), endedAt: moment(body.endedAt) },
        });
        await writeAudit(tx, { actor: id, action: 'call:record', object: record.id, trace });
        return record;
      });
      return created(callView(call), `/api/v1/calls/${call.id}`);
    },
  }),
  route({
    method: 'get',
    path: '/call-answer-rates',
    tag,
    summary: { zh: '三声铃响内接听率(按日、按坐席)', en: 'Answered within three rings, by day and agent' },
    who: staffWith(['supervisor', 'team-leader', 'duty-manager', 'auditor']),
    query: z.strictObject({ from: z.iso.date(), to: z.iso.date() }),
    answers: {
      200: z.strictObject({
        days: z.array(
          z.strictObject({
            day: z.string(),
            agent: z.string().nullable(),
            rung: z.number().int(),
            answered: z.number().int(),
            inTime: z.number().int(),
            meanAnswerMs: z.number().int().nullable(),
          }),
        ),
      }),
    },
    handle: async ({ query: { from, to } }, { db, env }) =>
      ok({ days: await answerCounts(db, { from, to, timeZone: env.DUBAN_TIME_ZONE }) }),
  }),
  route({
    method: 'get',
    path: '/calls/:id',
    tag,
    summary: { zh: '一条通话记录', en: 'One call record' },
    who: staffWith([...deskRoles, 'auditor']),
    params: idParams,
    object: ofCall,
    answers: { 200: callSchema },
    handle: async ({ object }) => ok(callView(object)),
  }),
  route({
    method: 'patch',
    path: '/calls/:id',
    tag,
    summary: { zh: '补充通话记录(事项、客户、工单)', en: 'Add what a call was about, its customer and its ticket' },
    who: desk,
    params: idParams,
    async object(call, deps) {
      const record = await ofCall(call, deps);
      const { id, roles } = call.caller.actor;
      const leads = roles.includes('supervisor') || roles.includes('team-leader');
      if (record.agent !== null && record.agent !== id && !leads) throw problems.notYours();
      return record;
    },
    body: z.strictObject(links),
    answers: { 200: callSchema },
    async handle({ object, body, caller, trace }, deps) {
      await assertLinks(body, caller, deps);
      if (Object.keys(body).length === 0) return ok(callView(object));
      const call = await deps.db.transaction(async (tx) => {
        const detail = { fields: Object.keys(body) };
        await writeAudit(tx, { actor: caller.actor.id, action: 'call:update', object: object.id, trace, detail });
        return updateCall(tx, object.id, body);
      });
      return ok(callView(call!));
    },
  }),
  route({
    method: 'get',
    path: '/calls/:id/screen-pop',
    tag,
    summary: { zh: '来电弹屏', en: 'What the agent is shown when a call rings' },
    who: desk,
    params: idParams,
    object: ofCall,
    answers: {
      200: z.strictObject({
        call: callSchema,
        caller: callerSchema.nullable(),
        others: z
          .array(z.string())
          .meta({ description: 'More customers who can be reached at this number: not merged, or a shared telephone' }),
        openTickets: z.array(listedTicketSchema),
        recentTickets: z.array(listedTicketSchema),
        recentCalls: z.array(callSchema),
        recentConversations: z.array(conversationSchema),
      }),
    },
    async handle({ object: call, caller, locale }, deps) {
      const { db } = deps;
      const reached = call.phone === null ? [] : await customersAt(db, [call.phone]);
      const id = call.customer ?? reached[0] ?? null;
      const others = reached.filter((other) => other !== id);
      const customer = id === null ? undefined : await findCustomer(db, id);
      const nobody = { openTickets: [], recentTickets: [], recentCalls: [], recentConversations: [] };
      if (!customer || customer.erasedAt) return ok({ call: callView(call), caller: null, others, ...nobody });
      const grants = grantsOf(caller.actor);
      const common = { queue: 'all' as const, staff: caller.actor.id, departments: [], grants, customer: customer.id };
      const [directory, consents, tickets, open, theirCalls, talks] = await Promise.all([
        directoryOf(db),
        consentsOf(db, customer.id),
        listTickets(db, { ...common, sort: 'newest', limit: SHOWN }),
        listTickets(db, { ...common, sort: 'due', limit: 100 }),
        listCalls(db, { customer: customer.id, limit: SHOWN + 1 }),
        listConversations(db, { customer: customer.id, limit: SHOWN }),
      ]);
      const listed = (rows: typeof tickets) => rows.map((row) => listedView(row, directory, locale));
      return ok({
        call: callView(call),
        caller: callerView(customer, consents[0]?.given ?? null),
        others,
        openTickets: listed(open),
        recentTickets: listed(tickets),
        recentCalls: theirCalls
          .filter((other) => other.id !== call.id)
          .slice(0, SHOWN)
          .map(callView),
        recentConversations: talks.map(conversationView),
      });
    },
  }),
];
