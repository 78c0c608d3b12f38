import { roleNames } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  type Announcement,
  endAnnouncement,
  existingIds,
  findAnnouncement,
  findArticle,
  isFor,
  listAnnouncements,
  publishAnnouncement,
  readAnnouncement,
  receiptsOf,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import { stepIdFor } from '../delivery';
import type { Deps } from '../deps';
import { pageOf, placeOf } from '../http/cursor';
import { type FieldError, invalidFields, problems } from '../http/problems';
import { type Caller, anyStaff, created, nothing, ok, route, staffWith } from '../http/route';
import { idParams, idempotencyKey, instant } from '../http/schemas';
import { isLive } from '../knowledge/articles';

const tag = 'announcements';
/** Who tells the others something, and asks who has not read it. */
const publishers = ['administrator', 'supervisor', 'team-leader', 'duty-manager', 'knowledge-editor'] as const;

const announcementSchema = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    body: z.string(),
    article: z.string().nullable(),
    roles: z.array(z.string()),
    departments: z.array(z.string()),
    publishedBy: z.string(),
    publishedAt: instant,
    validUntil: instant.nullable(),
    readAt: instant.nullable(),
  })
  .meta({ id: 'Announcement' });

export const mayPublish = ({ actor }: Caller) => publishers.some((role) => actor.roles.includes(role));

/** Whom it concerns, and who publishes, may know of it; else 404. */
async function ofAnnouncement({ params, caller }: { params: { id: string }; caller: Caller }, { db }: Deps) {
  const found = await findAnnouncement(db, params.id);
  if (!found || !(isFor(found, caller.actor) || mayPublish(caller))) throw problems.notFound();
  return found;
}

async function assertAudience(
  body: { departments: string[]; article?: string; validUntil: string | null },
  { db }: Deps,
) {
  const errors: FieldError[] = [];
  const known = await existingIds(db, 'department', body.departments);
  body.departments.forEach((id, i) => {
    if (!known.has(id)) errors.push({ field: `departments.${i}`, code: 'unknown-id' });
  });
  const article = body.article === undefined ? undefined : await findArticle(db, body.article);
  if (body.article !== undefined && !(article && isLive(article)))
    errors.push({ field: 'article', code: 'unknown-id' });
  if (body.validUntil !== null && Date.parse(body.validUntil) <= Date.now())
    errors.push({ field: 'validUntil', code: 'in-the-past' });
  if (errors.length) throw invalidFields(errors);
}

const view = (announcement: Announcement, readAt: Date | null = null) => ({ ...announcement, readAt });

export const announcementRoutes = [
  route({
    method: 'post',
    path: '/announcements',
    tag,
    summary: { zh: '发布公告', en: 'Publish an announcement' },
    who: staffWith(publishers),
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: z.strictObject({
      title: z.string().trim().min(1).max(200),
      body: z.string().trim().min(1).max(8_000),
      article: idSchema.optional(),
      roles: z.array(z.enum(roleNames)).max(20).default([]),
      departments: z.array(idSchema).max(50).default([]),
      validUntil: instant.nullable().default(null),
    }),
    answers: { 201: announcementSchema },
    async handle({ body, headers, caller, trace }, deps) {
      await assertAudience(body, deps);
      const by = caller.actor.id;
      const id = `n-${stepIdFor(by, 'POST', '/api/v1/announcements', headers['idempotency-key']).slice(2)}`;
      const validUntil = body.validUntil === null ? null : new Date(body.validUntil);
      await deps.db.transaction(async (tx) => {
        if (await publishAnnouncement(tx, { ...body, id, validUntil, publishedBy: by }))
          await writeAudit(tx, { actor: by, action: 'announcement:publish', object: id, trace });
      });
      return created(view((await findAnnouncement(deps.db, id))!), `/api/v1/announcements/${id}`);
    },
  }),
  route({
    method: 'get',
    path: '/announcements',
    tag,
    summary: { zh: '我的公告', en: 'What concerns me' },
    who: anyStaff(),
    query: z.strictObject({
      unread: z.enum(['true', 'false']).default('false'),
      past: z.enum(['true', 'false']).default('false'),
      all: z.enum(['true', 'false']).default('false').meta({ description: "For publishers: everybody's" }),
      limit: z.coerce.number().int().min(1).max(100).default(50),
      cursor: z.string().max(300).optional(),
    }),
    answers: { 200: z.strictObject({ announcements: z.array(announcementSchema), next: z.string().nullable() }) },
    async handle({ query, caller }, { db }) {
      const after = placeOf(query.cursor);
      const rows = await listAnnouncements(db, caller.actor, {
        ...{ unread: query.unread === 'true', past: query.past === 'true' },
        ...{ all: query.all === 'true' && mayPublish(caller), after, limit: query.limit + 1 },
      });
      const { page, next } = pageOf(rows, query.limit, (last) => ({ at: last.publishedAt, number: last.id }));
      return ok({ announcements: page, next });
    },
  }),
  route({
    method: 'put',
    path: '/announcements/:id/read',
    tag,
    summary: { zh: '确认已读', en: 'Confirm having read it' },
    who: anyStaff(),
    params: idParams,
    object: ofAnnouncement,
    answers: { 204: null },
    async handle({ object: { id }, caller }, { db }) {
      await readAnnouncement(db, id, caller.actor.id);
      return nothing();
    },
  }),
  route({
    method: 'get',
    path: '/announcements/:id/receipts',
    tag,
    summary: { zh: '阅读回执', en: 'Who has read it, and who has not' },
    who: staffWith(publishers),
    params: idParams,
    object: ofAnnouncement,
    answers: {
      200: z.strictObject({
        read: z.number().int(),
        unread: z.number().int(),
        receipts: z.array(z.strictObject({ id: z.string(), name: z.string(), readAt: instant.nullable() })),
      }),
    },
    async handle({ object }, { db }) {
      const receipts = await receiptsOf(db, object);
      const read = receipts.filter(({ readAt }) => readAt !== null).length;
      return ok({ read, unread: receipts.length - read, receipts });
    },
  }),
  route({
    method: 'delete',
    path: '/announcements/:id',
    tag,
    summary: { zh: '撤下公告', en: 'End an announcement' },
    who: staffWith(publishers),
    params: idParams,
    object: ofAnnouncement,
    answers: { 204: null },
    async handle({ object: { id }, caller, trace }, { db }) {
      await db.transaction(async (tx) => {
        if (await endAnnouncement(tx, id))
          await writeAudit(tx, { actor: caller.actor.id, action: 'announcement:end', object: id, trace });
      });
      return nothing();
    },
  }),
];
