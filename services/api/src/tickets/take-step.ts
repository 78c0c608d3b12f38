import { randomUUID } from 'node:crypto';
import { type Actor, type StepAnswer, type StepDefinition, mayTake, stepNamed } from '@duban/contracts';
import { splitInput } from '@duban/contracts/schemas';
import { type StepRow, type TicketRow, findStep, findTicket, pickUpRefusal } from '@duban/database';
import { checkBusinessStep } from '../business/acceptance';
import { checkCareStep } from '../care/answers';
import { type StepOutcome, bodyHashOf, stepIdFor } from '../delivery';
import type { Deps } from '../deps';
import type { Locale } from '../http/locale';
import { problems } from '../http/problems';
import { type Answer, type Caller, ok } from '../http/route';
import { wordsOf } from './presentation';
import { checkReferences, definitionOf, seenBy } from './references';
import { refusedProblem } from './refusals';
import { reopenEnded } from './reopen';
import { namesOf } from './words';

/** A step somebody wants to take on a ticket they may know of. */
export interface StepOffer {
  ticket: TicketRow;
  step: string;
  definition: StepDefinition;
  /** Derived from actor, address and Idempotency-Key, or new (design 1). */
  id: string;
  /** What the same request led to, if it came before: that is answered, whatever the ticket looks like now. */
  before: () => Promise<StepRow | undefined>;
}

/**
 * What a caller asks to do: whatever `find` throws for a ticket they may not know of, 409 for a step that only other
 * processes have, 404 for one that none has, 403 where it is somebody else's to take. None of that keeps a repeated request from its answer; it is looked
 * for only where it matters, for nearly every request is the first.
 */
export async function offerStep(
  asked: { number: string; step: string; key: string | undefined; actor: Actor },
  find: () => Promise<TicketRow>,
  { db }: Deps,
): Promise<StepOffer> {
  const { number, step, key, actor } = asked;
  const route = `/api/v1/tickets/${number}/steps/${step}`;
  const id = key === undefined ? `s-${randomUUID()}` : stepIdFor(actor.id, 'POST', route, key);
  const before = once(async () => (key === undefined ? undefined : findStep(db, id)));
  const offer = (ticket: TicketRow, definition: StepDefinition): StepOffer => ({
    ticket,
    step,
    definition,
    id,
    before,
  });
  try {
    const ticket = await find();
    const offered = offer(ticket, definitionOf(ticket, step, id));
    if (!mayTake(offered.definition, actor, seenBy(offered.ticket))) throw problems.notYours();
    return offered;
  } catch (error) {
    const earlier = await before();
    if (!earlier) throw error;
    return offer((await findTicket(db, earlier.ticket))!, stepNamed(step)!); // perhaps of the process it was then
  }
}

function once<T>(look: () => Promise<T>): () => Promise<T> {
  let seen: Promise<T> | undefined;
  return () => (seen ??= look());
}

/**
 * Takes an offered step with a valid body. 200 with the new state, or 202 with the step's address when Temporal did
 * not answer in time; throws 409 with the workflow's reason, 422, 428.
 */
export async function takeOffered(
  offer: StepOffer,
  request: { body: Record<string, unknown>; caller: Caller; ifMatch?: number; locale: Locale; trace: string },
  deps: Deps,
): Promise<Answer> {
  const { ticket, definition, id, step } = offer;
  const { body, caller, ifMatch, locale, trace } = request;
  const { actor } = caller;
  if (definition.revision && ifMatch === undefined) throw problems.revisionRequired();
  let { command, material } = splitInput(definition, body);
  try {
    const refusal = await checkReferences(definition, command, ticket, caller, deps);
    if (refusal) throw refusedProblem(refusal, id);
    await checkCareStep(deps.db, step, ticket, body);
    const business = await checkBusinessStep(deps.db, step, ticket, body);
    if (business.refusal) throw refusedProblem(business.refusal, id);
    ({ command, material } = splitInput(definition, business.body));
    const held = step === 'pick-up' ? await pickUpRefusal(deps.db, ticket.number, actor.id) : null;
    if (held) {
      const { code, ...detail } = held;
      throw refusedProblem({ code, detail }, id);
    }
  } catch (error) {
    if (!(await offer.before())) throw error;
  }
  const bodyHash = bodyHashOf(body);
  const taken = { id, ticket: ticket.number, step, actor, command, material, bodyHash, trace };
  if (step === 'reopen' && ticket.archived) {
    const before = await offer.before();
    if (before && before.bodyHash !== bodyHash) throw problems.otherBody();
    return reopenEnded(taken, ticket, before !== undefined, deps);
  }
  return answerOf(await deps.delivery.takeStep({ ...taken, seenRevision: ifMatch }), ticket, locale, deps);
}

async function answerOf(outcome: StepOutcome, ticket: TicketRow, locale: Locale, { db }: Deps): Promise<Answer> {
  const { step } = outcome;
  switch (outcome.state) {
    case 'applied':
      return ok({
        ...{ step, state: 'applied' },
        ...(outcome.answer ? { ticket: brief(outcome.answer, ticket, locale) } : {}),
      });
    case 'refused':
      throw refusedProblem(outcome.refusal, step, await namesOf(db, ticket));
    case 'withdrawn':
      throw problems.conflict('withdrawn', '该操作已撤回', 'This step was taken back');
    case 'pending':
      return { status: 202, body: { step, state: 'pending' }, headers: { location: `/api/v1/steps/${step}` } };
  }
}

function brief({ snapshot }: StepAnswer, { process }: TicketRow, locale: Locale) {
  const { ticket: number, revision, status, stage, handler, openSteps } = snapshot;
  const { statusLabel, stageLabel } = wordsOf({ process, status, stage }, locale);
  return { number, revision, status, statusLabel, stage, stageLabel, handler, openSteps };
}
