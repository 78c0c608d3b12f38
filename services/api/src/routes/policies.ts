import { idSchema } from '@duban/contracts/schemas';
import {
  type Db,
  type PolicyVersion,
  activatePolicy,
  activePolicy,
  findPolicy,
  listPolicies,
  publishPolicy,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import { problems } from '../http/problems';
import { anyStaff, created, ok, route, staffWith } from '../http/route';
import { idempotencyKey, instant, number } from '../http/schemas';
import { moveTickets } from '../policies/move';
import { policySchema } from '../http/policy-schema';
import { assertSound, yearsMissing } from '../policies/soundness';
import { missingYearSchema } from './calendars';

const tag = 'policies';

const versionSchema = z
  .strictObject({
    id: z.string(),
    version: z.number().int(),
    status: z.string(),
    active: z.boolean(),
    publishedAt: instant.nullable(),
  })
  .meta({ id: 'PolicyVersion' });
const policyWithDefinition = versionSchema
  .extend({
    definition: z.record(z.string(), z.unknown()),
    missingYears: z
      .array(missingYearSchema)
      .meta({ description: 'Years whose public holidays are not known: they would be all working days' }),
  })
  .meta({ id: 'Policy' });

const params = z.object({ id: idSchema, version: z.coerce.number().int().min(1).max(2_000_000_000) });

async function ofPolicy({ params }: { params: { id: string; version: number } }, { db }: Deps): Promise<PolicyVersion> {
  const policy = await findPolicy(db, params.id, params.version);
  if (!policy) throw problems.notFound();
  return policy;
}

/** With the years that it knows nothing of (G6). */
async function withMissing(policy: PolicyVersion, db: Db) {
  return { ...policy, missingYears: await yearsMissing(db, policy.definition) };
}

export const policyRoutes = [
  route({
    method: 'get',
    path: '/policies',
    tag,
    summary: { zh: '时限策略的各个版本', en: 'Versions of policies' },
    who: anyStaff(),
    answers: { 200: z.strictObject({ policies: z.array(versionSchema) }) },
    handle: async (_call, { db }) => ok({ policies: await listPolicies(db) }),
  }),
  route({
    method: 'get',
    path: '/policies/active',
    tag,
    summary: { zh: '新工单所用的版本', en: 'The version new tickets begin with' },
    who: anyStaff(),
    answers: { 200: policyWithDefinition },
    async handle(_call, { db }) {
      const policy = await activePolicy(db);
      if (!policy) throw problems.notFound();
      return ok(await withMissing(policy, db));
    },
  }),
  route({
    method: 'get',
    path: '/policies/:id/versions/:version',
    tag,
    summary: { zh: '一个版本', en: 'One version' },
    who: anyStaff(),
    params,
    object: ofPolicy,
    answers: { 200: policyWithDefinition },
    handle: async ({ object }, { db }) => ok(await withMissing(object, db)),
  }),
  route({
    method: 'post',
    path: '/policies',
    tag,
    summary: { zh: '发布新版本(进行中的工单不受影响)', en: 'Publish a new version (running tickets keep theirs)' },
    who: staffWith(['administrator']),
    body: z.strictObject({ id: idSchema, definition: policySchema, activate: z.boolean().default(true) }),
    answers: { 201: policyWithDefinition },
    async handle({ body, caller, trace }, { db }) {
      assertSound(body.definition);
      const { id, version } = await publishPolicy(db, body);
      await writeAudit(db, {
        ...{ actor: caller.actor.id, action: 'policy:publish', object: `${id}:${version}`, trace },
        detail: { activate: body.activate },
      });
      const made = await withMissing((await findPolicy(db, id, version))!, db);
      return created(made, `/api/v1/policies/${id}/versions/${version}`);
    },
  }),
  route({
    method: 'post',
    path: '/policies/:id/versions/:version/activate',
    tag,
    summary: { zh: '让新工单使用此版本', en: 'Let new tickets begin with this version' },
    who: staffWith(['administrator']),
    params,
    object: ofPolicy,
    answers: { 200: versionSchema },
    async handle({ object: { id, version }, caller, trace }, { db }) {
      await activatePolicy(db, id, version);
      await writeAudit(db, { actor: caller.actor.id, action: 'policy:activate', object: `${id}:${version}`, trace });
      const { definition: _, ...rest } = (await findPolicy(db, id, version))!;
      return ok(rest);
    },
  }),
  route({
    method: 'post',
    path: '/policies/:id/versions/:version/move',
    tag,
    summary: {
      zh: '让这些进行中的工单转用此版本(已用时间保留)',
      en: 'Move these running tickets to this version; the time they have used stays used',
    },
    who: staffWith(['supervisor', 'administrator']),
    params,
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    object: ofPolicy,
    body: z.strictObject({ tickets: z.array(number).min(1).max(50), note: z.string().trim().max(1000).optional() }),
    answers: {
      200: z.strictObject({
        tickets: z.array(
          z
            .strictObject({
              number: z.string(),
              state: z.enum(['moved', 'pending', 'refused', 'not-found']),
              refusal: z.string().nullable(),
            })
            .meta({ id: 'PolicyMove' }),
        ),
      }),
    },
    async handle({ object: { id, version }, body, headers, caller, locale, trace }, deps) {
      const key = headers['idempotency-key'];
      const request = { to: `${id}:${version}`, note: body.note, key, caller, locale, trace };
      return ok({ tickets: await moveTickets([...new Set(body.tickets)], request, deps) });
    },
  }),
];
