import { type Process, deskRoles, mayTake, stepOf } from '@duban/contracts';
import { idSchema, inputSchema, intakeSchema } from '@duban/contracts/schemas';
import { findCustomer, findMaterial, insertMaterial, timelineOf, waitingSteps, writeAudit } from '@duban/database';
import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { knownFault } from '../faults/views';
import { invalidFields, invalidInput, problems } from '../http/problems';
import { anyStaff, created, ok, route, staffWith } from '../http/route';
import {
  faultSchema,
  idempotencyKey,
  instant,
  listedTicketSchema,
  number,
  openStepSchema,
  ticketParams,
  ticketSchema,
  timelineEntrySchema,
} from '../http/schemas';
import { takeIn } from '../tickets/intake';
import { listSchema, ticketPage } from '../tickets/list';
import { maskMaterial, needsContact } from '../tickets/masking';
import { ticketView, timelineView } from '../tickets/presentation';
import { seenBy } from '../tickets/references';
import { stepSchemaFor } from '../tickets/step-schema';
import { isReopenable } from '../tickets/reopen';
import { namesOf } from '../tickets/words';
import { linksSeen, ofTicket, visibleTicket } from '../tickets/visibility';

const tag = 'tickets';
const page = z.strictObject({ tickets: z.array(listedTicketSchema), next: z.string().nullable() });
const readers = anyStaff({ scope: 'tickets:read' });

const materialSchema = z
  .strictObject({
    id: z.string(),
    ticket: z.string(),
    kind: z.string(),
    body: z.record(z.string(), z.unknown()),
    sha256: z.string(),
    createdBy: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'Material' });

const evidence = z.strictObject({
  reference: z.string().trim().min(1).max(200),
  text: z.string().trim().max(8000).optional(),
});

