import { defineSignal, setHandler } from '@temporalio/workflow';
import type { AssignInput, AssignResult, Choice, Refusal, Template } from '@duban/contracts';
import { assignment } from './activities';
import type { Ticket } from './ticket';

/** How a process's tickets are dispatched, where that is not by category alone. */
export interface DispatchRule {
  /** Whoever has this role, not the category's group. */
  role?: AssignInput['role'];
  /** Never these. */
  exclude?: string[];
  /** The customer does not hear that it was registered. */
  silent?: true;
}

interface Wish {
  to?: string;
  /** `to` took it from the pool. */
  pickUp?: true;
  group?: string;
  role?: AssignInput['role'];
  exclude: string[];
}

/** How long a queued ticket waits before it asks again by itself, should a wake-up be lost. */
const ASK_AGAIN_MS = 30 * 60_000;

/**
 * Who has the ticket (G7, G8): asks the assignment service, waits in its queue, and hands the ticket to somebody else
 * when receipt is not confirmed. `wanted()` is called by steps; only the flow here schedules activities.
 */
export function createDispatch(ticket: Ticket, onAssigned: () => void = () => undefined, rule: DispatchRule = {}) {
  const { state, clocks, policy, start } = ticket;
  let wish: Wish | null = null;
  let wishes = 0;
  let ready = false;
  let over = false;
  let unconfirmed: string[] = [];
  /** It waits for the first of its group to pick it up; who did. */
  let pooled = false;
  let picked: string | null = null;
  /** Whether the customer knows the ticket; of a converted one, for long. */
  let welcomed = start.carried !== undefined;

  setHandler(defineSignal('assignment-ready'), () => void (ready = true), {
    description: '有人可接单 · somebody is free',
  });

  /** Somebody else is wanted; the present handler, if any, no longer has the ticket. */
  function wanted(next: Partial<Wish> = {}): void {
    const role = rule.role && !next.to && !next.group ? { role: rule.role } : {};
    wish = { ...role, ...next, exclude: [...(rule.exclude ?? []), ...(next.exclude ?? [])] };
    wishes++;
    pooled = false;
    picked = null;
    clocks.cancel('accept', Date.now()); // first: what of it fell due unnoticed names the one who had the ticket
    clocks.silence(REDISPATCH);
    state.handler = null;
    state.received = false;
    state.assignment++; // releases the claim of the one before
  }

  /** Nobody need have it for now: whoever had it, or is being looked for, is free again. */
  function unwanted(): void {
    wanted();
    wish = null;
  }

  /** The handler confirmed receipt. */
  function received(at: number): void {
    state.received = true;
    unconfirmed = [];
    clocks.stop('accept', at);
    clocks.silence(REDISPATCH);
  }

  /** The first of the group to pick it up gets it; whoever comes second is told who was first (G7). */
  function pickUp(who: string): void {
    wanted({ to: who, pickUp: true });
    picked = who;
  }
  /** A supervisor takes it into their own hands: theirs at once, and received. */
  function takeOver(who: string): void {
    wanted({ to: who });
    picked = who;
  }
  const pool = {
    isOpen: () => pooled && state.handler === null,
    refusal: (): Refusal | null => (picked ? { code: 'already-taken', detail: { handler: picked } } : null),
    pickUp,
  };

  async function run(): Promise<void> {
    for (;;) {
      await ticket.until(() => over || wish !== null);
      if (over || !wish) return;
      const asked = wishes;
      const present = wish;
      wish = null;
      const result = await ask(present, 'handler', state.assignment, () => asked !== wishes);
      if (result && asked === wishes && !over) assigned(result);
    }
  }

  /** Technical support beside the handler, at once (C1). */
  async function bringInSupport(): Promise<void> {
    const result = await ask({ role: 'technical-support', exclude: [] }, 'support', 1, () => false);
    if (!result || over) return;
    state.supporters.push(result.handler);
    ticket.record('support-joined', { data: { staff: result.handler, reason: result.reason } });
    ticket.tell('support-wanted', [{ kind: 'staff', id: result.handler }], { priority: start.priority });
  }

  async function ask(present: Wish, slot: AssignInput['slot'], n: number, outdated: () => boolean) {
    let input: AssignInput = {
      key: `${start.ticket}:${slot}:${n}`,
      ticket: start.ticket,
      n,
      slot,
      process: start.process,
      category: start.category,
      group: present.group ?? state.group,
      priority: start.priority,
      exclude: present.exclude,
      waitingSince: ticket.startedAt,
      ...(present.to ? { to: present.to } : {}),
      ...(present.pickUp ? { pickUp: true } : {}),
      ...(present.role ? { role: present.role } : {}),
    };
    let warned = false;
    for (let told = false; ; told = true) {
      ready = false;
      const result: AssignResult = await assignment.assign(input);
      if (result.handler !== null) return result;
      const { mode, group, refused } = result;
      if (refused) {
        ticket.record('queued', { data: { slot, mode: mode ?? null, refused, handler: picked } });
        const { to: _, pickUp: __, ...rest } = input;
        input = rest;
        picked = null;
      } else if (!told) {
        ticket.record('queued', { data: { slot, ...(mode ? { mode } : {}) } });
        if (mode === 'pick-up' && group)
          ticket.tell('pool-waiting', [{ kind: 'group', id: group }], { priority: start.priority });
        else ticket.tell('waiting-for-assignment', ticket.supervisors, { priority: start.priority });
        welcome();
      } else if (mode === 'pick-up' && !warned) {
        warned = true; // nobody wanted it
        ticket.tell('waiting-for-assignment', ticket.supervisors, { priority: start.priority });
      }
      if (slot === 'handler') pooled = mode === 'pick-up';
      clocks.alarm(`${QUEUE}${slot}`, Date.now() + lookAgainMs(mode), () => void (ready = true));
      await ticket.until(() => ready || over || outdated());
      clocks.silence(`${QUEUE}${slot}`);
      if (over || outdated()) return null;
    }
  }

  function assigned(result: Extract<AssignResult, { handler: string }>): void {
    state.handler = result.handler;
    state.group = result.group ?? state.group;
    const why = result.choice ? flat(result.choice) : {};
    ticket.record('assigned', { data: { ...why, handler: result.handler, reason: result.reason } });
    // Who picks it up has it already, and so has who adds a business to one at hand (B1).
    const began = start.origin?.kind === 'follows' && state.assignment === 1 && start.handler === result.handler;
    const has = picked === result.handler || began;
    if (!has) ticket.tellHandler('ticket-assigned', { priority: start.priority, category: start.category });
    welcome();
    onAssigned();
    const now = Date.now();
    if (has) return received(now);
    clocks.start('accept', now);
    watchReceipt();
  }

  /** Also after its clock was moved, extended or paused: receipt may be due at another instant. */
  function watchReceipt(): void {
    const limit = clocks.get('accept')?.dueAt;
    if (limit !== undefined) clocks.alarm(REDISPATCH, limit + (policy.periods.redispatchAfter ?? 0), redispatch);
  }

  function clocksMoved(): void {
    if (state.handler !== null && !state.received && clocks.get('accept')?.state === 'running') watchReceipt();
  }

  /** Who of a group would confirm receipt within a time picks a ticket up within it; then the supervisor hears. */
  function lookAgainMs(mode: 'manual' | 'pick-up' | undefined): number {
    const accept = policy.clocks.accept?.target;
    return mode === 'pick-up' && accept?.unit === 'businessTime' ? Math.min(accept.ms, ASK_AGAIN_MS) : ASK_AGAIN_MS;
  }

  /** The customer gets number and link (G9) in the same activity as the first other message: one less to run. */
  function welcome(): void {
    if (!welcomed && !start.origin && !rule.silent) ticket.tell('ticket-registered', [{ kind: 'customer' }]);
    welcomed = true;
  }

  /** Only who knows of the ticket hears more of it. */
  function tellCustomer(template: Template): void {
    if (welcomed && !rule.silent) ticket.tell(template, [{ kind: 'customer' }]);
  }

  /** Unconfirmed past the limit: reminded by the ladder, then somebody else, in the end a supervisor (G8). */
  function redispatch(): void {
    const others = policy.limits.redispatches ?? 1;
    const accept = clocks.get('accept');
    if (accept?.state === 'paused') return; // looked at again when it runs
    if (accept && Date.now() < accept.dueAt + (policy.periods.redispatchAfter ?? 0)) return watchReceipt();
    if (state.received || !state.handler || unconfirmed.length > others) return; // a supervisor keeps it
    unconfirmed.push(state.handler);
    ticket.record('redispatched', { data: { handler: state.handler } });
    wanted({ exclude: [...unconfirmed], ...(unconfirmed.length > others ? { role: 'supervisor' as const } : {}) });
  }

  return {
    wanted,
    unwanted,
    received,
    takeOver,
    run,
    bringInSupport,
    pool,
    clocksMoved,
    welcome,
    tellCustomer,
    end: () => void (over = true),
  };
}

export type Dispatch = ReturnType<typeof createDispatch>;

const REDISPATCH = '重新派单';
const QUEUE = '排队复查:';

/** As a timeline keeps it: codes, numbers and ids. */
const flat = (choice: Choice) => ({ ...choice });
