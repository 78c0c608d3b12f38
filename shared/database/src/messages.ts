import { and, asc, desc, eq, gt, inArray, lt, lte, sql } from 'drizzle-orm';
import type { Db, Executor } from './connection';
import { writeAudit } from './audit';
import { type Conversation, tellConversation } from './conversations';
import type { DeliveryOutcome } from './deliveries';
import { calls, conversations, deliveries, messages, steps } from './schema';

export type Message = typeof messages.$inferSelect;
export type NewMessage = Pick<Message, 'direction' | 'author' | 'text'> &
  Partial<Pick<Message, 'subject' | 'automatic' | 'attachments' | 'key' | 'mailId' | 'address'>>;

/**
 * Adds a message to a conversation that the caller holds. What has an address waits to be sent. A customer's message
 * brings a closed conversation back to the queue; a machine's does not.
 * @returns the message, and whether it is new: the same key is kept once
 */
export async function addMessage(
  tx: Executor,
  conversation: Conversation,
  message: NewMessage,
): Promise<{ message: Message; fresh: boolean }> {
  const now = sql`clock_timestamp()`;
  const [added] = await tx
    .insert(messages)
    .values({
      ...message,
      conversation: conversation.id,
      ...{ at: now, updatedAt: now, nextAttemptAt: now },
      ...(message.address && message.direction === 'out' ? { state: 'pending' as const } : {}),
    })
    .onConflictDoNothing()
    .returning();
  if (!added) {
    const same = eq(messages.key, message.key ?? '');
    return { message: (await tx.select().from(messages).where(same))[0]!, fresh: false };
  }
  const again = message.direction === 'in' && !message.automatic && conversation.status === 'closed';
  const [changed] = await tx
    .update(conversations)
    .set({ lastMessageAt: added.at, ...(again ? { status: 'waiting' as const, agent: null, closedAt: null } : {}) })
    .where(eq(conversations.id, conversation.id))
    .returning();
  await tellConversation(tx, changed!, added.id);
  return { message: added, fresh: true };
}

/** A conversation's messages in order, those after `after`. */
export async function messagesOf(
  db: Executor,
  conversation: string,
  page: { after?: number; limit: number },
): Promise<Message[]> {
  const later = page.after === undefined ? undefined : gt(messages.id, page.after);
  return db
    .select()
    .from(messages)
    .where(and(eq(messages.conversation, conversation), later))
    .orderBy(asc(messages.id))
    .limit(page.limit);
}

/** Who wrote to this conversation by mail, each address once. */
export async function mailSendersOf(db: Executor, conversation: string): Promise<string[]> {
  const theirs = and(eq(messages.conversation, conversation), eq(messages.direction, 'in'));
  const rows = await db
    .selectDistinct({ address: messages.address })
    .from(messages)
    .where(and(theirs, sql`${messages.address} is not null`));
  return rows.map((row) => row.address!);
}

/** Whether one of our own mails has this Message-ID. */
export async function isOwnMail(db: Executor, mailId: string): Promise<boolean> {
  const own = and(eq(messages.mailId, mailId), eq(messages.direction, 'out'));
  return (await db.select({ id: messages.id }).from(messages).where(own).limit(1)).length > 0;
}

/** The last mail that a person wrote to this conversation: answers go there, and name it. */
export async function lastMailOf(db: Executor, conversation: string): Promise<Message | undefined> {
  const theirs = and(eq(messages.conversation, conversation), eq(messages.direction, 'in'));
  const rows = await db
    .select()
    .from(messages)
    .where(and(theirs, eq(messages.automatic, false), sql`${messages.address} is not null`))
    .orderBy(desc(messages.id))
    .limit(1);
  return rows[0];
}

export interface OutgoingMessage extends Message {
  channel: Conversation['channel'];
  ticket: string | null;
  conversationSubject: string | null;
}

/**
 * Takes up to `limit` messages to be sent by the caller and nobody else. What an earlier attempt left in `sending` for
 * `staleMs` may have been sent: it is unknown from then on, and a person decides (design 8).
 */
export async function takeOutgoing(db: Db, limit: number, staleMs: number): Promise<OutgoingMessage[]> {
  const now = sql`clock_timestamp()`;
  const stale = lt(messages.updatedAt, sql`clock_timestamp() - ${staleMs} * interval '1 ms'`);
  await db
    .update(messages)
    .set({ state: 'unknown', lastError: 'interrupted while sending', updatedAt: now })
    .where(and(eq(messages.state, 'sending'), stale));
  return db.transaction(async (tx) => {
    const due = await tx
      .select({ id: messages.id })
      .from(messages)
      .where(and(eq(messages.state, 'pending'), lte(messages.nextAttemptAt, now)))
      .orderBy(asc(messages.nextAttemptAt), asc(messages.id))
      .limit(limit)
      .for('update', { skipLocked: true });
    if (!due.length) return [];
    const ids = due.map((row) => row.id);
    const taken = await tx
      .update(messages)
      .set({ state: 'sending', attempts: sql`${messages.attempts} + 1`, updatedAt: now })
      .where(inArray(messages.id, ids))
      .returning();
    const of = await tx
      .select()
      .from(conversations)
      .where(inArray(conversations.id, [...new Set(taken.map((row) => row.conversation))]));
    return taken
      .sort((a, b) => a.id - b.id)
      .map((row) => {
        const { channel, ticket, subject } = of.find(({ id }) => id === row.conversation)!;
        return { ...row, channel, ticket, conversationSubject: subject };
      });
  });
}

