import {
  allHandlersFinished,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
} from '@temporalio/workflow';
import {
  type Change,
  type Snapshot,
  type StepAnswer,
  type StepRequest,
  type TicketStart,
  stepRefused,
} from '@duban/contracts';

/**
 * The smallest workflow with the delivery's side of the contract: `reply` is taken, `reassign` is never open,
 * `request-answer` breaks, `resolve` ends it. Nothing is published: the tests do that themselves.
 */
export async function consultation(start: TicketStart): Promise<void> {
  let revision = 1;
  const taken: string[] = [];
  const waited: number[] = [];
  let signals = 0;
  let closedAt: number | null = null;

  const snapshot = (): Snapshot => ({
    ticket: start.ticket,
    process: start.process,
    revision,
    stage: closedAt === null ? 'handling' : 'ended',
    status: closedAt === null ? 'in-progress' : 'closed',
    priority: start.priority,
    group: start.group,
    handler: 'CS001',
    assignment: 1,
    supporters: [],
    departments: [],
    clocks: [],
    openSteps: ['reply', 'resolve'],
    overdue: false,
    nearlyOverdue: false,
    breaches: 0,
    nextDueAt: null,
    urges: 0,
    links: [],
    facts: { taken: [...taken], waitedMs: waited.at(-1) ?? 0, startWaitedMs: start.waitedMs, signals },
    startedAt: Date.now() - start.waitedMs,
    closedAt,
    archived: closedAt !== null,
  });

  const take = async (request: StepRequest): Promise<StepAnswer> => {
    revision++;
    taken.push(request.stepId);
    waited.push(request.waitedMs);
    const change: Change = {
      revision,
      index: 0,
      at: Date.now(),
      kind: 'step',
      actor: request.actor.id,
      step: request.stepId,
    };
    return { revision, snapshot: snapshot(), changes: [change] };
  };

  setHandler(defineUpdate<StepAnswer, [StepRequest]>('reply'), take);
  setHandler(defineUpdate<StepAnswer, [StepRequest]>('resolve'), (request) => {
    closedAt = Date.now();
    return take(request);
  });
  setHandler(defineUpdate<StepAnswer, [StepRequest]>('reassign'), take, {
    validator: (_request): void => {
      throw stepRefused({ code: 'not-open', detail: { step: 'reassign', stage: 'handling' } });
    },
  });
  setHandler(defineUpdate<StepAnswer, [StepRequest]>('request-answer'), take, {
    validator: (_request): void => {
      throw new Error('a mistake in the program, no refusal');
    },
  });
  setHandler(defineSignal<[unknown]>('assignment-ready'), () => void signals++);
  setHandler(defineQuery<Snapshot>('state'), snapshot);

  await condition(() => closedAt !== null);
  await condition(allHandlersFinished);
}
