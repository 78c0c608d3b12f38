import { deskRoles, faultCauses, priorities } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  type ShownFault,
  StepExists,
  callersOf,
  existingIds,
  findFault,
  findStep,
  knownScopes,
  listFaultScopes,
  listFaults,
  matchFault,
  publishFault,
  putFaultScope,
  writeAudit,
} from '@duban/database';
import { Problem } from '@duban/platform';
import { z } from 'zod';
import { bodyHashOf, stepIdFor } from '../delivery';
import type { Deps } from '../deps';
import { faultView, scopeNames } from '../faults/views';
import { pageOf, placeOf } from '../http/cursor';
import { type FieldError, invalidFields, problems } from '../http/problems';
import { type Caller, anyStaff, created, ok, route, staffWith } from '../http/route';
import { faultSchema, idempotencyKey, instant, number, ticketParams } from '../http/schemas';

const tag = 'faults';
const ROUTE = '/api/v1/fault-announcements';
const readers = anyStaff({ scope: 'tickets:read' });
const departmentRoles = ['department-contact', 'department-head'] as const;

const scopeKind = z.enum(['area', 'service']);
const scopeNamesSchema = {
  nameZh: z.string().trim().min(1).max(100),
  nameEn: z.string().trim().min(1).max(100),
  active: z.boolean(),
};
const scopeSchema = z.strictObject({ kind: scopeKind, id: z.string(), ...scopeNamesSchema }).meta({ id: 'FaultScope' });

const text = (max: number) => z.string().trim().min(1).max(max);
const newFault = z.strictObject({
  title: text(200),
  areas: z.array(idSchema).min(1).max(200),
  services: z.array(idSchema).min(1).max(50),
  causeKind: z.enum(faultCauses).default('unknown'),
  cause: text(2000),
  progress: text(2000),
  expectedAt: instant.nullable().default(null),
  priority: z.enum(priorities).default('P1'),
  department: idSchema.optional().meta({ description: 'Who mends it: its people and its system may update it, too' }),
});

async function assertFault(body: z.output<typeof newFault>, { db }: Deps): Promise<void> {
  const errors: FieldError[] = [];
  for (const [field, kind] of [
    ['areas', 'area'],
    ['services', 'service'],
  ] as const) {
    const known = await knownScopes(db, kind, body[field]);
    body[field].forEach((id, i) => {
      if (!known.has(id)) errors.push({ field: `${field}.${i}`, code: 'unknown-id' });
    });
  }
  if (body.department && !(await existingIds(db, 'department', [body.department])).size)
    errors.push({ field: 'department', code: 'unknown-id' });
  if (body.expectedAt && Date.parse(body.expectedAt) <= Date.now())
    errors.push({ field: 'expectedAt', code: 'in-the-past' });
  if (errors.length) throw invalidFields(errors);
}

/** Whoever publishes for a department speaks for their own; the duty manager and supervisors name any. */
function departmentsOf({ actor }: Caller, department: string | undefined): string[] {
  const any = actor.roles.includes('duty-manager') || actor.roles.includes('supervisor');
  if (department === undefined) return any ? [] : actor.departments;
  if (!any && !actor.departments.includes(department)) throw problems.notYours();
  return [department];
}

async function ofFault({ params }: { params: { number: string } }, { db }: Deps): Promise<ShownFault> {
  const fault = await findFault(db, params.number);
  if (!fault) throw problems.notFound();
  return fault;
}

/** The announcement that this very request made before, if it came before. */
async function published(stepId: string, bodyHash: string, { db }: Deps): Promise<ShownFault | undefined> {
  const step = await findStep(db, stepId);
  if (!step) return undefined;
  if (step.bodyHash !== bodyHash) throw problems.otherBody();
  return findFault(db, step.ticket);
}

