import {
  type CallRow,
  type Conversation,
  type Customer,
  type Executor,
  attachConversation,
  findCustomer,
  holdCall,
  holdConversation,
  updateCall,
} from '@duban/database';
import { invalidFields } from '../http/problems';

interface Sources {
  call?: CallRow;
  conversation?: Conversation;
}

/**
 * The call and the conversation that a ticket comes from, kept as they are until it is written. Throws 422 where one
 * is not there, has a ticket already, or is a known other customer's.
 */
export async function holdSources(
  tx: Executor,
  named: { call?: string; conversation?: string },
  customer: Customer,
): Promise<Sources> {
  const sources: Sources = {};
  if (named.call !== undefined) {
    sources.call = await holdCall(tx, named.call);
    if (!sources.call || sources.call.ticket !== null) throw invalidFields([{ field: 'call', code: 'unknown-id' }]);
  }
  if (named.conversation !== undefined) {
    sources.conversation = await holdConversation(tx, named.conversation);
    const fits = sources.conversation && (await mayBeOf(tx, sources.conversation, customer.id));
    if (!fits || sources.conversation!.ticket !== null)
      throw invalidFields([{ field: 'conversation', code: 'unknown-id' }]);
  }
  return sources;
}

/** Ties them to the ticket; who called or wrote without a name is its customer from then on. */
export async function tieSources(tx: Executor, sources: Sources, ticket: string, customer: Customer): Promise<void> {
  const { call, conversation } = sources;
  if (call) {
    const known = call.customer !== null && !(await isNameless(tx, call.customer));
    await updateCall(tx, call.id, { ticket, customer: known ? call.customer : customer.id });
  }
  if (conversation) await attachConversation(tx, conversation.id, { ticket, customer: customer.id });
}

/** Whether a conversation can be this customer's: theirs already, or of somebody without a name. */
export async function mayBeOf(tx: Executor, conversation: Conversation, customer: string): Promise<boolean> {
  return conversation.customer === customer || isNameless(tx, conversation.customer);
}

async function isNameless(tx: Executor, id: string): Promise<boolean> {
  const customer = await findCustomer(tx, id);
  return !customer || customer.anonymous;
}
