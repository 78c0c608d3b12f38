import type { EmergencyPlan } from './emergency/steps';
import type { FrozenPolicy } from '@duban/policy';
import type { BusinessKind, IdentityLevel } from './acceptance/steps';
import type { CheckStart } from './quality-check/steps';
import type { RevisitStart } from './revisit/steps';
import type { Actor } from './roles';

export const processes = [
  'consultation',
  'complaint',
  'escalation',
  'acceptance',
  'after-sales',
  'fault',
  'fault-announcement',
  'technical-support',
  'emergency',
  'suggestion',
  'revisit',
  'quality-check',
] as const;
export type Process = (typeof processes)[number];

/** The Temporal workflow type of a process: `after-sales` is `afterSales`. */
export const workflowTypeOf = (process: Process): string =>
  process.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

export const priorities = ['P1', 'P2', 'P3'] as const;
export type Priority = (typeof priorities)[number];

/** The few states every list shows. Labels in labels.ts. */
export const statuses = [
  'awaiting-assignment',
  'awaiting-receipt',
  'in-progress',
  'waiting-customer',
  'on-hold',
  'escalated',
  'awaiting-confirmation',
  'follow-up',
  'resolved',
  'closed',
] as const;
export type Status = (typeof statuses)[number];

export type Outcome =
  'satisfied' | 'withdrawn' | 'merged' | 'rejected' | 'reopened' | 'cancelled' | 'not-reached' | 'refused';

/** One clock as every reader sees it. Instants are UTC ms. */
export interface ClockView {
  /** `acknowledge`, or `acknowledge:TECH` where each department has its own. */
  key: string;
  name: string;
  department?: string;
  /** What it is about, where a ticket has several: a task's id. */
  about?: string;
  startedAt: number;
  dueAt: number;
  state: 'running' | 'paused' | 'met' | 'cancelled';
  warned: boolean;
  breachedAt?: number;
  stoppedAt?: number;
  /** The due instant is one that a person named, not the policy's. */
  promised?: true;
  /** A supervisor gave it more time: when it was due before the first extension. */
  extendedFrom?: number;
}

/** A department that takes part in a ticket (E3, G10). */
export interface DepartmentView {
  id: string;
  state: 'asked' | 'helping' | 'acknowledged' | 'disputing' | 'delivered' | 'released';
  expectedAt?: number;
}

/**
 * What a workflow decides and everyone else reads: the query's answer, the step's answer and the projection are
 * this one object. Ids, codes and instants only (design 10).
 */
export interface Snapshot {
  ticket: string;
  process: Process;
  revision: number;
  stage: string;
  status: Status;
  outcome?: Outcome;
  priority: Priority;
  /** The version the ticket lives by now. */
  policy?: { id: string; version: number };
  group: string | null;
  handler: string | null;
  /** Count of assignments asked for; claims older than it are released (design 7). */
  assignment: number;
  supporters: string[];
  departments: DepartmentView[];
  clocks: ClockView[];
  /** Runs of clocks that were started anew since, by name; `clocks` has only the last run of each. */
  earlierRuns?: Record<string, { met: number; breached: number }>;
  openSteps: string[];
  /** Stages that `send-back` may name now. */
  returnsTo?: string[];
  overdue: boolean;
  nearlyOverdue: boolean;
  breaches: number;
  nextDueAt: number | null;
  urges: number;
  links: Array<{ ticket: string; kind: LinkKind; open: boolean }>;
  /** What one process alone knows: liability, solution, consent, … */
  facts: Record<string, string | number | boolean | string[] | null>;
  startedAt: number;
  closedAt: number | null;
  archived: boolean;
}

export type LinkKind =
  | 'escalates-to'
  | 'escalated-from'
  | 'reopened-as'
  | 'reopens'
  | 'merged-into'
  | 'merged-from'
  | 'attached-to'
  | 'followed-by'
  | 'checks'
  | 'checked-by'
  | 'follows';

/** One entry of a ticket's timeline; unique by ticket, revision and index. Texts are joined by `step`. */
export interface Change {
  revision: number;
  index: number;
  at: number;
  kind: ChangeKind;
  actor?: string;
  step?: string;
  data?: Record<string, string | number | boolean | string[] | null>;
}

export type ChangeKind =
  | 'started'
  | 'step'
  | 'ignored'
  | 'assigned'
  | 'queued'
  | 'redispatched'
  | 'support-joined'
  | 'policy-moved'
  | 'clock-extended'
  | 'alarmed'
  | 'converted'
  | 'booked'
  | 'not-booked'
  | 'booking-released'
  | 'profile-changed'
  | 'policy-checked'
  | 'stage'
  | 'reminded'
  | 'warned'
  | 'breached'
  | 'breach-withdrawn'
  | 'escalated-up'
  | 'clock-met-late'
  | 'linked'
  | 'link-changed'
  | 'closed'
  | 'survey-expired'
  | 'attention'
  | 'archived';

/** Unpublished changes of one workflow with the state they led to (design 7). */
export interface Publication {
  ticket: string;
  revision: number;
  snapshot: Snapshot;
  changes: Change[];
  /** Steps that came by signal or client: their rows are written here, as the API writes its own. */
  steps: Array<{
    stepId: string;
    step: string;
    actor: Actor;
    origin: string;
    material?: string;
    at: number;
    command: Record<string, unknown>;
    refusal?: string;
  }>;
}

/** Input of every process's workflow. */
export interface TicketStart {
  ticket: string;
  process: Process;
  type: string;
  category: string;
  group: string | null;
  priority: Priority;
  policy: FrozenPolicy;
  /** Step id of the intake itself. */
  stepId: string;
  actor: Actor;
  /** How long intake waited for this start: clocks begin at the moment of intake (design 4). */
  waitedMs: number;
  /** Begins with this person instead of dispatch: who applied for an escalation, or had the ticket before it was reopened. */
  handler?: string;
  /** The ticket this one came from, and how. */
  origin?: { ticket: string; kind: 'escalated-from' | 'reopens' | 'follows' | 'checks' };
  /** Facts a reopened ticket goes on with: it starts where the promise broke. */
  resume?: { stage: string; facts: Snapshot['facts'] };
  /** What an escalation applies for. */
  application?: { departments: string[]; committee: boolean; reasonKind: string };
  /** What business is accepted, and how much its kind asks of it (B1). */
  acceptance?: { service: string; business: BusinessKind; identity: IdentityLevel };
  /** The open announcement that a fault report belongs to (F1). */
  fault?: { announcement: string };
  /** What a fault announcement promises, and whose systems may update it (F2). UTC ms. */
  announcement?: { expectedAt?: number; departments: string[] };
  /** What to do in this emergency, and whom to tell (U1). */
  emergency?: EmergencyPlan;
  /** What a revisit asks, and how it reaches the customer (R1). */
  revisit?: RevisitStart;
  /** Whose work a quality check looks at, and by what form. */
  check?: CheckStart;
  /** What its earlier process leaves to this one: the ticket was converted. */
  carried?: Carried;
  trace?: string;
}

/**
 * What a converted ticket goes on with: number and history by the workflow's id, the rest by this. Plain JSON; `state`
 * and `clocks` are the workflow's own (workflows/src/lib).
 */
export interface Carried {
  from: Process;
  /** The step that converted it. */
  stepId: string;
  startedAt: number;
  revision: number;
  decidedAt: number;
  state: unknown;
  clocks: unknown;
  /** Messages told so far by template, so that keys go on. */
  occurrences: Array<[string, number]>;
  /** Steps taken, so that none is taken twice. */
  taken: string[];
}
