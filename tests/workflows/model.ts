import type { Process } from '@duban/contracts';

/** The processes that the model tells again in its own words. */
export const modelled = ['consultation', 'complaint', 'escalation'] as const satisfies readonly Process[];
export type Modelled = (typeof modelled)[number];

/**
 * What a ticket should be like, told once more and apart from the workflows: plain facts, which steps they leave
 * open, and what a step does to them. Nothing here is imported from the product but the processes' names.
 */
export interface Model {
  process: Modelled;
  received: boolean;
  waiting: boolean;
  /** A supervisor stopped all clocks. */
  held: boolean;
  escalated: boolean;
  /** Departments asked for help that have not answered. */
  help: string[];
  /** The version it lives by. */
  policy: string;
  ended: null | 'satisfied' | 'withdrawn' | 'merged' | 'resolved' | 'rejected';
  /** After the end: surveying, then perhaps following up, then nothing any more. */
  after: 'surveying' | 'following-up' | 'gone';
  // consultation
  asked: boolean;
  askedDepartments: string[];
  resolved: boolean;
  unhappy: boolean;
  // complaint
  at: 'investigating' | 'negotiating' | 'consenting' | 'rectifying' | 'verifying' | 'revisiting';
  liability: string | null;
  // escalation
  decided: boolean;
  dispute: boolean;
  departments: Record<string, 'asked' | 'acknowledged' | 'disputing' | 'delivered' | 'released'>;
}

export function newModel(process: Modelled): Model {
  return {
    ...{
      process,
      received: process === 'escalation',
      waiting: false,
      held: false,
      escalated: false,
      help: [],
      policy: 'manual:1',
      ended: null,
      after: 'surveying',
    },
    ...{ asked: false, askedDepartments: [], resolved: false, unhappy: false },
    ...{ at: 'investigating', liability: null, decided: false, dispute: false, departments: {} },
  };
}

/** One thing somebody tries. */
export interface Attempt {
  step: string;
  command: Record<string, unknown>;
}

/** The steps that are open, sorted. */
export function openSteps(m: Model): string[] {
  const rules =
    m.process === 'escalation'
      ? escalationRules(m)
      : { ...deskRules(m), ...(m.process === 'complaint' ? complaintRules(m) : consultationRules(m)) };
  return Object.entries({ ...rules, ...handRules(m) })
    .filter(([, open]) => open)
    .map(([step]) => step)
    .sort();
}

/** Stages in the order in which a ticket first comes to them. */
const order: Record<Modelled, readonly string[]> = {
  consultation: ['receipt', 'handling', 'confirming', 'not-satisfied'],
  complaint: ['investigating', 'negotiating', 'consenting', 'rectifying', 'verifying', 'revisiting'],
  escalation: ['approving', 'cooperating', 'ruling', 'telling'],
};
const skippable = ['confirming', 'verifying', 'revisiting', 'telling', 'surveying'];
const returnable = ['handling', 'investigating', 'negotiating', 'rectifying', 'cooperating'];

/** Where the ticket is. */
export function stageOf(m: Model): string {
  if (m.ended !== null) return m.after;
  if (m.process === 'complaint') return m.at;
  if (m.process === 'consultation')
    return m.resolved ? 'confirming' : m.unhappy ? 'not-satisfied' : m.received ? 'handling' : 'receipt';
  return !m.decided ? 'approving' : m.dispute ? 'ruling' : allDelivered(m) ? 'telling' : 'cooperating';
}

function mayReturnTo(m: Model, stage: string): boolean {
  const stages = order[m.process];
  const [to, now] = [stages.indexOf(stage), stages.indexOf(stageOf(m))];
  return returnable.includes(stage) && to >= 0 && to < now;
}

function handRules(m: Model): Record<string, boolean> {
  const alive = m.ended === null;
  return {
    'take-over': alive,
    pause: alive && !m.held,
    continue: alive && m.held,
    'extend-clock': alive,
    skip: (alive || m.ended === 'satisfied') && skippable.includes(stageOf(m)),
    'send-back': alive && order[m.process].some((stage) => mayReturnTo(m, stage)),
    cancel: alive,
  };
}

