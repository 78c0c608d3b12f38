import { condition, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import {
  type Addressee,
  type Carried,
  type Change,
  type ChangeKind,
  type DepartmentView,
  type LinkKind,
  type Message,
  type Outcome,
  type Publication,
  type Snapshot,
  type Stage,
  type Status,
  type Template,
  type TicketStart,
  searchAttributes,
} from '@duban/contracts';
import type { Rung } from '@duban/policy';
import { type CarriedClocks, type Clock, createClocks } from './clocks';
import { handlerOf, lateParty, rungKinds, rungMessage, supervisors, toldBy } from './ladder';
import { narrate } from './narrate';

type Data = NonNullable<Change['data']>;

/** What one ticket knows; `snapshot()` is this and its clocks. Every process adds its own facts. */
export interface TicketState {
  stage: Stage;
  group: string | null;
  handler: string | null;
  /** The handler confirmed receipt of this assignment. */
  received: boolean;
  assignment: number;
  supporters: string[];
  departments: DepartmentView[];
  waiting: boolean;
  /** A supervisor stopped all clocks. */
  held: boolean;
  urges: number;
  links: Array<{ ticket: string; kind: LinkKind; open: boolean }>;
  /** Escalations accepted whose tickets are not there yet: they count as open. */
  escalating: number;
  facts: Snapshot['facts'];
  outcome?: Outcome;
  closedAt: number | null;
  archived: boolean;
}

interface TicketOptions {
  firstStage: Stage;
  /** What lists show in the end, when the outcome is the ordinary one. */
  closedStatus?: Status;
  /** Dispatch's answer comes within moments: the intake's own entry is published with it, not by itself. */
  dispatched?: true;
}

/**
 * Opens the books of one ticket: state, clocks, timeline, messages. The process's own file declares the steps
 * (`setup`) and tells the story (`run`); nothing here knows a process.
 */
export function openTicket(start: TicketStart, options: TicketOptions) {
  const { carried } = start;
  const startedAt = carried?.startedAt ?? Date.now() - start.waitedMs;
  const state: TicketState = {
    stage: options.firstStage,
    group: start.group,
    handler: start.handler ?? null,
    received: start.handler !== undefined,
    assignment: 0,
    supporters: [],
    departments: [],
    waiting: false,
    held: false,
    urges: 0,
    links: start.origin ? [{ ticket: start.origin.ticket, kind: start.origin.kind, open: true }] : [],
    escalating: 0,
    facts: { ...start.resume?.facts },
    closedAt: null,
    archived: false,
    ...(carried?.state as Partial<TicketState> | undefined),
  };

  let revision = carried?.revision ?? 0;
  /** The revision in which a person last decided something: acting on older sight is stale. */
  let decidedAt = carried?.decidedAt ?? 0;
  const taken = new Set<string>(carried?.taken);
  let unpublished: Change[] = [];
  let unwrittenSteps: Publication['steps'] = [];
  let progress = 0;
  let answering = 0;
  /** Trace of the request that the unpublished changes came from; the messages they lead to carry it on. */
  let trace = start.trace;
  const occurrences = new Map<string, number>(carried?.occurrences);
  const outbox: Message[] = [];
  let unasked = false;
  let openSteps: () => string[] = () => [];
  let returnable: Stage[] = [];
  let tags = '';
  /** Stages the ticket has been at, in the order in which it first came to them. */
  const been = [options.firstStage];

  // Its own copy: a move to another version changes what everybody here reads.
  const policy = { ...start.policy };
  const clocks = createClocks(policy, { stage: () => state.stage, rung, breachWithdrawn, metLate });
  if (carried) clocks.take(carried.clocks as CarriedClocks, Date.now());

  /** Adds to the timeline. All that is recorded before the next publication shares one revision. */
  function record(kind: ChangeKind, more: { at?: number; actor?: string; step?: string; data?: Data } = {}): void {
    if (unpublished.length === 0) revision++;
    if (kind === 'step' || kind === 'assigned') decidedAt = revision;
    unpublished.push({ revision, index: unpublished.length, at: more.at ?? Date.now(), kind, ...definedOnly(more) });
  }

  function moveTo(stage: Stage): void {
    if (state.stage === stage) return;
    state.stage = stage;
    if (!been.includes(stage)) been.push(stage);
    record('stage', { data: { stage } });
  }

  /** Waits for what has happened, never for a stage to be seen in passing; throws what `left` gives, if it does. */
  async function until(fact: () => boolean, left?: () => object | null): Promise<void> {
    await condition(left ? () => fact() || left() !== null : fact);
    progress++;
    const reason = left?.();
    if (reason) throw reason;
  }

  /** Resolves, in the same workflow task, once the flow has moved as far as it goes (design 5). */
  async function settled(): Promise<void> {
    for (let before = -1; before !== progress;) {
      before = progress;
      let looks = 0;
      await condition(() => looks++ > 0); // the second look comes after every other condition's continuation
    }
  }

  /** Queues a message to be sent once, however often the activity runs (design 8). */
  function tell(template: Template, to: Addressee[], data: Message['data'] = {}): void {
    if (to.length === 0) return;
    const occurrence = (occurrences.get(template) ?? 0) + 1;
    occurrences.set(template, occurrence);
    outbox.push({ key: `${start.ticket}:${template}:${occurrence}`, template, to, data, ...(trace ? { trace } : {}) });
  }

  function tellHandler(template: Template, data: Message['data'] = {}): void {
    tell(template, handlerOf(state), data);
  }

  function rung(clock: Clock, rung: Rung, at: number): void {
    const late = lateParty(clock, state);
    const data = { clock: clock.name, dueAt: clock.dueAt, limitMs: clock.dueAt - clock.startedAt, late };
    record(rungKinds[rung.act], { at, data });
    const { template, data: more } = rungMessage(clock, rung, state);
    tell(template, toldBy(clock, rung, state), { ...data, stage: state.stage, ...more });
  }

  function breachWithdrawn(clock: Clock, at: number): void {
    record('breach-withdrawn', { at, data: { clock: clock.name } });
  }
  function metLate(clock: Clock, at: number): void {
    record('clock-met-late', { at, data: { clock: clock.name, lateByMs: at - clock.dueAt } });
  }

  const escalationOpen = () =>
    state.escalating > 0 || state.links.some((link) => link.kind === 'escalates-to' && link.open);

  function status(): Status {
    if (state.stage === 'following-up') return 'follow-up';
    if (state.closedAt !== null) return options.closedStatus && !state.outcome ? options.closedStatus : 'closed';
    if (escalationOpen()) return 'escalated';
    if (state.held) return 'on-hold';
    if (state.waiting) return 'waiting-customer';
    if (state.stage === 'not-satisfied') return 'follow-up';
    const unhandled = unhandledStatuses[state.stage];
    if (unhandled && !state.handler) return unhandled;
    if (!state.handler) return 'awaiting-assignment';
    if (!state.received) return 'awaiting-receipt';
    return stageStatuses[state.stage] ?? 'in-progress';
  }

  /** Those that may be returned to and that the ticket was at before it first came to the present one. */
  function earlierStages(): Stage[] {
    const present = been.indexOf(state.stage);
    return returnable.filter((stage) => been.includes(stage) && been.indexOf(stage) < present);
  }
  function returnsTo(): Pick<Snapshot, 'returnsTo'> {
    const stages = state.closedAt === null ? earlierStages() : [];
    return stages.length ? { returnsTo: stages } : {};
  }

  function snapshot(): Snapshot {
    return {
      ticket: start.ticket,
      process: start.process,
      revision,
      stage: state.stage,
      status: status(),
      ...(state.outcome ? { outcome: state.outcome } : {}),
      priority: start.priority,
      policy: { id: policy.id, version: policy.version },
      group: state.group,
      handler: state.handler,
      assignment: state.assignment,
      supporters: [...state.supporters],
      departments: state.departments.map((d) => ({ ...d })),
      clocks: clocks.views(),
      ...clocks.earlierRuns(),
      openSteps: openSteps(),
      ...returnsTo(),
      overdue: state.closedAt === null && clocks.overdue(),
      nearlyOverdue: state.closedAt === null && clocks.nearlyOverdue(),
      breaches: clocks.breaches(),
      nextDueAt: clocks.nextDueAt(),
      urges: state.urges,
      links: state.links.map((link) => ({ ...link })),
      facts: { ...state.facts },
      startedAt,
      closedAt: state.closedAt,
      archived: state.archived,
    };
  }

  /** Everything unpublished with the state it led to; the caller sees to it that it reaches PostgreSQL. */
  function takePublication(): Publication {
    const publication = {
      ticket: start.ticket,
      revision,
      snapshot: snapshot(),
      changes: unpublished,
      steps: unwrittenSteps,
    };
    unpublished = [];
    unwrittenSteps = [];
    trace = undefined;
    show(publication.snapshot);
    return publication;
  }

  /** What supervisors read and filter by in the Temporal UI (P6); search attributes only when one of them changed. */
  function show(now: Snapshot): void {
    setCurrentDetails(narrate(now, policy));
    const departments = now.departments.map((d) => d.id).sort();
    const next = JSON.stringify([departments, now.overdue, now.status === 'escalated']);
    const first = tags === '' && !carried; // a converted ticket has those of its earlier process
    if (next === tags || (first && next === initialTags)) return void (tags = next);
    tags = next;
    upsertSearchAttributes([
      { key: searchAttributes.departments, value: departments },
      { key: searchAttributes.overdue, value: yesNo(now.overdue) },
      { key: searchAttributes.escalated, value: yesNo(now.status === 'escalated') },
    ]);
  }

  /** What this ticket's next process goes on with; nothing is recorded after it. */
  function carry(stepId: string): Carried {
    const { process: from } = start;
    const { stage: _, ...left } = state;
    return {
      ...{ from, stepId, startedAt, revision, decidedAt, state: left, clocks: clocks.carry() },
      ...{ occurrences: [...occurrences], taken: [...taken] },
    };
  }

  const { process, type, priority } = start;
  const begun = { process, type, priority, policyVersion: start.policy.version };
  if (carried) record('converted', { step: carried.stepId, data: { from: carried.from, to: process } });
  else record('started', { at: startedAt, actor: start.actor.id, step: start.stepId, data: begun });

  return {
    start,
    startedAt,
    /** Since when it is a ticket of this process. */
    begunAt: carried ? Date.now() : startedAt,
    state,
    clocks,
    record,
    moveTo,
    /** Stages that it first came to after this one. */
    stagesAfter: (stage: Stage) => new Set<string>(been.slice(been.indexOf(stage) + 1)),
    until,
    settled,
    tell,
    tellHandler,
    supervisors,
    escalationOpen,
    snapshot,
    takePublication,
    carry,
    /** Ids of the steps taken so far. */
    taken,
    policy,
    /** What ends here ends without the customer's word: nobody says that they are satisfied. */
    withoutCustomer(work: () => void): void {
      unasked = true;
      work();
      unasked = false;
    },
    isUnasked: () => unasked,
    /** Set once by the step table. */
    showOpenSteps: (open: () => string[]) => void (openSteps = open),
    /** Set once by the hand: stages that the process may be sent back to, once it has left them. */
    mayReturnTo: (stages: Stage[]) => void (returnable = stages),
    earlierStages,
    /** A request with this trace id is about to change the ticket. */
    causedBy: (request: string | undefined) => void (trace = request),
    /** Steps that came by signal or client: the publication writes their rows (design 6). */
    writeStep: (row: Publication['steps'][number]) => void unwrittenSteps.push(row),
    /** A person's step takes what it changed into its own answer; the books wait so long. */
    async answer<T>(work: () => Promise<T>): Promise<T> {
      answering++;
      try {
        return await work();
      } finally {
        answering--;
      }
    },
    unpublished: () =>
      answering === 0 && unpublished.some((change) => change.kind !== 'started' || !options.dispatched),
    takeMessages: (): Message[] => outbox.splice(0),
    hasMessages: () => outbox.length > 0,
    revision: () => revision,
    decidedAt: () => decidedAt,
  };
}

export type Ticket = ReturnType<typeof openTicket>;

const initialTags = JSON.stringify([[], false, false]);
export const yesNo = (value: boolean) => (value ? 'yes' : 'no');

/** Stages at which nobody need have the ticket. */
const unhandledStatuses: Partial<Record<Stage, Status>> = {
  'awaiting-recovery': 'in-progress',
  recovered: 'awaiting-confirmation',
  'fault-open': 'in-progress',
};
const stageStatuses: Partial<Record<Stage, Status>> = {
  confirming: 'awaiting-confirmation',
  consenting: 'awaiting-confirmation',
  telling: 'awaiting-confirmation',
};

function definedOnly<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
