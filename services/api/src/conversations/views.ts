import { type Conversation, type Message, findConversation } from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import { problems } from '../http/problems';
import { instant } from '../http/schemas';

export const conversationSchema = z
  .strictObject({
    id: z.string(),
    channel: z.enum(['chat', 'email', 'sms']),
    status: z.enum(['waiting', 'open', 'closed']),
    customer: z.string(),
    ticket: z.string().nullable(),
    agent: z.string().nullable(),
    subject: z.string().nullable(),
    leftMessage: z.boolean(),
    createdAt: instant,
    lastMessageAt: instant,
    takenAt: instant.nullable(),
    closedAt: instant.nullable(),
  })
  .meta({ id: 'Conversation' });

const attachmentSchema = z.strictObject({
  file: z.string().nullable().meta({ description: 'Of the conversation’s files; null where it may not be kept' }),
  name: z.string(),
  type: z.string(),
  sizeBytes: z.number().int(),
});

export const messageSchema = z
  .strictObject({
    id: z.number().int(),
    conversation: z.string(),
    direction: z.enum(['in', 'out']),
    author: z.string().meta({ description: '`customer`, a staff number, or `system`' }),
    subject: z.string().nullable(),
    text: z.string(),
    automatic: z.boolean().meta({ description: 'Written by a machine' }),
    attachments: z.array(attachmentSchema),
    state: z.enum(['pending', 'sending', 'sent', 'failed', 'unknown']).nullable(),
    lastError: z.string().nullable(),
    at: instant,
  })
  .meta({ id: 'Message' });

export function conversationView(conversation: Conversation) {
  const { tokenHash: _, tokenExpiresAt: __, ...rest } = conversation;
  return rest;
}

/** Addresses stay with the profile, where they are masked. */
export function messageView(message: Message) {
  const { id, conversation, direction, author, subject, text, automatic, attachments, state, lastError, at } = message;
  return { id, conversation, direction, author, subject, text, automatic, attachments, state, lastError, at };
}

export async function ofConversation({ params }: { params: { id: string } }, { db }: Deps): Promise<Conversation> {
  const conversation = await findConversation(db, params.id);
  if (!conversation) throw problems.notFound();
  return conversation;
}
