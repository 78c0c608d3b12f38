import {
  type Conversation,
  type Customer,
  type Executor,
  type Message,
  type TicketRow,
  addMessage,
  conversationOf,
  createConversation,
  findCustomer,
  holdConversation,
  holdCustomer,
  lastMailOf,
  listContacts,
  lockThread,
  takeConversation,
} from '@duban/database';
import type { Deps } from '../deps';
import { problems } from '../http/problems';

interface Reply {
  text: string;
  subject?: string;
  author: string;
  /** Digest of author, address and Idempotency-Key. */
  key: string;
}

const noAddress = () =>
  problems.conflict('no-address', '客户没有可用的联系方式', 'There is no address or number to send this to');

/**
 * An agent writes in a conversation. A chat is written in by who took it; a mail thread by anybody of the desk, whose
 * it is then if it was waiting. Throws 409 where that is not so, or nobody can be reached.
 */
export async function replyIn(id: string, reply: Reply, { db }: Deps): Promise<Message> {
  return db.transaction(async (tx) => {
    let conversation = (await holdConversation(tx, id))!;
    if (conversation.channel === 'chat') {
      if (conversation.status === 'closed') throw closed();
      if (conversation.status !== 'open' || conversation.agent !== reply.author)
        throw problems.conflict('not-taken', '请先接入该会话', 'Take this conversation first');
    } else if (conversation.status === 'waiting')
      conversation = (await takeConversation(tx, id, reply.author)) ?? conversation;
    return write(tx, conversation, reply);
  });
}

export const closed = () => problems.conflict('closed', '会话已结束', 'The conversation is closed');

/** An agent writes to a ticket's customer: in its thread by this channel, or in a new one. */
export async function writeFromTicket(
  ticket: TicketRow,
  channel: 'email' | 'sms',
  reply: Reply,
  { db }: Deps,
): Promise<Message> {
  return db.transaction(async (tx) => {
    const customer = await holdCustomer(tx, ticket.customer);
    if (!customer) throw noAddress();
    await lockThread(tx, ticket.number, channel);
    const known = await conversationOf(tx, ticket.number, channel);
    const conversation =
      (known && (await holdConversation(tx, known.id))) ??
      (await createConversation(tx, {
        ...{ channel, status: 'closed', customer: customer.id, ticket: ticket.number, agent: reply.author },
        subject: reply.subject ?? ticket.subject,
      }));
    return write(tx, conversation, reply);
  });
}

async function write(tx: Executor, conversation: Conversation, reply: Reply): Promise<Message> {
  const customer = (await findCustomer(tx, conversation.customer))!;
  const address = await addressFor(tx, conversation, customer);
  const { author, text, key } = reply;
  const subject = conversation.channel === 'email' ? (reply.subject ?? null) : null;
  const { message } = await addMessage(tx, conversation, { direction: 'out', author, text, subject, key, address });
  return message;
}

/** A mail is answered where it came from; everything else goes to the profile's preferred contact. */
async function addressFor(tx: Executor, conversation: Conversation, customer: Customer): Promise<string | null> {
  if (conversation.channel === 'chat') return null;
  const asked = conversation.channel === 'email' ? (await lastMailOf(tx, conversation.id))?.address : undefined;
  const address = asked ?? (conversation.channel === 'email' ? customer.email : await textedAt(tx, customer));
  if (!address) throw noAddress();
  return address;
}

/** A text goes to a mobile, whichever number is the profile's own; a landline takes none. */
async function textedAt(tx: Executor, { id }: Customer): Promise<string | null> {
  const contacts = await listContacts(tx, id);
  const best = (kind: string) => contacts.filter((c) => c.kind === kind).sort((a, b) => +b.preferred - +a.preferred)[0];
  return (best('mobile') ?? best('phone'))?.value ?? null;
}
