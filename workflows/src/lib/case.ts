import type { Refusal, Stage, TicketStart } from '@duban/contracts';
import { keepBooks } from './books';
import { archive, closeTicket, surveyAndFollowUp } from './closing';
import { type CommonFacts, commonSteps, isAlive, isOver, noCommonFacts } from './common-steps';
import { convertTicket } from './conversion';
import { contactOf } from './departments';
import { type DispatchRule, createDispatch } from './dispatch';
import { type StageRules, supervisorsHand } from './hand';
import { createHelp } from './help';
import { createLinks, tellLinked } from './links';
import { createPolicyMove } from './policy-move';
import { type Stages, createStory } from './story';
import { type Ticket, openTicket } from './ticket';

interface CaseOptions<F> {
  firstStage: Stage;
  /** What this process alone finds out; steps set it, the story waits for it. */
  facts: F;
  dispatch?: DispatchRule;
}

/**
 * A ticket that somebody has and a customer waits for: dispatched, helped by departments, linked, surveyed, archived.
 * A process adds its own steps to `steps` and tells its stages with `runCase`.
 */
export function openCase<F extends object>(start: TicketStart, options: CaseOptions<F>) {
  const ticket = openTicket(start, { firstStage: options.firstStage, dispatched: true });
  const facts: CommonFacts & F = { ...noCommonFacts(), ...options.facts };
  /** Somebody has it, and is waited for to say so. */
  const assigned = () => {
    if (ticket.state.stage === 'dispatching') ticket.moveTo('receipt');
  };
  const dispatch = createDispatch(ticket, assigned, options.dispatch);
  const links = createLinks(ticket);
  const policyMove = createPolicyMove(ticket, dispatch.clocksMoved);
  const common = commonSteps(ticket, facts, dispatch, links, policyMove);
  const { state } = ticket;
  const alive = () => isAlive(ticket, facts);
  const handled = () => alive() && ticket.state.received;
  const help = createHelp(ticket, { alive, handled });
  /** What must be over before the customer's matter is; null when all is. */
  const unfinished = (): Refusal | null => {
    if (!ticket.escalationOpen()) return help.refusal();
    const escalation = state.links.find((link) => link.kind === 'escalates-to' && link.open);
    return { code: 'escalation-open', detail: { ticket: escalation?.ticket ?? '' } };
  };
  const story = createStory(ticket, facts, () => isOver(facts));

  return {
    ...{ ticket, facts, dispatch, links, policyMove, help, alive, handled, unfinished, story },
    /** The handlers of `ofEveryTicket`. */
    steps: (rules: StageRules & { takeOver?: (who: string, at: number) => void } = {}) => ({
      ...common,
      ...help.steps,
      ...supervisorsHand(ticket, facts, {
        ...{ alive, takeOver: dispatch.takeOver, clocksMoved: dispatch.clocksMoved },
        unfinished,
        ...rules,
      }),
    }),
  };
}

export type Case<F extends object = object> = Omit<ReturnType<typeof openCase<F>>, 'facts'> & {
  facts: CommonFacts & F;
};

interface Telling {
  /** Starts the first clocks and tells the first messages; returns what else runs beside the story. */
  begin: () => Promise<unknown> | void;
  first: Stage;
  stages: Stages;
  /** False where nobody is dispatched at once: somebody comes by themselves. */
  dispatched?: boolean;
  /** False where nobody is asked for an opinion in the end; asked when the story is over. */
  surveyed?: () => boolean;
}

/** From intake to archive: books kept and clocks watched beside the story, whatever ends it. */
export async function runCase(
  matter: Case,
  { begin, first, stages, dispatched = true, surveyed = () => true }: Telling,
): Promise<void> {
  const { ticket, facts, dispatch, links, policyMove, help, story } = matter;
  const { start, state, clocks } = ticket;
  const books = keepBooks(ticket);
  const running: Promise<unknown>[] = [clocks.run(), dispatch.run(), links.run(), policyMove.run()];
  const parts = { books, links, dispatch, policyMove, running };

  const beside = begin();
  if (start.handler) dispatch.wanted({ to: start.handler });
  else if (!state.handler && dispatched) dispatch.wanted();
  if (beside) running.push(beside);

  await story.tell(first, stages, ending);

  async function ending(): Promise<void> {
    help.end(facts.withdrawn ?? Date.now());
    if (facts.converting !== null || facts.cancelled !== null) releaseDepartments(ticket);
    if (facts.cancelled !== null) dispatch.tellCustomer('ticket-cancelled');
    if (facts.converting !== null) return convertTicket(ticket, facts.converting, parts);
    if (facts.withdrawn !== null || facts.cancelled !== null) {
      closeTicket(ticket, facts.withdrawn !== null ? 'withdrawn' : 'cancelled', (facts.withdrawn ?? facts.cancelled)!);
      await links.tellEscalations('withdrawn');
    } else if (facts.merging !== null) {
      await tellLinked(ticket, facts.merging, { ticket: start.ticket, event: 'merged-from' });
      state.links.push({ ticket: facts.merging, kind: 'merged-into', open: false });
      closeTicket(ticket, 'merged', Date.now());
    } else if (surveyed()) await surveyAndFollowUp(ticket, facts);
    await archive(ticket, parts);
  }
}

/** Whoever was asked need not do anything any more, and hears so. */
function releaseDepartments(ticket: Ticket): void {
  for (const department of ticket.state.departments) {
    if (department.state === 'released' || department.state === 'delivered') continue;
    department.state = 'released';
    ticket.tell('department-released', contactOf(department.id));
  }
}