export const faultRoutes = [
  route({
    method: 'post',
    path: '/fault-announcements',
    tag,
    summary: { zh: '发布故障公告', en: 'Announce a fault' },
    who: staffWith(['duty-manager', 'supervisor', ...departmentRoles], { scope: 'tickets:create' }),
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: newFault,
    answers: { 201: faultSchema },
    async handle({ body, headers, caller, locale, trace }, deps) {
      const { actor } = caller;
      const stepId = stepIdFor(actor.id, 'POST', ROUTE, headers['idempotency-key']);
      const bodyHash = bodyHashOf(body);
      let fault = await published(stepId, bodyHash, deps);
      if (!fault) {
        await assertFault(body, deps);
        const { department, expectedAt, ...said } = body;
        const departments = departmentsOf(caller, department);
        const due = expectedAt === null ? null : new Date(expectedAt);
        await deps.db
          .transaction(async (tx) => {
            const made = await publishFault(tx, {
              ...{ ...said, stepId, bodyHash, actor, trace, departments, expectedAt: due },
              ...{ areas: [...new Set(said.areas)], services: [...new Set(said.services)] },
            });
            if (!made)
              throw new Problem(503, 'no-policy', { zh: '尚未发布时限策略', en: 'No policy has been published yet' });
            await writeAudit(tx, { actor: actor.id, action: 'fault:publish', object: made, trace });
          })
          .catch((error: unknown) => {
            if (!(error instanceof StepExists)) throw error;
          });
        fault = (await published(stepId, bodyHash, deps))!;
        void deps.delivery.startTicket(fault.ticket);
      }
      const view = faultView(fault, await scopeNames(deps, locale), locale);
      return created(view, `${ROUTE}/${fault.ticket}`);
    },
  }),
  route({
    method: 'get',
    path: '/fault-announcements',
    tag,
    summary: { zh: '故障公告列表', en: 'Fault announcements' },
    who: readers,
    query: z.strictObject({
      open: z.enum(['true', 'false']).default('false'),
      area: idSchema.optional(),
      service: idSchema.optional(),
      limit: z.coerce.number().int().min(1).max(100).default(50),
      cursor: z.string().max(300).optional(),
    }),
    answers: { 200: z.strictObject({ announcements: z.array(faultSchema), next: z.string().nullable() }) },
    async handle({ query: { open, area, service, limit, cursor }, locale }, deps) {
      const filter = { open: open === 'true', area, service, after: placeOf(cursor), limit: limit + 1 };
      const [rows, nameOf] = [await listFaults(deps.db, filter), await scopeNames(deps, locale)];
      const { page, next } = pageOf(rows, limit, (last) => ({
        at: last.publishedAt,
        number: last.ticket,
      }));
      return ok({ announcements: page.map((fault) => faultView(fault, nameOf, locale)), next });
    },
  }),
  route({
    method: 'get',
    path: '/fault-announcements/match',
    tag,
    summary: { zh: '查找来电是否属于已公告故障', en: 'The open announcement that covers a caller' },
    who: readers,
    query: z.strictObject({ area: idSchema, service: idSchema }),
    answers: { 200: z.strictObject({ announcement: faultSchema.nullable() }) },
    async handle({ query, locale }, deps) {
      const fault = await matchFault(deps.db, query);
      const announcement = fault ? faultView(fault, await scopeNames(deps, locale), locale) : null;
      return ok({ announcement });
    },
  }),
  route({
    method: 'get',
    path: '/fault-announcements/:number',
    tag,
    summary: { zh: '故障公告详情', en: 'One fault announcement' },
    who: readers,
    params: ticketParams,
    object: ofFault,
    answers: { 200: faultSchema },
    async handle({ object, locale }, deps) {
      return ok(faultView(object, await scopeNames(deps, locale), locale));
    },
  }),
  route({
    method: 'get',
    path: '/fault-announcements/:number/callers',
    tag,
    summary: { zh: '属于该故障的申告', en: 'Reports that belong to an announcement' },
    who: staffWith([...deskRoles, 'auditor', 'revisit-group']),
    params: ticketParams,
    object: ofFault,
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(200).default(50),
      cursor: z.string().max(300).optional(),
    }),
    answers: {
      200: z.strictObject({
        callers: z.array(
          z.strictObject({
            ...{ ticket: number, at: instant, how: z.enum(['intake', 'adopted']) },
            ...{ status: z.string(), stage: z.string(), closedAt: instant.nullable() },
          }),
        ),
        next: z.string().nullable(),
      }),
    },
    async handle({ object, query: { limit, cursor } }, { db }) {
      const rows = await callersOf(db, object.ticket, { after: placeOf(cursor), limit: limit + 1 });
      const { page, next } = pageOf(rows, limit, (last) => ({ at: last.at, number: last.ticket }));
      return ok({ callers: page, next });
    },
  }),
  route({
    method: 'get',
    path: '/fault-scopes',
    tag,
    summary: { zh: '故障区域与业务', en: 'Areas and services of faults' },
    who: readers,
    answers: { 200: z.strictObject({ scopes: z.array(scopeSchema) }) },
    handle: async (_call, { db }) => ok({ scopes: await listFaultScopes(db) }),
  }),
  route({
    method: 'put',
    path: '/fault-scopes/:kind/:id',
    tag,
    summary: { zh: '新增、修改或停用区域或业务', en: 'Create, change or retire an area or a service' },
    who: staffWith(['administrator']),
    params: z.object({ kind: scopeKind, id: idSchema }),
    object: async () => null,
    body: z.strictObject({ ...scopeNamesSchema, active: z.boolean().default(true) }),
    answers: { 200: scopeSchema },
    async handle({ params, body, caller, trace }, { db }) {
      const scope = { ...params, ...body };
      await db.transaction(async (tx) => {
        await putFaultScope(tx, scope);
        const object = `${params.kind}:${params.id}`;
        await writeAudit(tx, { actor: caller.actor.id, action: 'fault-scope:put', object, trace });
      });
      return ok(scope);
    },
  }),
];
