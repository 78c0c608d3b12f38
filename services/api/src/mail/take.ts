import {
  type Conversation,
  type InboundMail,
  type Message,
  type TicketRow,
  type Transaction,
  addMessage,
  closeConversation,
  contactValue,
  conversationOf,
  createConversation,
  customersAt,
  findConversation,
  findInboundMail,
  findTicket,
  holdConversation,
  holdCustomer,
  isOwnMail,
  listContacts,
  lockThread,
  mailSendersOf,
  matchCustomer,
  noteInboundMail,
  readChannelRules,
  settleInboundMail,
  writeAudit,
} from '@duban/database';
import { readReplyToken } from '@duban/platform';
import { tellHandler } from '../conversations/chat';
import { openByRule } from '../conversations/rules';
import type { Deps } from '../deps';
import { type StoredAttachment, dropAttachments, noteAttachments, storeAttachments } from './attachments';
import type { ReadMail } from './parse';

/** What became of a mail. `repeated`: it was here before. */
export interface Taken {
  outcome: InboundMail['outcome'];
  repeated: boolean;
  automatic: boolean;
  conversation: string | null;
  ticket: string | null;
}

/** The `localpart@host` of Message-IDs that the notification service makes (channels/email.ts). */
const OWN_NOTICE = /^<[0-9a-f]{40}@duban>$/;

/**
 * Takes a mail in (G1). It joins the thread that its address names by a good token, if its sender is that thread's
 * customer; else it begins one. A token that we never wrote counts for nothing; one that a known other customer uses
 * is refused. Our own mail that comes back is noted alone; what a machine wrote is recorded, and never answered,
 * queued or made a ticket. The same mail again changes nothing, but finishes what was left undone.
 */
export async function takeMail(mail: ReadMail, trace: string, deps: Deps): Promise<Taken> {
  const { db } = deps;
  const known = await findInboundMail(db, mail.digest);
  const stored = known ? [] : await storeAttachments(mail.attachments, deps);
  const written = known ? null : await db.transaction((tx) => write(tx, mail, stored, deps));
  if (!written?.message) await dropAttachments(stored, deps);
  const noted = written?.noted ?? known ?? (await findInboundMail(db, mail.digest))!;
  const conversation = noted.conversation ? await findConversation(db, noted.conversation) : undefined;
  const ticket = conversation && (await finish(conversation, noted, written?.message, trace, deps));
  const { outcome, automatic } = noted;
  return { outcome, automatic, repeated: !written, conversation: noted.conversation, ticket: ticket ?? null };
}

type Written = { noted: Omit<InboundMail, 'receivedAt'>; message?: Message };

/** Null when it was here before. */
async function write(tx: Transaction, mail: ReadMail, stored: StoredAttachment[], deps: Deps): Promise<Written | null> {
  const { digest, automatic } = mail;
  const thread = await threadOf(tx, mail, deps);
  const own = await isOwn(tx, mail, deps);
  const outcome = own ? 'loop' : thread.refused ? 'refused' : thread.ticket || thread.conversation ? 'threaded' : 'new';
  const noted = { digest, outcome, automatic, token: thread.token, conversation: null } as const;
  if (!(await noteInboundMail(tx, noted))) return null;
  if (outcome === 'refused' || thread.token === 'forged' || thread.token === 'foreign')
    await writeAudit(tx, { actor: 'mail', action: `mail:${thread.token}-token`, object: digest, detail: { outcome } });
  if (outcome === 'loop' || outcome === 'refused' || !mail.from) return { noted };
  const conversation = await conversationFor(tx, mail, thread);
  const { message } = await addMessage(tx, conversation, {
    ...{
      direction: 'in',
      author: mail.bounce ? 'system' : 'customer',
      text: mail.text,
      subject: mail.subject,
      automatic,
    },
    ...{
      attachments: await noteAttachments(tx, conversation.id, stored),
      key: `mail-${digest}`,
      mailId: mail.mailId,
      address: mail.from.address,
    },
  });
  // A machine's first mail asks for nobody's attention.
  if (outcome === 'new' && automatic) await closeConversation(tx, conversation.id);
  await settleInboundMail(tx, digest, conversation.id);
  if (outcome === 'new' && !automatic) await acknowledge(tx, conversation, mail);
  return { noted: { ...noted, conversation: conversation.id }, message };
}

