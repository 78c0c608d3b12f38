import { idSchema } from '@duban/contracts/schemas';
import {
  type PolicyVersion,
  activatePolicy,
  activePolicy,
  findPolicy,
  listPolicies,
  publishPolicy,
  writeAudit,
} from '@duban/database';
import type { PolicyDefinition } from '@duban/policy';
import { PolicyError, checkPolicy } from '@duban/policy/compile';
import { Problem } from '@duban/platform';
import { z } from 'zod';
import type { Deps } from '../deps';
import { problems } from '../http/problems';
import { anyStaff, created, ok, route, staffWith } from '../http/route';
import { instant } from '../http/schemas';
import { policySchema } from '../http/policy-schema';

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
  .extend({ definition: z.record(z.string(), z.unknown()) })
  .meta({ id: 'Policy' });

const params = z.object({ id: idSchema, version: z.coerce.number().int().min(1).max(2_000_000_000) });

async function ofPolicy({ params }: { params: { id: string; version: number } }, { db }: Deps): Promise<PolicyVersion> {
  const policy = await findPolicy(db, params.id, params.version);
  if (!policy) throw problems.notFound();
  return policy;
}

/** Refuses what could fail a running ticket; the place is named in the policy's own words (G5, G6). */
function assertSound(definition: PolicyDefinition): void {
  try {
    checkPolicy(definition);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const texts = { zh: '时限策略不成立', en: 'The policy does not hold' };
    throw new Problem(422, 'policy-unsound', texts, {
      errors: [{ field: `definition.${error.field ?? ''}`, code: error.code, message: error.reason }],
    });
  }
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
      return ok(policy);
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
    handle: async ({ object }) => ok(object),
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
      return created((await findPolicy(db, id, version))!, `/api/v1/policies/${id}/versions/${version}`);
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
];
