import type { Template } from '@duban/contracts';
import { emergenciesIn, staffMessage } from '@duban/activities';
import {
  listDeliveries,
  listNotifications,
  markNotificationRead,
  readTasks,
  findDelivery,
  retryDelivery,
  settleUnknown,
} from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import { pageOf, placeOf } from '../http/cursor';
import { problems } from '../http/problems';
import { anyStaff, nothing, ok, route, staffWith } from '../http/route';
import { instant, number } from '../http/schemas';
import { directoryOf } from '../tickets/directory';

const tag = 'notifications';

const notificationSchema = z
  .strictObject({
    key: z.string(),
    ticket: z.string(),
    template: z.string(),
    title: z.string(),
    text: z.string(),
    createdAt: instant,
    readAt: instant.nullable(),
  })
  .meta({ id: 'Notification' });

const deliverySchema = z
  .strictObject({
    key: z.string(),
    ticket: z.string(),
    channel: z.string(),
    template: z.string(),
    recipient: z.string(),
    state: z.enum(['pending', 'sending', 'sent', 'failed', 'unknown']),
    attempts: z.number().int(),
    lastError: z.string().nullable(),
    createdAt: instant,
    sentAt: instant.nullable(),
    updatedAt: instant,
  })
  .meta({ id: 'Delivery' });

/** Business keys are long and full of colons. */
const keyParams = z.object({ key: z.string().min(1).max(300) });
const supervisors = staffWith(['supervisor']);

async function ofDelivery({ params }: { params: { key: string } }, { db }: Deps) {
  const delivery = await findDelivery(db, params.key);
  if (!delivery) throw problems.notFound();
  return delivery;
}

const notUndecided = () =>
  problems.conflict(
    'not-undecided',
    '只有失败或结果不明的消息可以处理',
    'Only a failed or unknown message can be decided upon',
  );

export const notificationRoutes = [
  route({
    method: 'get',
    path: '/notifications',
    tag,
    summary: { zh: '我的通知', en: 'My notifications' },
    who: anyStaff(),
    query: z.strictObject({
      unread: z.enum(['true', 'false']).default('false'),
      before: instant.optional(),
      limit: z.coerce.number().int().min(1).max(100).default(50),
    }),
    answers: { 200: z.strictObject({ notifications: z.array(notificationSchema), unread: z.number().int() }) },
    async handle({ query, caller, locale }, { db, env }) {
      const timeZone = env.DUBAN_TIME_ZONE;
      const before = query.before === undefined ? undefined : new Date(query.before);
      const filter = { unread: query.unread === 'true', before, limit: query.limit };
      const { rows, unread } = await listNotifications(db, caller.actor.id, filter);
      const all = await readTasks(db, emergenciesIn(rows));
      const { departments, groups } = await directoryOf(db);
      const names = new Map([...groups, ...departments]);
      const notifications = rows.map(({ key, ticket, template, data, createdAt, readAt }) => {
        const context = { ticket, data, locale, names, timeZone, tasks: all.get(ticket) };
        const { title, text } = staffMessage(template as Template, context);
        return { key, ticket, template, title, text, createdAt, readAt };
      });
      return ok({ notifications, unread });
    },
  }),
  route({
    method: 'put',
    path: '/notifications/:key/read',
    tag,
    summary: { zh: '标为已读', en: 'Mark as read' },
    who: anyStaff(),
    params: keyParams,
    object: async ({ params }) => params.key,
    answers: { 204: null },
    async handle({ object: key, caller }, { db }) {
      if (!(await markNotificationRead(db, caller.actor.id, key))) throw problems.notFound();
      return nothing();
    },
  }),
  route({
    method: 'get',
    path: '/deliveries',
    tag,
    summary: { zh: '短信与邮件发送记录', en: 'Log of texts and e-mails' },
    who: staffWith(['supervisor', 'auditor']),
    query: z.strictObject({
      state: z.enum(['pending', 'sending', 'sent', 'failed', 'unknown']).optional(),
      ticket: number.optional(),
      limit: z.coerce.number().int().min(1).max(100).default(50),
      cursor: z.string().max(300).optional(),
    }),
    answers: { 200: z.strictObject({ deliveries: z.array(deliverySchema), next: z.string().nullable() }) },
    async handle({ query: { cursor, limit, ...filter } }, { db }) {
      const place = placeOf(cursor);
      const after = place && { at: place.at, key: place.number };
      const rows = await listDeliveries(db, { ...filter, after, limit: limit + 1 });
      const { page, next } = pageOf(rows, limit, (last) => ({ at: last.createdAt, number: last.key }));
      return ok({ deliveries: page, next });
    },
  }),
  route({
    method: 'post',
    path: '/deliveries/:key/retry',
    tag,
    summary: { zh: '重新发送失败或结果不明的消息', en: 'Send a failed or unknown message again' },
    who: supervisors,
    params: keyParams,
    object: ofDelivery,
    answers: { 204: null },
    async handle({ object, caller }, { db }) {
      if (!(await retryDelivery(db, object.key, caller.actor.id))) throw notUndecided();
      return nothing();
    },
  }),
  route({
    method: 'post',
    path: '/deliveries/:key/settle',
    tag,
    summary: { zh: '人工确认发送结果', en: 'Settle what became of a message' },
    who: supervisors,
    params: keyParams,
    object: ofDelivery,
    body: z.strictObject({ as: z.enum(['sent', 'failed']) }),
    answers: { 204: null },
    async handle({ object, body, caller }, { db }) {
      if (!(await settleUnknown(db, object.key, body.as, caller.actor.id))) throw notUndecided();
      return nothing();
    },
  }),
];
