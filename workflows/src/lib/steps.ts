import { defineQuery, defineSignal, defineUpdate, setDefaultUpdateHandler, setHandler } from '@temporalio/workflow';
import {
  type Actor,
  type CommandOf,
  type Refusal,
  type Snapshot,
  type StepAnswer,
  type StepDefinition,
  type StepRequest,
  checkFields,
  mayTake,
  stepRefused,
} from '@duban/contracts';
import type { Ticket } from './ticket';

/** A step as its handler sees it. `at` is the moment the person took it, in the workflow's time (design 4). */
export interface Taken<C> {
  id: string;
  at: number;
  actor: Actor;
  command: C;
}

export interface StepHandler<D extends StepDefinition> {
  /** Whether the step is open now, from facts that handlers set synchronously. */
  open: () => boolean;
  /** A plainer reason than `not-open` while it is not; null for none. */
  whyNot?: () => Refusal | null;
  /** What else speaks against this very command; null when nothing does. */
  check?: (taken: Taken<CommandOf<D>>) => Refusal | null;
  /** Records the facts. Synchronous: the flow reacts, and schedules every activity. */
  take: (taken: Taken<CommandOf<D>>) => void;
}
export type StepHandlers<T extends Record<string, StepDefinition>> = { [K in keyof T]: StepHandler<T[K]> };