export const ticketRoutes = [
  route({
    method: 'post',
    path: '/tickets',
    tag,
    summary: { zh: '登记工单', en: 'Register a ticket' },
    who: staffWith(deskRoles, { scope: 'tickets:create' }),
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: intakeSchema,
    answers: {
      201: z
        .strictObject({
          ...{ number: z.string(), process: z.string(), createdAt: instant, customer: z.string() },
          announcement: faultSchema.optional().meta({ description: 'The known fault that it is part of' }),
        })
        .meta({ id: 'Registered' }),
    },
    async handle({ body, headers, caller, locale, trace }, deps) {
      const ticket = await takeIn(body, headers['idempotency-key'], caller, trace, deps);
      const { number, process, createdAt, customer } = ticket;
      const announcement = await knownFault(ticket, locale, deps);
      return created({ number, process, createdAt, customer, ...announcement }, `/api/v1/tickets/${number}`);
    },
  }),
  route({
    method: 'get',
    path: '/tickets',
    tag,
    summary: { zh: '工单列表', en: 'List tickets' },
    who: readers,
    query: listSchema,
    answers: { 200: page },
    handle: async ({ query, caller, locale }, deps) => ok(await ticketPage(query, caller, locale, deps)),
  }),
  route({
    method: 'post',
    path: '/tickets/search',
    tag,
    summary: { zh: '查询工单(电话号码不进入网址)', en: 'Search tickets (keeps telephone numbers out of addresses)' },
    who: readers,
    body: listSchema,
    answers: { 200: page },
    handle: async ({ body, caller, locale }, deps) => ok(await ticketPage(body, caller, locale, deps)),
  }),
  route({
    method: 'get',
    path: '/tickets/:number',
    tag,
    summary: { zh: '工单详情', en: 'One ticket' },
    who: readers,
    params: ticketParams,
    object: ofTicket,
    answers: { 200: ticketSchema },
    async handle({ object: ticket, caller, locale, trace }, deps) {
      const { db } = deps;
      const [customer, links, waiting, names] = await Promise.all([
        findCustomer(db, ticket.customer),
        linksSeen(ticket.number, caller, db),
        waitingSteps(db, ticket.number),
        namesOf(db, ticket),
      ]);
      const full = needsContact(caller.actor, ticket);
      if (full)
        await writeAudit(db, {
          ...{ actor: caller.actor.id, action: 'customer:seen-in-full', object: ticket.customer, trace },
          detail: { ticket: ticket.number },
        });
      const view = ticketView({ ticket, customer: customer!, links, waiting }, { names, locale, full });
      return ok({ ...view, ...(await knownFault(ticket, locale, deps)) }, { etag: `"${ticket.revision}"` });
    },
  }),
  route({
    method: 'get',
    path: '/tickets/:number/timeline',
    tag,
    summary: { zh: '工单时间线', en: "A ticket's timeline" },
    who: readers,
    params: ticketParams,
    object: ofTicket,
    answers: { 200: z.strictObject({ entries: z.array(timelineEntrySchema) }) },
    async handle({ object: ticket, caller, locale, trace }, { db }) {
      const [rows, names] = await Promise.all([timelineOf(db, ticket.number), namesOf(db, ticket)]);
      const full = needsContact(caller.actor, ticket);
      const entries = rows.map((row) => timelineView(row, names, locale, full));
      const shown = rows.some(({ step }) => step && maskMaterial(step.material as never, false) !== step.material);
      if (full && shown)
        await writeAudit(db, {
          ...{ actor: caller.actor.id, action: 'timeline:seen-in-full', object: ticket.number, trace },
        });
      return ok({ entries });
    },
  }),
  route({
    method: 'get',
    path: '/tickets/:number/open-steps',
    tag,
    summary: { zh: '当前可执行的环节', en: 'Steps that are open now' },
    who: readers,
    params: ticketParams,
    object: ofTicket,
    answers: { 200: z.strictObject({ revision: z.number().int(), steps: z.array(openStepSchema) }) },
    async handle({ object: ticket, caller, locale }, deps) {
      const open = new Set(ticket.snapshot?.openSteps ?? []);
      if (await isReopenable(ticket, deps)) open.add('reopen');
      const choices = { ticket, names: await namesOf(deps.db, ticket) };
      const steps = [...open].flatMap((step) => {
        const definition = stepOf(ticket.process as Process, step);
        if (!definition) return [];
        return {
          step,
          label: definition.label[locale],
          mayTake: mayTake(definition, caller.actor, seenBy(ticket)),
          needsRevision: definition.revision ?? false,
          schema: stepSchemaFor(step, definition, choices),
        };
      });
      return ok({ revision: ticket.revision, steps });
    },
  }),
  route({
    method: 'post',
    path: '/materials',
    tag,
    summary: { zh: '存入材料(供信号引用)', en: 'Store material that a signal or step refers to' },
    who: anyStaff({ scope: 'materials:write' }),
    body: z.strictObject({
      ticket: number,
      kind: z.union([z.literal('evidence'), idSchema]).meta({ description: '`evidence`, or the step it is for' }),
      body: z.record(z.string(), z.unknown()),
    }),
    answers: { 201: materialSchema },
    async handle({ body: { ticket: about, kind, body }, caller }, deps) {
      const ticket = await visibleTicket(about, caller, deps);
      const definition = kind === 'evidence' ? undefined : stepOf(ticket.process as Process, kind);
      if (kind !== 'evidence' && !definition) throw invalidFields([{ field: 'kind', code: 'unknown-id' }]);
      const schema = definition ? inputSchema({ ...definition, command: {}, rule: undefined }) : evidence;
      const valid = z.object({ body: schema }).safeParse({ body }, { reportInput: true });
      if (!valid.success) throw invalidInput(valid.error);
      const material = valid.data.body;
      const row = await insertMaterial(deps.db, {
        ...{ id: `m-${randomUUID()}`, ticket: ticket.number, kind, body: material, createdBy: caller.actor.id },
        sha256: createHash('sha256').update(JSON.stringify(material)).digest('hex'),
      });
      return created(row, `/api/v1/tickets/${ticket.number}/materials/${row.id}`);
    },
  }),
  route({
    method: 'get',
    path: '/tickets/:number/materials/:id',
    tag,
    summary: { zh: '一份材料', en: 'One piece of material' },
    who: readers,
    params: z.object({ number, id: idSchema }),
    async object({ params, caller }, deps) {
      const ticket = await visibleTicket(params.number, caller, deps);
      const material = await findMaterial(deps.db, ticket.number, params.id);
      if (!material) throw problems.notFound();
      return { ticket, material };
    },
    answers: { 200: materialSchema },
    async handle({ object: { ticket, material }, caller }) {
      const body = maskMaterial(material.body as Record<string, unknown>, needsContact(caller.actor, ticket));
      return ok({ ...material, body });
    },
  }),
];
