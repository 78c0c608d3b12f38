import {
  type Actor,
  type ClockView,
  type DepartmentView,
  type Outcome,
  type Priority,
  type Process,
  type Role,
  type Snapshot,
  type Status,
  customerActor,
} from '@duban/contracts';
import { type FrozenPolicy, dueAt, rungAt } from '@duban/policy';

/** What a ticket was registered with, but for the people. */
export interface PastIntake {
  process: Process;
  type: string;
  category: string;
  group: string;
  priority: Priority;
  channel: string;
  subject: string;
  content: string;
  form: Record<string, unknown>;
}

interface PastStep {
  step: string;
  actor: Actor;
  at: number;
  command: Record<string, unknown>;
  material: Record<string, unknown>;
}
interface PastChange {
  at: number;
  kind: string;
  actor?: string;
  /** Index of the step it belongs to. */
  step?: number;
  data?: Record<string, unknown>;
}

/** A ticket whose story is over, written as its workflow would have left it: steps, timeline, clocks and end state. */
export class PastTicket {
  readonly steps: PastStep[] = [];
  readonly facts: Snapshot['facts'] = {};
  readonly departments: DepartmentView[] = [];
  readonly links: Snapshot['links'] = [];
  outcome: Outcome | undefined;
  closedAt = 0;
  private readonly changes: PastChange[] = [];
  private readonly clocks = new Map<string, ClockView>();
  private stage = '';

  constructor(
    readonly given: PastIntake & { customer: number; handler: string; registrar: string; startedAt: number },
    private readonly policy: FrozenPolicy,
    private readonly rolesOf: (staff: string) => { roles: Role[]; departments: string[] },
  ) {
    const { process, type, priority, startedAt, registrar, handler, group } = given;
    this.steps.push({ step: 'start', actor: this.staff(registrar), at: startedAt, command: {}, material: {} });
    const data = { process, type, priority, policyVersion: policy.version };
    this.changes.push({ at: startedAt, kind: 'started', actor: registrar, step: 0, data });
    if (process !== 'escalation')
      this.changes.push({ at: startedAt + 400, kind: 'assigned', data: { handler, group, reason: 'least-loaded' } });
  }

  private staff(id: string): Actor {
    return { kind: 'staff', id, ...this.rolesOf(id) };
  }

  /** Somebody took a step; `customer` is the customer. */
  take(step: string, by: string, at: number, command: object = {}, material: object = {}): this {
    const actor = by === 'customer' ? customerActor : this.staff(by);
    this.steps.push({ step, actor, at, command: { ...command }, material: { ...material } });
    this.changes.push({ at, kind: 'step', actor: actor.id, step: this.steps.length - 1, data: { step } });
    return this;
  }

  moveTo(stage: string, at: number): this {
    if (stage !== this.stage) this.changes.push({ at, kind: 'stage', data: { stage } });
    this.stage = stage;
    return this;
  }

  /** A clock ran from one instant to another, and out, if that was after its due instant. */
  ran(name: string, startedAt: number, stoppedAt: number, more: { department?: string; due?: number } = {}): this {
    const rule = this.policy.clocks[name]!;
    const calendar = this.policy.calendars[rule.calendar]!;
    const due = more.due ?? dueAt(calendar, startedAt, rule.target, []);
    const key = more.department ? `${name}:${more.department}` : name;
    const late = more.department ?? (name === 'investigation' ? 'supervisor' : this.given.handler);
    const data = { clock: name, dueAt: due, limitMs: due - startedAt, late };
    const warn = rule.ladder.find(({ act }) => act === 'warn');
    const warnAt = more.due ? startedAt + (due - startedAt) * 0.8 : warn && rungAt(calendar, rule, startedAt, [], warn);
    const warned = warnAt !== undefined && warnAt < stoppedAt;
    if (warned) this.changes.push({ at: Math.round(warnAt), kind: 'warned', data });
    if (stoppedAt > due) {
      this.changes.push({ at: due, kind: 'breached', data });
      this.changes.push({ at: stoppedAt, kind: 'clock-met-late', data: { clock: name, lateByMs: stoppedAt - due } });
    }
    this.clocks.set(key, {
      ...{ key, name, startedAt, dueAt: due, state: 'met', warned, stoppedAt },
      ...(more.department ? { department: more.department } : {}),
      ...(stoppedAt > due ? { breachedAt: due } : {}),
    });
    return this;
  }

  close(at: number, outcome: Outcome | undefined): this {
    this.closedAt = at;
    this.outcome = outcome;
    this.changes.push({ at, kind: 'closed', data: { outcome: outcome ?? 'resolved' } });
    return this;
  }

  /** The survey's window ended without an answer. */
  unanswered(at: number): this {
    this.changes.push({ at, kind: 'survey-expired' });
    return this;
  }

  /** Archived at that instant: what the workflow published last, and every entry of the timeline in its revision. */
  end(number: string, archivedAt: number) {
    this.moveTo('archiving', archivedAt);
    this.moveTo('ended', archivedAt);
    this.changes.push({ at: archivedAt, kind: 'archived' });
    const ordered = this.changes.map((change, i) => ({ ...change, i })).sort((a, b) => a.at - b.at || a.i - b.i);
    let [revision, index, last] = [0, 0, NaN];
    const timeline = ordered.map(({ i: _, ...change }) => {
      if (change.at !== last) [revision, index, last] = [revision + 1, 0, change.at];
      return { ...change, revision, index: index++ };
    });
    const { process, priority, group, handler, startedAt } = this.given;
    const status: Status = process === 'escalation' && !this.outcome ? 'resolved' : 'closed';
    const clocks = [...this.clocks.values()];
    const snapshot: Snapshot = {
      ...{ ticket: number, process, revision, stage: 'ended', status, priority, group, handler },
      ...(this.outcome ? { outcome: this.outcome } : {}),
      ...{ assignment: process === 'escalation' ? 0 : 1, supporters: [], departments: this.departments, clocks },
      ...{ openSteps: [], overdue: false, nearlyOverdue: false, nextDueAt: null, urges: 0, links: this.links },
      breaches: clocks.filter(({ breachedAt }) => breachedAt !== undefined).length,
      ...{ facts: this.facts, startedAt, closedAt: this.closedAt, archived: true },
    };
    return { snapshot, timeline };
  }
}