/** Registers a process's step table: an Update each, a Signal too where the row says so, and the `state` query. */
export function registerSteps<T extends Record<string, StepDefinition>>(
  ticket: Ticket,
  table: T,
  handlers: StepHandlers<T>,
): void {
  const { taken } = ticket;
  let lastStepAt = ticket.startedAt;

  const momentOf = (request: StepRequest) =>
    Math.min(Date.now(), Math.max(lastStepAt, Date.now() - Math.max(0, request.waitedMs || 0)));

  function refusalOf(name: string, request: StepRequest): Refusal | null {
    const definition = table[name]!;
    const handler = handlers[name] as StepHandler<StepDefinition>;
    const detail = { step: name, stage: ticket.state.stage };
    if (ticket.state.archived) return { code: 'closed' };
    if (talk.has(name) && taken.size >= MOST_STEPS) return { code: 'too-many', detail };
    if (!handler.open()) return handler.whyNot?.() ?? { code: 'not-open', detail };
    if (!mayTake(definition, request.actor, ticket.state)) return { code: 'not-yours', detail };
    const problem =
      checkFields(definition.command, request.command) ?? definition.rule?.(request.command as never) ?? null;
    if (problem) return { code: problem.code, field: problem.field, detail: { field: problem.field } };
    if (definition.revision && request.origin === 'api' && (request.revision ?? 0) < ticket.decidedAt())
      return { code: 'stale', detail: { revision: ticket.revision() } };
    return handler.check?.(asTaken(request)) ?? null;
  }

  const asTaken = (request: StepRequest): Taken<never> => ({
    id: request.stepId,
    at: momentOf(request),
    actor: request.actor,
    command: request.command as never,
  });

  function take(name: string, request: StepRequest): void {
    const step = asTaken(request);
    taken.add(request.stepId);
    lastStepAt = step.at;
    ticket.causedBy(request.trace);
    const data = { step: name, ...(request.origin === 'api' ? {} : { origin: request.origin }) };
    ticket.record('step', { at: step.at, actor: request.actor.id, step: request.stepId, data });
    (handlers[name] as StepHandler<StepDefinition>).take(step);
    if (request.origin !== 'api') writeRow(name, request, step.at);
  }

  function writeRow(step: string, request: StepRequest, at: number, refusal?: string): void {
    const { stepId, actor, origin, command, material } = request;
    ticket.writeStep({
      stepId,
      step,
      actor,
      origin,
      command,
      at,
      ...(material ? { material } : {}),
      ...(refusal ? { refusal } : {}),
    });
  }

  async function answered(name: string, request: StepRequest): Promise<StepAnswer> {
    // Taken before the first await: a second Update of the same task must see what the first one did.
    const refusal = taken.has(request.stepId) ? { code: 'repeated' as const } : refusalOf(name, request);
    if (refusal) throw stepRefused(refusal);
    take(name, request);
    if (request.origin === 'api')
      return ticket.answer(async () => {
        await ticket.settled();
        const { revision, snapshot, changes, steps } = ticket.takePublication();
        return { revision, snapshot, changes, ...(steps.length > 0 ? { steps } : {}) };
      });
    await ticket.settled();
    return { revision: ticket.revision(), snapshot: ticket.snapshot(), changes: [] };
  }

  /** Untimely, malformed or repeated: recorded and ignored, never a failed workflow task (design 6). */
  function signalled(name: string, request: unknown): void {
    if (!isRequest(request)) return ticket.record('ignored', { data: { step: name, code: 'malformed' } });
    const own: StepRequest = { ...request, origin: 'signal' };
    const refusal: Refusal | null = taken.has(own.stepId) ? { code: 'repeated' } : refusalOf(name, own);
    if (!refusal) return take(name, own);
    const data = { step: name, code: refusal.code, ...(refusal.field ? { field: refusal.field } : {}) };
    ticket.record('ignored', { actor: own.actor.id, step: own.stepId, data });
    if (refusal.code !== 'repeated') writeRow(name, own, Date.now(), refusal.code);
  }

  for (const [name, definition] of Object.entries(table)) {
    setHandler(defineUpdate<StepAnswer, [StepRequest]>(name), (request) => answered(name, request), {
      description: `${definition.label.zh} · ${definition.label.en}`,
      validator: (request) => {
        if (!isRequest(request)) throw stepRefused({ code: 'malformed', field: '', detail: { field: 'request' } });
        const refusal: Refusal | null = taken.has(request.stepId) ? { code: 'repeated' } : refusalOf(name, request);
        if (refusal) throw stepRefused(refusal);
      },
    });
    if (definition.signal)
      setHandler(defineSignal<[unknown]>(name), (request) => signalled(name, request), {
        description: `${definition.label.zh} · ${definition.label.en}`,
      });
  }
  // A step of the process that a converted ticket was before: taken then, or too late now. Unanswered it would block all
  // that come after it.
  setDefaultUpdateHandler((name, request) => {
    const { stepId = '' } = request as Partial<StepRequest>;
    const detail = { step: name, stage: ticket.state.stage };
    throw stepRefused(taken.has(stepId) ? { code: 'repeated' } : { code: 'not-open', detail });
  });
  setHandler(defineQuery<Snapshot>('state'), () => ticket.snapshot(), { description: '当前状态 · current state' });
  ticket.showOpenSteps(() =>
    ticket.state.archived
      ? []
      : Object.keys(table).filter((name) => (handlers[name] as StepHandler<StepDefinition>).open()),
  );
}

/** A run takes 2,000 Updates at most: what can be said again and again leaves room for what ends the matter. */
const MOST_STEPS = 1_500;
const talk: ReadonlySet<string> = new Set([
  ...['log-entry', 'report-progress', 'tell-progress', 'reply', 'urge', 'add-evidence', 'record-guidance'],
  ...['wait-for-customer', 'customer-replied'],
]);

/** The shape every sender must give; what is inside `command` is checked against the step's row. */
function isRequest(value: unknown): value is StepRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { stepId, actor, command } = value as Partial<StepRequest>;
  return (
    typeof stepId === 'string' &&
    stepId.length > 0 &&
    typeof command === 'object' &&
    command !== null &&
    typeof actor === 'object' &&
    actor !== null &&
    typeof actor.id === 'string' &&
    Array.isArray(actor.roles) &&
    Array.isArray(actor.departments) &&
    (actor.kind === 'staff' || actor.kind === 'customer' || actor.kind === 'system')
  );
}