/** Records what an attempt came to; one that is certainly unsent is tried again, doubling up to ten minutes. */
export async function recordMessageOutcome(
  db: Executor,
  sent: Pick<Message, 'id' | 'attempts'>,
  outcome: DeliveryOutcome,
  mailId?: string,
): Promise<void> {
  const wait = sql`clock_timestamp() + least(600, power(2, least(${messages.attempts}, 10))) * interval '1 s'`;
  const [row] = await db
    .update(messages)
    .set({
      state: outcome.state === 'retry' ? 'pending' : outcome.state,
      lastError: outcome.state === 'sent' ? null : outcome.reason.slice(0, 200),
      updatedAt: sql`clock_timestamp()`,
      ...(outcome.state === 'retry' ? { nextAttemptAt: wait } : {}),
      ...(mailId === undefined ? {} : { mailId }),
    })
    .where(
      and(
        eq(messages.id, sent.id),
        eq(messages.attempts, sent.attempts),
        inArray(messages.state, ['sending', 'unknown']),
      ),
    )
    .returning({ conversation: messages.conversation });
  if (!row) return;
  const [of] = await db.select().from(conversations).where(eq(conversations.id, row.conversation));
  await tellConversation(db, of!, sent.id);
}

/** A message by its id with its conversation's ticket, or undefined. */
export async function findMessage(db: Executor, id: number): Promise<Message | undefined> {
  return (await db.select().from(messages).where(eq(messages.id, id)))[0];
}

/** Sends a failed or unknown message again, as a person decided; false when it is neither. */
export async function resendMessage(db: Db, id: number, actor: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .update(messages)
      .set({ state: 'pending', nextAttemptAt: sql`clock_timestamp()`, updatedAt: sql`clock_timestamp()` })
      .where(and(eq(messages.id, id), inArray(messages.state, ['failed', 'unknown'])))
      .returning({ conversation: messages.conversation });
    if (!row) return false;
    await writeAudit(tx, { actor, action: 'message:retried', object: row.conversation, detail: { message: id } });
    return true;
  });
}

/** One entry of a ticket's list of messages: where it is kept, and the row there. */
export type TicketMessage = { at: Date; key: string } & (
  | { kind: 'message'; message: Message; channel: Conversation['channel'] }
  | { kind: 'call'; call: typeof calls.$inferSelect }
  | { kind: 'notice'; notice: typeof deliveries.$inferSelect; text: string | null }
);

/**
 * All that was said between a customer and the centre about a ticket, newest first: messages of its conversations,
 * calls, and the texts and mails that the process sent (G1).
 */
export async function ticketMessages(
  db: Executor,
  ticket: string,
  page: { after?: { at: string; number: string }; limit: number },
): Promise<TicketMessage[]> {
  const past = page.after ? sql`where (at, key) < (${page.after.at}::timestamptz, ${page.after.number})` : sql``;
  const places = await db.execute<{ key: string; id: string; at: string }>(sql`
    select key, id, at from (
      select 'm:' || lpad(m.id::text, 18, '0') as key, m.id::text as id, m.at from ${messages} m
        join ${conversations} c on c.id = m.conversation_id where c.ticket = ${ticket}
      union all select 'c:' || k.id, k.id, k.started_at from ${calls} k where k.ticket = ${ticket}
      union all select 'd:' || md5(d.key), d.key, d.created_at from ${deliveries} d
        where d.ticket = ${ticket} and d.recipient = 'customer'
    ) every ${past} order by at desc, key desc limit ${page.limit}`);
  const ids = (kind: string) => places.filter(({ key }) => key.startsWith(kind)).map(({ id }) => id);
  const [said, called, told] = await Promise.all([
    messagesWithChannel(db, ids('m').map(Number)),
    rowsIn(ids('c'), (of) => db.select().from(calls).where(inArray(calls.id, of))),
    rowsIn(ids('d'), (of) => noticesWithText(db, of)),
  ]);
  return places.map(({ key, id }): TicketMessage => {
    const message = said.find((row) => key.startsWith('m') && row.message.id === Number(id));
    if (message) return { kind: 'message', key, at: message.message.at, ...message };
    const call = called.find((row) => row.id === id);
    if (call) return { kind: 'call', key, at: call.startedAt, call };
    const notice = told.find((row) => row.notice.key === id)!;
    return { kind: 'notice', key, at: notice.notice.createdAt, ...notice };
  });
}

const rowsIn = async <T>(ids: string[], read: (ids: string[]) => Promise<T[]>) => (ids.length ? read(ids) : []);

async function messagesWithChannel(db: Executor, ids: number[]) {
  if (!ids.length) return [];
  return db
    .select({ message: messages, channel: conversations.channel })
    .from(messages)
    .innerJoin(conversations, eq(conversations.id, messages.conversation))
    .where(inArray(messages.id, ids));
}

/** A notice about a step says what was written in that step. */
async function noticesWithText(db: Executor, keys: string[]) {
  const rows = await db
    .select({ notice: deliveries, material: steps.material })
    .from(deliveries)
    .leftJoin(steps, sql`${steps.id} = ${deliveries.data}->>'step'`)
    .where(inArray(deliveries.key, keys));
  return rows.map(({ notice, material }) => {
    const { text, result } = (material ?? {}) as Record<string, unknown>;
    const said = text ?? result;
    return { notice, text: typeof said === 'string' ? said : null };
  });
}
