import { titles } from '@duban/contracts/schemas';
import { type Conversation, type Message, messagesOf } from '@duban/database';
import { z } from 'zod';
import { countAttempt, throttleKey } from '../auth/throttle';
import { ofChat, startChat, writeInChat } from '../conversations/chat';
import { contactOf } from '../customers/views';
import { stepIdFor } from '../delivery';
import type { Locale } from '../http/locale';
import { block, openEventStream } from '../http/event-stream';
import { created, everyone, ok, route } from '../http/route';
import { idempotencyKey, instant } from '../http/schemas';

const tag = 'public';
const tokenParams = z.object({ token: z.string().regex(/^[\w-]{20,100}$/) });
const text = z.string().trim().min(1).max(4000);

const saidSchema = z
  .strictObject({
    id: z.number().int(),
    by: z.enum(['customer', 'agent', 'system']),
    agent: z.string().nullable().meta({ description: 'The staff number of who answers' }),
    text: z.string(),
    at: instant,
  })
  .meta({ id: 'ChatMessage' });

const chatSchema = z
  .strictObject({
    status: z.enum(['waiting', 'open', 'closed']),
    agent: z.string().nullable(),
    leftMessage: z.boolean(),
    ticket: z.string().nullable(),
    notice: z.string().nullable().meta({ description: 'What to tell the customer now, in their language' }),
    expiresAt: instant,
    messages: z.array(saidSchema),
  })
  .meta({ id: 'Chat' });

const notices = {
  waiting: { zh: '正在为您接入客服,请稍候。', en: 'We are finding somebody for you; please wait a moment.' },
  left: {
    zh: '现在没有客服在岗。您的留言已保存,我们上班后会尽快与您联系。',
    en: 'Nobody is on duty now. Your message is kept, and we will get back to you.',
  },
  ticket: {
    zh: '现在没有客服在岗。您的留言已登记为工单 {ticket},我们会尽快处理。',
    en: 'Nobody is on duty now. Your message has become ticket {ticket}, and we will see to it.',
  },
};

function noticeOf({ status, leftMessage }: Conversation, ticket: string | null, locale: Locale): string | null {
  if (status !== 'waiting') return null;
  if (!leftMessage) return notices.waiting[locale];
  return ticket ? notices.ticket[locale].replace('{ticket}', ticket) : notices.left[locale];
}

function said(message: Message) {
  const { id, author, text: words, at } = message;
  const by = author === 'customer' || author === 'system' ? author : ('agent' as const);
  return { id, by, agent: by === 'agent' ? author : null, text: words, at };
}

function chatView(chat: Conversation, messages: Message[], locale: Locale) {
  const { status, agent, leftMessage, ticket, tokenExpiresAt } = chat;
  const notice = noticeOf(chat, ticket, locale);
  return { status, agent, leftMessage, ticket, notice, expiresAt: tokenExpiresAt!, messages: messages.map(said) };
}

/** The customer's side of the web chat (G1). */
export const publicChatRoutes = [
  route({
    method: 'post',
    path: '/public/chats',
    tag,
    summary: { zh: '客户发起在线会话', en: 'A customer begins a chat' },
    who: everyone,
    body: z.strictObject({
      name: z.string().trim().min(1).max(100).optional(),
      title: z.enum(titles).default('other'),
      contact: z.string().trim().min(1).max(200).optional().meta({ description: 'A telephone number or an e-mail' }),
      locale: z.enum(['zh', 'en']).optional(),
    }),
    answers: { 201: chatSchema.extend({ token: z.string() }) },
    async handle({ body, address, locale }, deps) {
      const { name, title, contact } = body;
      const reached = contact === undefined ? undefined : contactOf(contact, 'contact');
      await countAttempt(deps, [throttleKey(deps, 'chat', address)]);
      const { token, conversation } = await startChat(
        {
          ...{ name, title, locale: body.locale ?? locale },
          ...(reached ? (reached.kind === 'email' ? { email: reached.value } : { phone: reached.value }) : {}),
        },
        deps,
      );
      return created({ ...chatView(conversation, [], locale), token });
    },
  }),
  route({
    method: 'get',
    path: '/public/chats/:token',
    tag,
    summary: { zh: '会话状态与消息', en: 'How the chat stands, and its messages' },
    who: everyone,
    params: tokenParams,
    object: ofChat,
    query: z.strictObject({ after: z.coerce.number().int().min(0).optional() }),
    answers: { 200: chatSchema },
    async handle({ object: chat, query: { after }, locale }, { db }) {
      return ok(chatView(chat, await messagesOf(db, chat.id, { after, limit: 200 }), locale));
    },
  }),
  route({
    method: 'post',
    path: '/public/chats/:token/messages',
    tag,
    summary: { zh: '客户发送消息', en: 'The customer writes' },
    who: everyone,
    params: tokenParams,
    object: ofChat,
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: z.strictObject({ text }),
    answers: {
      201: saidSchema.extend({
        leftMessage: z.boolean(),
        ticket: z.string().nullable(),
        notice: z.string().nullable(),
      }),
    },
    async handle({ object: chat, body, headers, locale, trace }, deps) {
      await countAttempt(deps, [throttleKey(deps, 'say', chat.id)]);
      const key = stepIdFor('customer', 'POST', `/public/chats/${chat.id}/messages`, headers['idempotency-key']);
      const { message, leftMessage, ticket } = await writeInChat(chat, { text: body.text, key }, trace, deps);
      const notice = leftMessage ? noticeOf({ ...chat, leftMessage }, ticket, locale) : null;
      return created({ ...said(message), leftMessage, ticket, notice });
    },
  }),
  route({
    method: 'get',
    path: '/public/chats/:token/events',
    tag,
    summary: { zh: '会话实时更新(SSE)', en: 'Live updates of a chat by server-sent events' },
    who: everyone,
    params: tokenParams,
    object: ofChat,
    stream: true,
    answers: { 200: z.string() },
    async handle({ object: chat, params, address, response }, deps) {
      const stream = openEventStream(response);
      const { from, stop } = await deps.events.follow(undefined, (id, event) => {
        if (event.kind === 'resync') stream.write(id, block('resync'));
        if (event.kind !== 'conversation' || event.conversation !== chat.id) return;
        const { status, agent, message } = event;
        stream.write(id, block('chat', { status, agent, message }));
      });
      // Whoever comes back asks for the messages after the last it has: they are kept, events are not.
      stream.write(from, block('ready'));
      // A token that has expired must not go on listening.
      return stream.keep(stop, () =>
        ofChat({ params, address }, deps).then(
          () => true,
          () => false,
        ),
      );
    },
  }),
];
