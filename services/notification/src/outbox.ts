import type { Channel } from '@duban/activities';
import {
  type Database,
  type DeliveryOutcome,
  type OutgoingMessage,
  lastMailOf,
  recordMessageOutcome,
  takeOutgoing,
} from '@duban/database';
import { type Logger, replyAddress } from '@duban/platform';
import { messageIdOf } from './channels/email';
import type { Mailer } from './channels/mailer';

const BATCH = 20;
const STALE_MS = 5 * 60_000;

export interface OutboxDeps {
  database: Database;
  log: Logger;
  /** Absent where the environment has no mail server. */
  mailer?: Mailer | undefined;
  sms?: Channel | undefined;
  /** Keys the tokens of answers' addresses. */
  secret: string;
  /** The centre's own mailbox. */
  mailbox: string;
}

/**
 * Sends what agents wrote in conversations (G1; design 8); the notification service calls it every second. What may
 * have been sent is never sent again by itself.
 * @returns how many it attempted
 */
export function createOutbox(deps: OutboxDeps): () => Promise<number> {
  const { db } = deps.database;
  return async () => {
    const taken = await takeOutgoing(db, BATCH, STALE_MS);
    // Of one conversation in order; another one does not wait for it.
    const threads = new Set(taken.map(({ conversation }) => conversation));
    await Promise.all(
      [...threads].map(async (thread) => {
        for (const message of taken.filter(({ conversation }) => conversation === thread)) await attempt(deps, message);
      }),
    );
    return taken.length;
  };
}

async function attempt(deps: OutboxDeps, message: OutgoingMessage): Promise<void> {
  const { db } = deps.database;
  const mailId = message.channel === 'email' ? messageIdOf(`message:${message.id}`) : undefined;
  const outcome = await sendOne(deps, message, mailId).catch((error: Error): DeliveryOutcome => ({
    state: 'unknown',
    reason: error.name,
  }));
  await recordMessageOutcome(db, message, outcome, mailId);
  if (outcome.state === 'sent') deps.log.info({ message: message.id }, 'message sent');
  else deps.log.warn({ message: message.id, ...outcome }, 'message not sent');
}

async function sendOne(
  deps: OutboxDeps,
  message: OutgoingMessage,
  messageId: string | undefined,
): Promise<DeliveryOutcome> {
  const { id, channel, address, text, ticket, conversation } = message;
  if (!address) return { state: 'failed', reason: 'no address' };
  if (channel === 'sms') {
    const outgoing = { key: `message:${id}`, ticket: ticket ?? '', template: 'reply-sent' as const, data: {} };
    const sms = deps.sms?.send({ ...outgoing, recipient: 'customer', address, title: '', text }, deps.database.db);
    return sms ?? { state: 'failed', reason: 'no such channel' };
  }
  if (!deps.mailer) return { state: 'failed', reason: 'no such channel' };
  const answered = await lastMailOf(deps.database.db, conversation);
  const headers = { 'Auto-Submitted': 'auto-replied', 'X-Auto-Response-Suppress': 'All' };
  return deps.mailer({
    ...{ to: address, subject: subjectOf(message), text, messageId },
    replyTo: replyAddress(deps.secret, deps.mailbox, ticket ?? conversation),
    ...(answered?.mailId ? { inReplyTo: answered.mailId, references: answered.mailId } : {}),
    ...(message.automatic ? { headers } : {}),
  });
}

/** The thread's subject, and the ticket's number where the customer can see it. */
function subjectOf({ subject, conversationSubject, ticket }: OutgoingMessage): string {
  const about = subject ?? conversationSubject ?? '';
  const told = ticket && !about.includes(ticket) ? `[${ticket}] ${about}` : about;
  return /^(re|回复)[::]/i.test(about) || subject ? told.trim() : `Re: ${told}`.trim();
}
