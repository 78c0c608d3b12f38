import { deskRoles } from '@duban/contracts';
import { templateLabels } from '@duban/contracts';
import { type TicketMessage, ticketMessages, writeAudit } from '@duban/database';
import { z } from 'zod';
import { callSchema, callView } from '../calls/views';
import { writeFromTicket } from '../conversations/replies';
import { messageSchema, messageView } from '../conversations/views';
import { stepIdFor } from '../delivery';
import { pageOf, placeOf } from '../http/cursor';
import { type Locale, labelIn } from '../http/locale';
import { problems } from '../http/problems';
import { anyStaff, created, ok, route, staffWith } from '../http/route';
import { idempotencyKey, instant, ticketParams } from '../http/schemas';
import { ofTicket } from '../tickets/visibility';

const tag = 'conversations';

const noticeSchema = z
  .strictObject({
    channel: z.string(),
    label: z.string(),
    text: z.string().nullable().meta({ description: 'What was written in the step it tells of; null for a set text' }),
    state: z.enum(['pending', 'sending', 'sent', 'failed', 'unknown']),
  })
  .meta({ id: 'Notice' });

const entrySchema = z
  .strictObject({
    at: instant,
    kind: z.enum(['chat', 'email', 'sms', 'call', 'notice']),
    message: messageSchema.optional(),
    call: callSchema.optional(),
    notice: noticeSchema.optional(),
  })
  .meta({ id: 'TicketMessage' });

function entryView(entry: TicketMessage, locale: Locale) {
  const { at } = entry;
  switch (entry.kind) {
    case 'message':
      return { at, kind: entry.channel, message: messageView(entry.message) };
    case 'call':
      return { at, kind: entry.kind, call: callView(entry.call) };
    case 'notice': {
      const { channel, template, state } = entry.notice;
      const label = labelIn(templateLabels, template, locale);
      return { at, kind: entry.kind, notice: { channel, label, text: entry.text, state } };
    }
  }
}

export const ticketMessageRoutes = [
  route({
    method: 'get',
    path: '/tickets/:number/messages',
    tag,
    summary: { zh: '工单的全部往来(会话、邮件、短信、通话)', en: 'All that was said about a ticket, newest first' },
    who: anyStaff(),
    params: ticketParams,
    object: ofTicket,
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(100).default(50),
      cursor: z.string().max(300).optional(),
    }),
    answers: { 200: z.strictObject({ messages: z.array(entrySchema), next: z.string().nullable() }) },
    async handle({ object: ticket, query: { limit, cursor }, locale }, { db }) {
      const after = placeOf(cursor);
      const rows = await ticketMessages(db, ticket.number, { after, limit: limit + 1 });
      const { page, next } = pageOf(rows, limit, ({ at, key }) => ({ at, number: key }));
      return ok({ messages: page.map((entry) => entryView(entry, locale)), next });
    },
  }),
  route({
    method: 'post',
    path: '/tickets/:number/messages',
    tag,
    summary: { zh: '从工单发邮件或短信给客户', en: "Write to a ticket's customer by e-mail or SMS" },
    who: staffWith(deskRoles),
    params: ticketParams,
    object: ofTicket,
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: z.discriminatedUnion('channel', [
      z.strictObject({
        channel: z.literal('email'),
        subject: z.string().trim().min(1).max(200).optional(),
        text: z.string().trim().min(1).max(8000),
      }),
      z.strictObject({ channel: z.literal('sms'), text: z.string().trim().min(1).max(500) }),
    ]),
    answers: { 201: messageSchema },
    async handle({ object: ticket, body, headers, caller, trace }, deps) {
      const { channel, text } = body;
      const subject = body.channel === 'email' ? body.subject : undefined;
      const author = caller.actor.id;
      const route = `/tickets/${ticket.number}/messages`;
      const key = stepIdFor(author, 'POST', route, headers['idempotency-key']);
      const message = await writeFromTicket(ticket, channel, { text, subject, author, key }, deps);
      if (message.text !== text) throw problems.otherBody();
      const detail = { channel, message: message.id };
      await writeAudit(deps.db, { actor: author, action: 'message:write', object: ticket.number, trace, detail });
      return created(messageView(message));
    },
  }),
];
