import { deskRoles } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  attachConversation,
  closeConversation,
  findFile,
  findMessage,
  holdConversation,
  isArchiveBlocked,
  listConversations,
  messagesOf,
  resendMessage,
  takeConversation,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import { auditDownload, sendFile } from '../files/transfer';
import { replyIn } from '../conversations/replies';
import {
  conversationSchema,
  conversationView,
  messageSchema,
  messageView,
  ofConversation,
} from '../conversations/views';
import { stepIdFor } from '../delivery';
import { pageOf, placeOf } from '../http/cursor';
import { invalidFields, problems } from '../http/problems';
import { created, nothing, ok, route, staffWith } from '../http/route';
import { idParams, idempotencyKey, number } from '../http/schemas';
import { mayBeOf } from '../tickets/sources';
import { visibleTicket } from '../tickets/visibility';

const tag = 'conversations';
const desk = staffWith(deskRoles);
const readers = staffWith([...deskRoles, 'auditor']);

export const conversationRoutes = [
  route({
    method: 'get',
    path: '/conversations',
    tag,
    summary: { zh: '会话列表(等待中的按先后)', en: 'Conversations; those that wait in order of waiting' },
    who: readers,
    query: z.strictObject({
      status: z.enum(['waiting', 'open', 'closed']).optional(),
      channel: z.enum(['chat', 'email', 'sms']).optional(),
      agent: idSchema.optional(),
      customer: idSchema.optional(),
      ticket: number.optional(),
      limit: z.coerce.number().int().min(1).max(100).default(50),
      cursor: z.string().max(300).optional(),
    }),
    answers: { 200: z.strictObject({ conversations: z.array(conversationSchema), next: z.string().nullable() }) },
    async handle({ query: { cursor, limit, ...filter } }, { db }) {
      // A page of the queue goes the other way: its cursor is of no other list.
      const sort = filter.status === 'waiting' ? 'number' : 'newest';
      const after = placeOf(cursor, sort);
      const rows = await listConversations(db, { ...filter, after, limit: limit + 1 });
      const { page, next } = pageOf(rows, limit, (last) => ({ at: last.createdAt, number: last.id }), sort);
      return ok({ conversations: page.map(conversationView), next });
    },
  }),
  route({
    method: 'get',
    path: '/conversations/:id',
    tag,
    summary: { zh: '一个会话', en: 'One conversation' },
    who: readers,
    params: idParams,
    object: ofConversation,
    answers: { 200: conversationSchema },
    handle: async ({ object }) => ok(conversationView(object)),
  }),
  route({
    method: 'get',
    path: '/conversations/:id/messages',
    tag,
    summary: { zh: '会话消息', en: "A conversation's messages, in order" },
    who: readers,
    params: idParams,
    object: ofConversation,
    query: z.strictObject({
      after: z.coerce.number().int().min(0).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(100),
    }),
    answers: { 200: z.strictObject({ messages: z.array(messageSchema) }) },
    handle: async ({ object, query }, { db }) =>
      ok({ messages: (await messagesOf(db, object.id, query)).map(messageView) }),
  }),
  route({
    method: 'get',
    path: '/conversations/:id/files/:file',
    tag,
    summary: { zh: '下载邮件附件', en: 'Download a file that came with a mail' },
    who: readers,
    params: z.object({ id: idSchema, file: idSchema }),
    async object(call, deps) {
      const conversation = await ofConversation(call, deps);
      const file = await findFile(deps.db, { conversation: conversation.id }, call.params.file);
      // What the retention duty keeps of somebody who was erased is for the auditor alone (P4).
      const blocked = conversation.ticket !== null && (await isArchiveBlocked(deps.db, conversation.ticket));
      if (!file || (blocked && !call.caller.actor.roles.includes('auditor'))) throw problems.notFound();
      return file;
    },
    download: true,
    answers: { 200: z.string() },
    async handle({ object: file, params, caller, trace, response }, deps) {
      await auditDownload(deps.db, file, caller, params.id, trace);
      return sendFile(file, response, deps);
    },
  }),
  route({
    method: 'post',
    path: '/conversations/:id/take',
    tag,
    summary: { zh: '接入会话', en: 'Take a waiting conversation' },
    who: desk,
    params: idParams,
    object: ofConversation,
    answers: { 200: conversationSchema },
    async handle({ object, caller, trace }, { db }) {
      const taken = await db.transaction(async (tx) => {
        const conversation = await takeConversation(tx, object.id, caller.actor.id);
        if (conversation)
          await writeAudit(tx, { actor: caller.actor.id, action: 'conversation:take', object: object.id, trace });
        return conversation;
      });
      if (!taken) throw problems.conflict('taken', '会话已由他人接入或已结束', 'Somebody else has it, or it is closed');
      return ok(conversationView(taken));
    },
  }),
  route({
    method: 'post',
    path: '/conversations/:id/messages',
    tag,
    summary: { zh: '回复客户', en: 'Write to the customer' },
    who: desk,
    params: idParams,
    object: ofConversation,
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: z.strictObject({
      text: z.string().trim().min(1).max(8000),
      subject: z.string().trim().min(1).max(200).optional(),
    }),
    answers: { 201: messageSchema },
    async handle({ object, body, headers, caller }, deps) {
      const author = caller.actor.id;
      const key = stepIdFor(author, 'POST', `/conversations/${object.id}/messages`, headers['idempotency-key']);
      const message = await replyIn(object.id, { ...body, author, key }, deps);
      if (message.text !== body.text) throw problems.otherBody();
      return created(messageView(message));
    },
  }),
  route({
    method: 'post',
    path: '/conversations/:id/close',
    tag,
    summary: { zh: '结束会话', en: 'Close a conversation' },
    who: desk,
    params: idParams,
    object: ofConversation,
    answers: { 204: null },
    async handle({ object, caller, trace }, { db }) {
      const { id, roles } = caller.actor;
      const leads = roles.includes('supervisor') || roles.includes('team-leader');
      if (object.agent !== null && object.agent !== id && !leads) throw problems.notYours();
      await db.transaction(async (tx) => {
        await closeConversation(tx, object.id);
        await writeAudit(tx, { actor: id, action: 'conversation:close', object: object.id, trace });
      });
      return nothing();
    },
  }),
  route({
    method: 'post',
    path: '/conversations/:id/ticket',
    tag,
    summary: { zh: '将会话关联到工单', en: 'Tie a conversation to a ticket (a new one: name it at intake)' },
    who: desk,
    params: idParams,
    object: ofConversation,
    body: z.strictObject({ ticket: number }),
    answers: { 200: conversationSchema },
    async handle({ object, body, caller, trace }, deps) {
      const ticket = await visibleTicket(body.ticket, caller, deps).catch(() => {
        throw invalidFields([{ field: 'ticket', code: 'unknown-id' }]);
      });
      const attached = await deps.db.transaction(async (tx) => {
        const conversation = (await holdConversation(tx, object.id))!;
        if (conversation.ticket === ticket.number) return conversation;
        if (conversation.ticket !== null)
          throw problems.conflict('has-ticket', '会话已关联其他工单', 'It belongs to another ticket already');
        if (!(await mayBeOf(tx, conversation, ticket.customer)))
          throw problems.conflict('other-customer', '工单属于其他客户', 'The ticket is another customer’s');
        const detail = { ticket: ticket.number };
        await writeAudit(tx, { actor: caller.actor.id, action: 'conversation:tie', object: object.id, trace, detail });
        return attachConversation(tx, object.id, { ticket: ticket.number, customer: ticket.customer });
      });
      return ok(conversationView(attached));
    },
  }),
  route({
    method: 'post',
    path: '/messages/:id/retry',
    tag,
    summary: { zh: '重新发送失败或结果不明的消息', en: 'Send a failed or unknown message again' },
    who: staffWith(['supervisor', 'team-leader']),
    params: z.object({ id: z.coerce.number().int().positive() }),
    async object({ params }, { db }) {
      const message = await findMessage(db, params.id);
      if (!message) throw problems.notFound();
      return message;
    },
    answers: { 204: null },
    async handle({ object, caller }, { db }) {
      if (!(await resendMessage(db, object.id, caller.actor.id)))
        throw problems.conflict(
          'not-undecided',
          '只有失败或结果不明的消息可以重发',
          'It neither failed nor is unknown',
        );
      return nothing();
    },
  }),
];