function deskRules(m: Model): Record<string, boolean> {
  const alive = m.ended === null;
  const handled = alive && m.received;
  const over = m.ended === 'satisfied' && m.after !== 'gone';
  return {
    'confirm-receipt': alive && !m.received,
    reply: handled,
    'wait-for-customer': handled && !m.waiting,
    'customer-replied': alive && m.waiting,
    'report-progress': handled,
    'request-help': handled,
    'give-help': alive && m.help.length > 0,
    'withdraw-help': handled && m.help.length > 0,
    urge: alive,
    reassign: alive,
    'pick-up': false, // every group dispatches by itself
    'move-policy': alive,
    escalate: handled && !m.escalated,
    merge: alive && !m.escalated,
    withdraw: alive,
    'submit-survey': over && m.after === 'surveying',
    'record-follow-up': over && m.after === 'following-up',
    reopen: over,
  };
}

function consultationRules(m: Model): Record<string, boolean> {
  const handled = m.ended === null && m.received;
  return {
    'hand-over': handled,
    'request-answer': handled && !m.asked,
    'provide-answer': handled && (m.asked || m.askedDepartments.length > 0),
    resolve: handled && !m.resolved && !m.escalated,
    convert: handled && !m.resolved && !m.escalated,
    'confirm-with-customer': handled && m.resolved,
  };
}

function complaintRules(m: Model): Record<string, boolean> {
  const alive = m.ended === null;
  const reported = m.at !== 'investigating';
  return {
    'form-group': alive && !reported,
    'submit-report': alive && !reported,
    'add-evidence': alive && ['investigating', 'negotiating', 'consenting'].includes(m.at),
    'propose-solution': alive && m.at === 'negotiating',
    'record-consent': alive && m.at === 'consenting',
    'complete-rectification': alive && m.at === 'rectifying',
    'verify-rectification': alive && m.at === 'verifying' && !m.escalated,
    'record-revisit': alive && m.at === 'revisiting',
  };
}

function escalationRules(m: Model): Record<string, boolean> {
  const alive = m.ended === null;
  const work = alive && m.decided;
  const states = Object.values(m.departments);
  const has = (...wanted: string[]) => states.some((state) => wanted.includes(state));
  return {
    approve: alive && !m.decided,
    reject: alive && !m.decided,
    acknowledge: work && has('asked'),
    'report-progress': work && has('acknowledged', 'disputing'),
    'tell-progress': work,
    'raise-dispute': work && !m.dispute && has('asked', 'acknowledged'),
    'record-ruling': work && m.dispute,
    'deliver-result': work && !m.dispute && has('acknowledged'),
    'tell-customer': work && allDelivered(m),
    urge: alive,
    reassign: alive,
    'move-policy': alive,
    withdraw: alive,
  };
}

function allDelivered(m: Model): boolean {
  const states = Object.values(m.departments).filter((state) => state !== 'released');
  return states.length > 0 && states.every((state) => state === 'delivered');
}

/** Whether an open step would be refused for what it says. */
export function refused(m: Model, { step, command }: Attempt): boolean {
  if (!openSteps(m).includes(step)) return true;
  const department = m.departments[String(command.department)];
  switch (step) {
    case 'convert': // the model sends none with all that it needs
    case 'extend-clock':
      return true;
    case 'take-over':
      return m.received; // by whoever has it already
    case 'skip':
      return (
        command.stage !== stageOf(m) ||
        (m.ended === null && m.process !== 'escalation' && (m.escalated || m.help.length > 0))
      );
    case 'send-back':
      return !mayReturnTo(m, String(command.to));
    case 'confirm-with-customer':
    case 'record-revisit':
      return command.satisfied === true && (m.escalated || m.help.length > 0);
    case 'resolve':
      return m.help.length > 0;
    case 'move-policy':
      return command.to === m.policy;
    case 'request-help':
      return m.help.includes(String(command.department));
    case 'give-help':
    case 'withdraw-help':
      return !m.help.includes(String(command.department));
    case 'propose-solution':
      return command.liability !== m.liability;
    case 'acknowledge':
      return department !== 'asked';
    case 'deliver-result':
      return department !== 'acknowledged';
    case 'raise-dispute':
      return department === undefined || department === 'released';
    default:
      return false;
  }
}

