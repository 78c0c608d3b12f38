import { webhookSecret } from '@duban/activities';
import { changeLabels } from '@duban/contracts';
import {
  type WebhookEndpoint,
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  findWebhookEndpoint,
  listWebhookDeliveries,
  listWebhookEndpoints,
  replayWebhookDelivery,
  replayWebhookEvents,
  rotateWebhookSecret,
  updateWebhookEndpoint,
  writeAudit,
} from '@duban/database';
import { outgoingRules } from '@duban/platform';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Deps } from '../deps';
import { invalidFields, problems } from '../http/problems';
import { created, nothing, ok, route, staffWith } from '../http/route';
import { idParams, instant, number } from '../http/schemas';

const tag = 'webhooks';
const administrators = staffWith(['administrator']);
const kindNames = Object.keys(changeLabels) as [string, ...string[]];
const DAY_MS = 86_400_000;
/** One replay is one statement: a month of a busy centre. */
const REPLAY_DAYS = 31;

const endpointSchema = z
  .strictObject({
    id: z.string(),
    url: z.string(),
    description: z.string(),
    kinds: z.array(z.string()).meta({ description: 'Kinds of timeline entry; none named means all' }),
    enabled: z.boolean(),
    createdBy: z.string(),
    createdAt: instant,
    failingSince: instant.nullable(),
    disabledFor: z.enum(['failing', 'gone']).nullable(),
  })
  .meta({ id: 'Webhook' });
