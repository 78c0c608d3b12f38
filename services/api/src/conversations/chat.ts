import {
  type Conversation,
  type Message,
  addMessage,
  createConversation,
  findChat,
  findTicket,
  holdConversation,
  isDeskStaffed,
  matchCustomer,
  newSecret,
  readChannelRules,
  recordFailure,
  renewChat,
  secretHash,
  writeNotification,
} from '@duban/database';
import { assertNotThrottled, throttleKey } from '../auth/throttle';
import type { Deps } from '../deps';
import { problems } from '../http/problems';
import { closed } from './replies';
import { openByRule } from './rules';

/** A chat's token is good for so long after its last message. */
const TOKEN_LASTS_MS = 24 * 3_600_000;

export interface Visitor {
  name?: string;
  title: string;
  locale: 'zh' | 'en';
  /** E.164. */
  phone?: string;
  email?: string;
}

/** Begins a chat (G1): whoever gives no name or contact gets a profile of their own. The token is not kept. */
export async function startChat(
  visitor: Visitor,
  { db }: Deps,
): Promise<{ token: string; conversation: Conversation }> {
  const token = newSecret();
  const { name = null, phone = null, email = null, title, locale } = visitor;
  const conversation = await db.transaction(async (tx) => {
    const customer = await matchCustomer(tx, { name, phone, email, title, locale, anonymous: name === null });
    return createConversation(tx, {
      ...{ channel: 'chat', status: 'waiting', customer: customer.id },
      leftMessage: !(await isDeskStaffed(tx)),
      ...{ tokenHash: secretHash(token), tokenExpiresAt: new Date(Date.now() + TOKEN_LASTS_MS) },
    });
  });
  return { token, conversation };
}

/** The chat behind a token. A wrong or expired one is 404 and counts against its address; too many are 429. */
export async function ofChat(
  { params, address }: { params: { token: string }; address: string },
  deps: Deps,
): Promise<Conversation> {
  const key = throttleKey(deps, 'link', address);
  await assertNotThrottled(deps, [key]);
  const chat = await findChat(deps.db, secretHash(params.token));
  if (chat) return chat;
  await recordFailure(deps.db, [key]);
  throw problems.notFound();
}

/**
 * The customer writes. While nobody is on duty the message is left: by the administrator's rule it opens a ticket at
 * once, else it waits in the queue. Throws 409 when the chat is closed.
 */
export async function writeInChat(
  chat: Conversation,
  message: { text: string; key: string },
  trace: string,
  deps: Deps,
): Promise<{ message: Message; leftMessage: boolean; ticket: string | null }> {
  const { db } = deps;
  const written = await db.transaction(async (tx) => {
    const conversation = (await holdConversation(tx, chat.id))!;
    if (conversation.status === 'closed') throw closed();
    const { message: row } = await addMessage(tx, conversation, {
      ...{ direction: 'in', author: 'customer', text: message.text, key: message.key },
    });
    const left = conversation.status === 'waiting' && !(await isDeskStaffed(tx));
    await renewChat(tx, chat.id, { lastsMs: TOKEN_LASTS_MS, leftMessage: left || conversation.leftMessage });
    return { row, left, ticket: conversation.ticket };
  });
  if (written.row.text !== message.text) throw problems.otherBody();
  if (written.ticket !== null) await tellHandler(written.ticket, written.row, deps);
  const { chatCategory } = await readChannelRules(db);
  const wanted = written.left && written.ticket === null && chatCategory !== null;
  const opened = wanted ? await openByRule(chat, chatCategory, trace, deps) : undefined;
  return { message: written.row, leftMessage: written.left, ticket: opened?.number ?? written.ticket };
}

/** Who handles a ticket hears that its customer wrote. Once for each message. */
export async function tellHandler(number: string, message: Message, { db }: Pick<Deps, 'db'>): Promise<void> {
  const ticket = await findTicket(db, number);
  if (!ticket?.handler || ticket.closedAt) return;
  const key = `${ticket.number}:message-received:${message.id}:in-app:${ticket.handler}`;
  await writeNotification(db, {
    ...{ key, staff: ticket.handler, ticket: ticket.number, template: 'message-received', data: {} },
  });
}
