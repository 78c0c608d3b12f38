import { randomBytes } from 'node:crypto';
import { deskRoles } from '@duban/contracts';
import { and, asc, desc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { Executor } from './connection';
import { type ConversationChannel, type NotedAttachment, conversations, staff } from './schema';
import { textArray } from './visibility';

export type Conversation = typeof conversations.$inferSelect;
export type { ConversationChannel, NotedAttachment };

/** Channel of `pg_notify`: a conversation changed (payload: ConversationNotice as JSON). */
export const conversationChannel = 'duban_conversation';

export interface ConversationNotice {
  conversation: string;
  status: Conversation['status'];
  agent: string | null;
  /** The message that is new, if one is. */
  message?: number;
}

/** Short, lower case and unguessable: it stands in mail addresses. */
const newConversationId = () => `v${randomBytes(11).toString('hex')}`;

export async function createConversation(
  tx: Executor,
  values: Pick<Conversation, 'channel' | 'status' | 'customer'> &
    Partial<Pick<Conversation, 'ticket' | 'agent' | 'subject' | 'leftMessage' | 'tokenHash' | 'tokenExpiresAt'>>,
): Promise<Conversation> {
  const [row] = await tx
    .insert(conversations)
    .values({ ...values, id: newConversationId() })
    .returning();
  return row!;
}

export async function findConversation(db: Executor, id: string): Promise<Conversation | undefined> {
  return (await db.select().from(conversations).where(eq(conversations.id, id)))[0];
}

/** The conversation, kept as it is until the transaction ends. */
export async function holdConversation(tx: Executor, id: string): Promise<Conversation | undefined> {
  return (await tx.select().from(conversations).where(eq(conversations.id, id)).for('update'))[0];
}

/** The chat behind a customer's token that has not expired; `tokenHash` is its SHA-256. */
export async function findChat(db: Executor, tokenHash: string): Promise<Conversation | undefined> {
  const valid = gt(conversations.tokenExpiresAt, sql`clock_timestamp()`);
  return (
    await db
      .select()
      .from(conversations)
      .where(and(eq(conversations.tokenHash, tokenHash), valid))
  )[0];
}

/** The latest conversation of a ticket by this channel. */
export async function conversationOf(
  db: Executor,
  ticket: string,
  channel: ConversationChannel,
): Promise<Conversation | undefined> {
  const rows = await db
    .select()
    .from(conversations)
    .where(and(eq(conversations.ticket, ticket), eq(conversations.channel, channel)))
    .orderBy(desc(conversations.createdAt))
    .limit(1);
  return rows[0];
}

/** Of two who would begin a thread of this ticket at once the second waits, and finds the first one's. */
export async function lockThread(tx: Executor, ticket: string, channel: ConversationChannel): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`duban.thread.${ticket}.${channel}`}))`);
}

/**
 * Takes a waiting conversation. Of two people at once one gets it; who has it already has it still.
 * @returns null when somebody else has it, or it is closed
 */
export async function takeConversation(tx: Executor, id: string, agent: string): Promise<Conversation | null> {
  const [taken] = await tx
    .update(conversations)
    .set({ status: 'open', agent, takenAt: sql`clock_timestamp()` })
    .where(and(eq(conversations.id, id), eq(conversations.status, 'waiting')))
    .returning();
  if (taken) {
    await tellConversation(tx, taken);
    return taken;
  }
  const known = await findConversation(tx, id);
  return known?.status === 'open' && known.agent === agent ? known : null;
}

/** Closes it; closed already, it stays so. */
export async function closeConversation(tx: Executor, id: string): Promise<void> {
  const [closed] = await tx
    .update(conversations)
    .set({ status: 'closed', closedAt: sql`clock_timestamp()` })
    .where(and(eq(conversations.id, id), inArray(conversations.status, ['waiting', 'open'])))
    .returning();
  if (closed) await tellConversation(tx, closed);
}

/** Ties a conversation to a ticket, whose customer it is from then on. */
export async function attachConversation(
  tx: Executor,
  id: string,
  to: { ticket: string; customer: string },
): Promise<Conversation> {
  const [row] = await tx.update(conversations).set(to).where(eq(conversations.id, id)).returning();
  await tellConversation(tx, row!);
  return row!;
}

/** Tells whoever listens, at commit. */
export async function tellConversation(tx: Executor, row: Conversation, message?: number): Promise<void> {
  const notice: ConversationNotice = { conversation: row.id, status: row.status, agent: row.agent, message };
  await tx.execute(sql`select pg_notify(${conversationChannel}, ${JSON.stringify(notice)})`);
}

export interface ConversationFilter {
  status?: Conversation['status'];
  channel?: ConversationChannel;
  agent?: string;
  customer?: string;
  ticket?: string;
  /** Conversations behind this one, by creation and id. */
  after?: { at: string; number: string };
  limit: number;
}

/** Those that wait in order of waiting, all others newest first. */
export async function listConversations(db: Executor, filter: ConversationFilter): Promise<Conversation[]> {
  const { after } = filter;
  const queue = filter.status === 'waiting';
  const order = queue ? asc : desc;
  const past = after && sql`(${after.at}::timestamptz, ${after.number})`;
  const place = sql`(${conversations.createdAt}, ${conversations.id})`;
  return db
    .select()
    .from(conversations)
    .where(
      and(
        filter.status === undefined ? undefined : eq(conversations.status, filter.status),
        filter.channel === undefined ? undefined : eq(conversations.channel, filter.channel),
        filter.agent === undefined ? undefined : eq(conversations.agent, filter.agent),
        filter.customer === undefined ? undefined : eq(conversations.customer, filter.customer),
        filter.ticket === undefined ? undefined : eq(conversations.ticket, filter.ticket),
        past && (queue ? sql`${place} > ${past}` : sql`${place} < ${past}`),
      ),
    )
    .orderBy(order(conversations.createdAt), order(conversations.id))
    .limit(filter.limit);
}

/** Whether anybody of the service desk is on duty. */
export async function isDeskStaffed(db: Executor): Promise<boolean> {
  const rows = await db
    .select({ id: staff.id })
    .from(staff)
    .where(and(eq(staff.onDuty, true), eq(staff.active, true), sql`${staff.roles} && ${textArray([...deskRoles])}`))
    .limit(1);
  return rows.length > 0;
}

/** A chat's token is good for longer, since it is used; and whether a message was left in it. */
export async function renewChat(
  tx: Executor,
  id: string,
  { lastsMs, leftMessage }: { lastsMs: number; leftMessage: boolean },
): Promise<void> {
  const tokenExpiresAt = sql`clock_timestamp() + ${lastsMs} * interval '1 ms'`;
  await tx.update(conversations).set({ tokenExpiresAt, leftMessage }).where(eq(conversations.id, id));
}