interface Thread {
  token: InboundMail['token'];
  ticket?: TicketRow;
  conversation?: Conversation;
  refused?: true;
}

async function threadOf(tx: Transaction, mail: ReadMail, { env }: Deps): Promise<Thread> {
  const read = readReplyToken(env.DUBAN_SECRET, env.DUBAN_MAIL_ADDRESS, mail.recipients);
  if (read.token !== 'good') return { token: read.token };
  const { reference } = read;
  const conversation = await findConversation(tx, reference);
  const number = conversation?.ticket ?? reference;
  const ticket = (await findTicket(tx, number)) ?? (await findTicket(tx, number.toUpperCase()));
  const customer = ticket?.customer ?? conversation?.customer;
  const sender = mail.from?.address;
  if (customer === undefined || !sender) return { token: 'foreign' };
  const contacts = (await listContacts(tx, customer)).map(({ value }) => value);
  const writers = conversation ? await mailSendersOf(tx, conversation.id) : [];
  if (mail.bounce || [...contacts, ...writers].includes(contactValue(sender)))
    return { token: 'good', ticket, conversation };
  // Somebody else's answer to a mail that was passed on is a new matter; another customer has no claim to this one.
  const others = await customersAt(tx, [sender]);
  return { token: 'foreign', ...(others.length ? { refused: true } : {}) };
}

async function isOwn(tx: Transaction, { mailId, from }: ReadMail, { env }: Deps): Promise<boolean> {
  const [name, domain] = env.DUBAN_MAIL_ADDRESS.toLowerCase().split('@');
  const sender = from?.address ?? '';
  if (sender === `${name}@${domain}` || (sender.startsWith(`${name}+`) && sender.endsWith(`@${domain}`))) return true;
  return mailId !== null && (OWN_NOTICE.test(mailId) || (await isOwnMail(tx, mailId)));
}

async function conversationFor(tx: Transaction, mail: ReadMail, thread: Thread): Promise<Conversation> {
  const { ticket } = thread;
  if (ticket) {
    const customer = await holdCustomer(tx, ticket.customer);
    await lockThread(tx, ticket.number, 'email');
    const known = thread.conversation ?? (await conversationOf(tx, ticket.number, 'email'));
    const held = known && (await holdConversation(tx, known.id));
    if (held) return held;
    return createConversation(tx, {
      ...{ channel: 'email', status: 'waiting', ticket: ticket.number, subject: mail.subject },
      customer: customer?.id ?? ticket.customer,
    });
  }
  const held = thread.conversation && (await holdConversation(tx, thread.conversation.id));
  if (held) return held;
  const { address: email, name } = mail.from!;
  const customer = await matchCustomer(tx, { name, email, anonymous: name === null });
  return createConversation(tx, {
    ...{ channel: 'email', status: 'waiting', customer: customer.id, subject: mail.subject },
  });
}

const acknowledgement = {
  zh: '您好,您的来信已收到,我们会尽快处理并回复您。直接回复本邮件即可补充说明。',
  en: 'Hello, we have received your mail and will get back to you soon. Answer this mail to add to it.',
};

/** Tells the sender that the mail has arrived, unless the administrator does not want it. */
async function acknowledge(tx: Transaction, conversation: Conversation, mail: ReadMail): Promise<void> {
  if (!(await readChannelRules(tx)).mailAcknowledged) return;
  const customer = await holdCustomer(tx, conversation.customer);
  await addMessage(tx, conversation, {
    ...{ direction: 'out', author: 'system', automatic: true, address: mail.from!.address },
    ...{ text: acknowledgement[customer?.locale === 'en' ? 'en' : 'zh'], key: `mail-${mail.digest}-acknowledged` },
  });
}

/** What follows from a mail that is kept: its ticket by rule, and its handler's notice. Safe to repeat. */
async function finish(
  conversation: Conversation,
  noted: Pick<InboundMail, 'outcome' | 'automatic'>,
  message: Message | undefined,
  trace: string,
  deps: Deps,
): Promise<string | null> {
  if (conversation.ticket) {
    if (message && !noted.automatic) await tellHandler(conversation.ticket, message, deps);
    return conversation.ticket;
  }
  if (noted.outcome !== 'new' || noted.automatic) return null;
  const { mailCategory } = await readChannelRules(deps.db);
  if (mailCategory === null) return null;
  return (await openByRule(conversation, mailCategory, trace, deps))?.number ?? null;
}
