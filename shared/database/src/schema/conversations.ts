import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { customers, instant } from './people';

export type ConversationChannel = 'chat' | 'email' | 'sms';

/** One exchange with a customer by one channel (G1): chat, e-mail thread, or texts sent from a ticket. */
export const conversations = pgTable(
  'conversations',
  {
    /** `v` and 88 random bits in hex: part of the address that answers to its mails come back to. */
    id: text('id').primaryKey(),
    channel: text('channel').$type<ConversationChannel>().notNull(),
    status: text('status').$type<'waiting' | 'open' | 'closed'>().notNull(),
    customer: text('customer_id')
      .notNull()
      .references(() => customers.id),
    ticket: text('ticket'),
    agent: text('agent'),
    subject: text('subject'),
    /** Nobody was on duty: a message was left. */
    leftMessage: boolean('left_message').notNull().default(false),
    /** SHA-256 of the customer's token (chat). */
    tokenHash: text('token_hash'),
    tokenExpiresAt: instant('token_expires_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
    lastMessageAt: instant('last_message_at').notNull().defaultNow(),
    takenAt: instant('taken_at'),
    closedAt: instant('closed_at'),
  },
  (t) => [
    uniqueIndex('conversations_token')
      .on(t.tokenHash)
      .where(sql`token_hash is not null`),
    index('conversations_waiting')
      .on(t.createdAt, t.id)
      .where(sql`status = 'waiting'`),
    index('conversations_agent').on(t.agent, t.createdAt),
    index('conversations_created').on(t.createdAt, t.id),
    index('conversations_ticket').on(t.ticket, t.channel),
    index('conversations_customer').on(t.customer, t.createdAt),
  ],
);

/** A file that came with a message: kept as `file` of its conversation, or only noted where it may not be kept. */
export interface NotedAttachment {
  file: string | null;
  name: string;
  type: string;
  sizeBytes: number;
}

/** What was said. Those that leave the building: pending → sending → sent | failed | unknown (design 8). */
export const messages = pgTable(
  'messages',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    conversation: text('conversation_id')
      .notNull()
      .references(() => conversations.id),
    direction: text('direction').$type<'in' | 'out'>().notNull(),
    /** `customer`, a staff number, or `system`. */
    author: text('author').notNull(),
    text: text('text').notNull(),
    subject: text('subject'),
    /** Written by a machine: never answered by one. */
    automatic: boolean('automatic').notNull().default(false),
    attachments: jsonb('attachments').$type<NotedAttachment[]>().notNull().default([]),
    /** Digest of author, address and Idempotency-Key, or of a mail: the same message is kept once. */
    key: text('key'),
    /** The mail's own Message-ID, both ways. */
    mailId: text('mail_id'),
    /** Where it goes, settled when it is written, or where it came from; null for chat. */
    address: text('address'),
    state: text('state').$type<'pending' | 'sending' | 'sent' | 'failed' | 'unknown'>(),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: instant('next_attempt_at').notNull().defaultNow(),
    lastError: text('last_error'),
    at: instant('at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    index('messages_conversation').on(t.conversation, t.id),
    uniqueIndex('messages_key')
      .on(t.key)
      .where(sql`key is not null`),
    index('messages_mail')
      .on(t.mailId)
      .where(sql`mail_id is not null`),
    index('messages_unsent')
      .on(t.nextAttemptAt, t.id)
      .where(sql`state in ('pending', 'sending')`),
  ],
);

/** Mails that came in, each once by its Message-ID, and what became of them. */
export const inboundMails = pgTable(
  'inbound_mails',
  {
    /** SHA-256 of the Message-ID, or of the whole mail where it has none. */
    digest: text('digest').primaryKey(),
    outcome: text('outcome').$type<'threaded' | 'new' | 'loop' | 'refused'>().notNull(),
    /** It was written by a machine. */
    automatic: boolean('automatic').notNull().default(false),
    /** Its address held a token that is not ours, or another person's. */
    token: text('token').$type<'none' | 'good' | 'forged' | 'foreign'>().notNull(),
    conversation: text('conversation_id'),
    receivedAt: instant('received_at').notNull().defaultNow(),
  },
  (t) => [index('inbound_mails_received').on(t.receivedAt)],
);

/** What channels do by themselves, kept by the administrator: one row. */
export const channelRules = pgTable('channel_rules', {
  id: text('id').primaryKey(),
  /** New mail: the category a ticket is opened in at once; null leaves it to an agent. */
  mailCategory: text('mail_category'),
  /** New mail is acknowledged to its sender. */
  mailAcknowledged: boolean('mail_acknowledged').notNull().default(true),
  /** A chat message left while nobody is on duty: the category of its ticket; null leaves it in the queue. */
  chatCategory: text('chat_category'),
});
