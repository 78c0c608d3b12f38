import { idSchema } from '@duban/contracts/schemas';
import { createApiToken, existingIds, listApiTokens, revokeApiToken, writeAudit } from '@duban/database';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { invalidFields, problems } from '../http/problems';
import { created, nothing, ok, route, scopes, staffWith } from '../http/route';
import { idParams, instant } from '../http/schemas';

const tag = 'tokens';
const administrators = staffWith(['administrator']);

const tokenSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    department: z.string().nullable(),
    scopes: z.array(z.string()),
    createdAt: instant,
    expiresAt: instant.nullable(),
    revokedAt: instant.nullable(),
  })
  .meta({ id: 'Token' });

export const tokenRoutes = [
  route({
    method: 'get',
    path: '/tokens',
    tag,
    summary: { zh: '部门系统的访问令牌', en: "Tokens of departments' systems" },
    who: administrators,
    answers: { 200: z.strictObject({ tokens: z.array(tokenSchema) }) },
    handle: async (_call, { db }) => ok({ tokens: await listApiTokens(db) }),
  }),
  route({
    method: 'post',
    path: '/tokens',
    tag,
    summary: { zh: '为部门系统新建令牌(仅显示一次)', en: "Make a token for a department's system (shown once)" },
    who: administrators,
    body: z.strictObject({
      name: z.string().trim().min(1).max(100),
      department: idSchema,
      scopes: z.array(z.enum(scopes)).min(1),
      expiresAt: instant.optional(),
    }),
    answers: { 201: z.strictObject({ id: z.string(), token: z.string() }).meta({ id: 'NewToken' }) },
    async handle({ body, caller, trace }, { db }) {
      if (!(await existingIds(db, 'department', [body.department])).has(body.department))
        throw invalidFields([{ field: 'department', code: 'unknown-id' }]);
      const expiresAt = body.expiresAt === undefined ? null : new Date(body.expiresAt);
      if (expiresAt && expiresAt <= new Date()) throw invalidFields([{ field: 'expiresAt', code: 'in-the-past' }]);
      const id = `token-${randomBytes(6).toString('hex')}`;
      const token = await db.transaction(async (tx) => {
        await writeAudit(tx, {
          ...{ actor: caller.actor.id, action: 'token:create', object: id, trace },
          detail: { department: body.department, scopes: body.scopes },
        });
        return createApiToken(tx, { ...body, id, expiresAt, scopes: [...new Set(body.scopes)] });
      });
      return created({ id, token });
    },
  }),
  route({
    method: 'delete',
    path: '/tokens/:id',
    tag,
    summary: { zh: '吊销令牌', en: 'Revoke a token' },
    who: administrators,
    params: idParams,
    async object({ params }, { db }) {
      const token = (await listApiTokens(db)).find(({ id }) => id === params.id);
      if (!token) throw problems.notFound();
      return token;
    },
    answers: { 204: null },
    async handle({ object, caller, trace }, { db }) {
      if (await revokeApiToken(db, object.id))
        await writeAudit(db, { actor: caller.actor.id, action: 'token:revoke', object: object.id, trace });
      return nothing();
    },
  }),
];
