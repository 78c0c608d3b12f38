import { customerActor } from '@duban/contracts';
import { intakeSchema } from '@duban/contracts/schemas';
import { type Conversation, type TicketRow, findCategory, messagesOf } from '@duban/database';
import type { Deps } from '../deps';
import type { Caller } from '../http/route';
import { takeIn } from '../tickets/intake';

const SUBJECT_LENGTH = 200;
const CONTENT_LENGTH = 8000;

/** The customer themselves, or a program on their behalf. */
export const customerCaller: Caller = {
  ...{ actor: customerActor, name: null, locale: null, session: null, scopes: [], mustChangePassword: false },
};

/** What a category's intake form would get from a message alone. */
function intakeFrom(process: string, category: string, from: object) {
  return intakeSchema.safeParse({ process, category, ...from });
}

/** Whether a ticket of this category can be opened from a message alone: its form wants nothing more. */
export function opensByItself({ id, process }: { id: string; process: string }): boolean {
  const sample = { channel: 'email', customer: { id: 'C1' }, subject: '-', content: '-' };
  return intakeFrom(process, id, sample).success;
}

/**
 * Opens the ticket that the administrator's rule wants of a conversation's first message (G1): once, however often it
 * is asked for. Undefined where the category has gone or wants more than a message; the conversation waits, then.
 */
export async function openByRule(
  conversation: Conversation,
  category: string,
  trace: string,
  deps: Deps,
): Promise<TicketRow | undefined> {
  const [first] = await messagesOf(deps.db, conversation.id, { limit: 1 });
  const known = await findCategory(deps.db, category);
  if (!first || !known?.active) return undefined;
  const content = (first.text || (first.subject ?? '')).slice(0, CONTENT_LENGTH);
  const intake = intakeFrom(known.process, known.id, {
    channel: conversation.channel === 'chat' ? 'chat' : 'email',
    customer: { id: conversation.customer },
    subject: (conversation.subject || content).replace(/\s+/g, ' ').trim().slice(0, SUBJECT_LENGTH),
    content,
    conversation: conversation.id,
  });
  if (!intake.success) return undefined;
  return takeIn(intake.data, `conversation-${conversation.id}`, customerCaller, trace, deps);
}
