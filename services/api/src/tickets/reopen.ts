import {
  type Executor,
  type NewStep,
  type TicketRow,
  createLinkedTicket,
  findPolicy,
  linksOf,
  writeAudit,
  writeSettledStep,
} from '@duban/database';
import type { Deps } from '../deps';
import { type Answer, ok } from '../http/route';
import { refusedProblem } from './refusals';

/** Ended in the customer's favour, within the policy's `reopenWindow` from closing, and not reopened yet. */
export async function isReopenable(ticket: TicketRow, deps: Pick<Deps, 'db'>): Promise<boolean> {
  return (await whyNot(ticket, deps.db)) === null;
}

async function whyNot(ticket: TicketRow, db: Executor): Promise<'closed' | 'too-late' | 'repeated' | null> {
  if (!ticket.archived || ticket.closedAt === null || ticket.outcome !== 'satisfied') return 'closed';
  const policy = await findPolicy(db, ticket.policy, ticket.policyVersion);
  const windowMs = policy?.definition.periods.reopenWindow ?? Infinity;
  if (Date.now() > ticket.closedAt.getTime() + windowMs) return 'too-late';
  const links = await linksOf(db, ticket.number);
  return links.some(({ kind }) => kind === 'reopened-as') ? 'repeated' : null;
}

/**
 * Reopens a ticket whose workflow has ended: no one is left to be asked, so step and linked ticket are written here,
 * in one transaction; the relay starts the new one. The same step again answers with the same ticket.
 * Throws 409 when it is not closed with a satisfied customer, too late, or reopened already.
 */
export async function reopenEnded(step: NewStep, ticket: TicketRow, repeated: boolean, deps: Deps): Promise<Answer> {
  const key = `${ticket.number}:${step.id}`;
  const linked = await deps.db.transaction(async (tx) => {
    // The row's lock comes first: of two reopenings at once the second finds the first, or that it is the same one.
    if (!repeated && (await writeSettledStep(tx, step))) {
      const refusal = await whyNot(ticket, tx);
      if (refusal) throw refusedProblem({ code: refusal }, step.id);
      const { actor, trace } = step;
      await writeAudit(tx, { actor: actor.id, action: 'reopen:applied', object: ticket.number, trace });
    }
    const at = Date.now();
    return createLinkedTicket(tx, { key, origin: ticket.number, stepId: step.id, kind: 'reopened', at });
  });
  deps.log.info({ ticket: ticket.number, linked, kind: 'reopened' }, 'linked ticket created');
  void deps.delivery.startTicket(linked);
  return ok({ step: step.id, state: 'applied', linked });
}