/** What an accepted step does. */
export function apply(m: Model, { step, command }: Attempt): void {
  const department = String(command.department);
  switch (step) {
    case 'confirm-receipt':
    case 'take-over':
      m.received = true;
      m.unhappy = false;
      return;
    case 'wait-for-customer':
      m.waiting = true;
      return;
    case 'customer-replied':
      m.waiting = false;
      return;
    case 'reassign':
      if (m.process !== 'escalation') m.received = false;
      return;
    case 'hand-over':
      if (command.to === 'supervisor') m.received = false;
      else if (!m.askedDepartments.includes(department)) m.askedDepartments.push(department);
      return;
    case 'request-answer':
      m.asked = true;
      return;
    case 'provide-answer':
      m.asked = false; // the model's answers come from the team leader
      return;
    case 'escalate':
      m.escalated = true;
      return;
    case 'request-help':
      m.help.push(department);
      return;
    case 'give-help':
    case 'withdraw-help':
      m.help = m.help.filter((id) => id !== department);
      return;
    case 'move-policy':
      m.policy = String(command.to);
      return;
    case 'pause':
      m.held = true;
      return;
    case 'continue':
      m.held = false;
      return;
    case 'skip':
      if (m.ended !== null) m.after = 'gone';
      else if (m.process === 'escalation') end(m, 'resolved');
      else if (m.at === 'verifying' && m.process === 'complaint') m.at = 'revisiting';
      else end(m, 'satisfied');
      return;
    case 'send-back':
      return sendBack(m, String(command.to));
    case 'cancel':
    case 'withdraw':
      return end(m, 'withdrawn');
    case 'merge':
      return end(m, 'merged');
    case 'resolve':
      m.resolved = true;
      m.unhappy = false;
      return;
    case 'confirm-with-customer':
      if (command.satisfied) return end(m, 'satisfied');
      m.resolved = false;
      m.unhappy = true;
      return;
    case 'submit-survey':
      m.after = command.grade === 'dissatisfied' || Number(command.attitude) <= 2 ? 'following-up' : 'gone';
      return;
    case 'record-follow-up':
    case 'reopen':
      m.after = 'gone';
      return;
    case 'submit-report':
      m.liability = String(command.liability);
      m.at = 'negotiating';
      return;
    case 'propose-solution':
      m.at = 'consenting';
      return;
    case 'record-consent':
      m.at = command.accepted ? 'rectifying' : 'negotiating';
      return;
    case 'complete-rectification':
      m.at = 'verifying';
      return;
    case 'verify-rectification':
      m.at = command.accepted ? 'revisiting' : 'rectifying';
      return;
    case 'record-revisit':
      if (command.satisfied) return end(m, 'satisfied');
      m.at = 'negotiating';
      return;
    case 'approve':
      m.decided = true;
      m.dispute = command.committee === true;
      for (const id of (command.departments as string[] | undefined) ?? []) m.departments[id] = 'asked';
      return;
    case 'reject':
      return end(m, 'rejected');
    case 'acknowledge':
      m.departments[department] = 'acknowledged';
      return;
    case 'raise-dispute':
      m.departments[department] = 'disputing';
      m.dispute = true;
      return;
    case 'record-ruling':
      for (const [id, state] of Object.entries(m.departments))
        if (id !== department && state !== 'delivered') m.departments[id] = 'released';
      m.departments[department] = 'acknowledged';
      m.dispute = false;
      return;
    case 'deliver-result':
      m.departments[department] = 'delivered';
      return;
    case 'tell-customer':
      if (command.accepted) return end(m, 'resolved');
      return sendBack(m, 'cooperating');
  }
}

function sendBack(m: Model, to: string): void {
  if (m.process === 'complaint') {
    m.at = to as Model['at'];
    if (to === 'investigating') m.liability = null;
  }
  Object.assign(m, { resolved: false, unhappy: false });
  for (const id of Object.keys(m.departments))
    if (m.departments[id] === 'delivered') m.departments[id] = 'acknowledged';
}

function end(m: Model, how: NonNullable<Model['ended']>): void {
  m.ended = how;
  m.waiting = false;
  m.held = false;
  if (how !== 'satisfied') m.after = 'gone';
}

/** What every list should show, once somebody has the ticket. */
export function status(m: Model): string {
  if (m.ended !== null) {
    if (m.after === 'following-up') return 'follow-up';
    return m.ended === 'resolved' ? 'resolved' : 'closed';
  }
  if (m.escalated) return 'escalated';
  if (m.held) return 'on-hold';
  if (m.waiting) return 'waiting-customer';
  if (m.process === 'consultation' && m.unhappy) return 'follow-up';
  if (!m.received) return 'awaiting-receipt';
  if (m.process === 'consultation' && m.resolved) return 'awaiting-confirmation';
  if (m.process === 'complaint' && m.at === 'consenting') return 'awaiting-confirmation';
  if (m.process === 'escalation' && m.decided && !m.dispute && allDelivered(m)) return 'awaiting-confirmation';
  return 'in-progress';
}