const newSecret = z.strictObject({ webhook: endpointSchema, secret: z.string() }).meta({ id: 'WebhookSecret' });
const deliverySchema = z
  .strictObject({
    id: z.number().int(),
    event: z.string().meta({ description: 'The webhook-id header: the same each time it is sent' }),
    ticket: z.string(),
    kind: z.string(),
    at: instant,
    state: z.enum(['pending', 'sent', 'failed']),
    attempts: z.number().int(),
    replays: z.number().int(),
    responseStatus: z.number().int().nullable(),
    lastError: z.string().nullable(),
    queuedAt: instant,
    nextAttemptAt: instant.nullable(),
    settledAt: instant.nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

const settings = {
  url: z.url().max(500),
  description: z.string().trim().max(200),
  kinds: z.array(z.enum(kindNames)).max(kindNames.length),
  enabled: z.boolean(),
};

function view({ secretVersion: _, retryAt: __, calledAt: ___, ...endpoint }: WebhookEndpoint) {
  return endpoint;
}

async function ofEndpoint({ params }: { params: { id: string } }, { db }: Deps): Promise<WebhookEndpoint> {
  const endpoint = await findWebhookEndpoint(db, params.id);
  if (!endpoint) throw problems.notFound();
  return endpoint;
}

/** https to a public host; on a network that the environment allows, plain http too. Names are resolved when called. */
function assertCallable(url: string | undefined, { env }: Deps): void {
  if (url === undefined) return;
  const { protocol, hostname, username, password, hash } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const address = host === 'localhost' ? '127.0.0.1' : host;
  const isAddress = /^[\d.]+$|:/.test(address);
  const allowed = isAddress && outgoingRules(env.DUBAN_WEBHOOK_ALLOW).allows(address);
  const plainAllowed = allowed && !outgoingRules([]).allows(address);
  const fine = (protocol === 'https:' && (allowed || !isAddress)) || (protocol === 'http:' && plainAllowed);
  if (!fine || username || password || hash) throw invalidFields([{ field: 'url', code: 'webhook-url' }]);
}

const secretOf = ({ id, secretVersion }: WebhookEndpoint, { env }: Deps) =>
  webhookSecret(env.DUBAN_SECRET, id, secretVersion);

export const webhookRoutes = [
  route({
    method: 'get',
    path: '/webhooks',
    tag,
    summary: { zh: '对外推送的接收地址', en: 'Endpoints of outgoing webhooks' },
    who: administrators,
    answers: { 200: z.strictObject({ webhooks: z.array(endpointSchema) }) },
    handle: async (_call, { db }) => ok({ webhooks: (await listWebhookEndpoints(db)).map(view) }),
  }),
  route({
    method: 'post',
    path: '/webhooks',
    tag,
    summary: { zh: '新增接收地址(签名密钥仅显示一次)', en: 'Add an endpoint (its signing secret is shown once)' },
    who: administrators,
    body: z.strictObject({
      url: settings.url,
      description: settings.description.default(''),
      kinds: settings.kinds.default([]),
      enabled: settings.enabled.default(true),
    }),
    answers: { 201: newSecret },
    async handle({ body, caller, trace }, deps) {
      assertCallable(body.url, deps);
      const id = `webhook-${randomBytes(6).toString('hex')}`;
      const made = await deps.db.transaction(async (tx) => {
        const detail = { kinds: body.kinds, enabled: body.enabled };
        await writeAudit(tx, { actor: caller.actor.id, action: 'webhook:create', object: id, trace, detail });
        return createWebhookEndpoint(tx, { ...body, id, createdBy: caller.actor.id });
      });
      return created({ webhook: view(made), secret: secretOf(made, deps) }, `/api/v1/webhooks/${id}`);
    },
  }),
  route({
    method: 'get',
    path: '/webhooks/:id',
    tag,
    summary: { zh: '一个接收地址', en: 'One endpoint' },
    who: administrators,
    params: idParams,
    object: ofEndpoint,
    answers: { 200: endpointSchema },
    handle: async ({ object }) => ok(view(object)),
  }),
  route({
    method: 'patch',
    path: '/webhooks/:id',
    tag,
    summary: { zh: '修改或启停接收地址', en: 'Change, enable or disable an endpoint' },
    who: administrators,
    params: idParams,
    object: ofEndpoint,
    body: z.strictObject(settings).partial(),
    answers: { 200: endpointSchema },
    async handle({ object, body, caller, trace }, deps) {
      assertCallable(body.url, deps);
      if (Object.keys(body).length === 0) return ok(view(object));
      const changed = await deps.db.transaction(async (tx) => {
        const detail = { fields: Object.keys(body), ...(body.enabled === undefined ? {} : { enabled: body.enabled }) };
        await writeAudit(tx, { actor: caller.actor.id, action: 'webhook:update', object: object.id, trace, detail });
        return updateWebhookEndpoint(tx, object.id, body);
      });
      if (!changed) throw problems.notFound();
      return ok(view(changed));
    },
  }),
  route({
    method: 'post',
    path: '/webhooks/:id/secret',
    tag,
    summary: { zh: '更换签名密钥(仅显示一次)', en: 'Replace the signing secret (shown once)' },
    who: administrators,
    params: idParams,
    object: ofEndpoint,
    answers: { 200: newSecret },
    async handle({ object, caller, trace }, deps) {
      const changed = await deps.db.transaction(async (tx) => {
        await writeAudit(tx, { actor: caller.actor.id, action: 'webhook:secret', object: object.id, trace });
        return rotateWebhookSecret(tx, object.id);
      });
      if (!changed) throw problems.notFound();
      return ok({ webhook: view(changed), secret: secretOf(changed, deps) });
    },
  }),
  route({
    method: 'delete',
    path: '/webhooks/:id',
    tag,
    summary: { zh: '删除接收地址及其记录', en: 'Remove an endpoint and its log' },
    who: administrators,
    params: idParams,
    object: ofEndpoint,
    answers: { 204: null },
    async handle({ object, caller, trace }, { db }) {
      await db.transaction(async (tx) => {
        if (await deleteWebhookEndpoint(tx, object.id))
          await writeAudit(tx, { actor: caller.actor.id, action: 'webhook:delete', object: object.id, trace });
      });
      return nothing();
    },
  }),
  route({
    method: 'get',
    path: '/webhooks/:id/deliveries',
    tag,
    summary: { zh: '推送记录', en: 'Delivery log of an endpoint' },
    who: administrators,
    params: idParams,
    object: ofEndpoint,
    query: z.strictObject({
      state: z.enum(['pending', 'sent', 'failed']).optional(),
      ticket: number.optional(),
      before: z.coerce.number().int().positive().optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    answers: { 200: z.strictObject({ deliveries: z.array(deliverySchema), next: z.number().int().nullable() }) },
    async handle({ object, query }, { db }) {
      const rows = await listWebhookDeliveries(db, { endpoint: object.id, ...query });
      const deliveries = rows.map(({ id, endpoint, ticket, revision, index, kind, at, ...row }) => {
        const { state, attempts, replays, responseStatus, lastError, queuedAt, nextAttemptAt, settledAt } = row;
        const event = `${endpoint}.${ticket}.${revision}.${index}`;
        return {
          ...{ id, event, ticket, kind, at, state, attempts, replays, responseStatus, lastError, queuedAt, settledAt },
          nextAttemptAt: state === 'pending' ? nextAttemptAt : null,
        };
      });
      return ok({ deliveries, next: rows.length < query.limit ? null : rows.at(-1)!.id });
    },
  }),
  route({
    method: 'post',
    path: '/webhooks/:id/deliveries/:delivery/replay',
    tag,
    summary: { zh: '重新推送一个事件', en: 'Send one event again' },
    who: administrators,
    params: z.object({ id: idParams.shape.id, delivery: z.coerce.number().int().positive() }),
    async object({ params }, deps) {
      const endpoint = await ofEndpoint({ params }, deps);
      const rows = { endpoint: endpoint.id, before: params.delivery + 1, limit: 1 };
      const [delivery] = await listWebhookDeliveries(deps.db, rows);
      if (delivery?.id !== params.delivery) throw problems.notFound();
      return delivery;
    },
    answers: { 204: null },
    async handle({ object, caller, trace }, { db }) {
      const queued = await db.transaction(async (tx) => {
        if (!(await replayWebhookDelivery(tx, object.endpoint, object.id))) return false;
        const detail = { delivery: object.id };
        const entry = { actor: caller.actor.id, action: 'webhook:replay', object: object.endpoint, trace, detail };
        await writeAudit(tx, entry);
        return true;
      });
      if (!queued) throw problems.conflict('still-queued', '该事件仍在等待推送', 'This event is still waiting');
      return nothing();
    },
  }),
  route({
    method: 'post',
    path: '/webhooks/:id/replay',
    tag,
    summary: { zh: '重新推送一段时间内的事件', en: 'Send the events of a time again' },
    who: administrators,
    params: idParams,
    object: ofEndpoint,
    body: z.strictObject({ from: instant, to: instant }),
    answers: { 200: z.strictObject({ queued: z.number().int() }) },
    async handle({ object, body, caller, trace }, { db }) {
      const [from, to] = [new Date(body.from), new Date(body.to)];
      const length = to.getTime() - from.getTime();
      if (length <= 0) throw invalidFields([{ field: 'to', code: 'malformed' }]);
      if (length > REPLAY_DAYS * DAY_MS)
        throw invalidFields([{ field: 'to', code: 'too-long', detail: { max: `${REPLAY_DAYS} d` } }]);
      const queued = await db.transaction(async (tx) => {
        const n = await replayWebhookEvents(tx, object.id, from, to);
        const detail = { from: body.from, to: body.to, queued: n };
        await writeAudit(tx, { actor: caller.actor.id, action: 'webhook:replay', object: object.id, trace, detail });
        return n;
      });
      return ok({ queued });
    },
  }),
];
