import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { type Actor, type Snapshot, type StepAnswer, refusalOf, stepTables } from '@duban/contracts';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { type TestCentre, openCentre } from '../support/centre';
import {
  type Attempt,
  type Model,
  type Modelled,
  apply,
  modelled,
  newModel,
  openSteps,
  refused,
  stageOf,
  status,
} from './model';
import { HOUR, systemOf } from './support';

/** More with MODEL_BATCHES; each batch is ten sequences at a time. */
const BATCHES = Number(process.env.MODEL_BATCHES ?? 20);
const AT_ONCE = 10;

let c: TestCentre;
/** Always open: what others are merged into. */
let harbour: string;

beforeAll(async () => {
  c = await openCentre();
  harbour = await c.people.register('CS001', exampleIntakes.consultation(0));
}, 120_000);
afterAll(() => c?.close(), 60_000);

/** Raw choices; what they mean depends on what is open when their turn comes. */
const choice = fc.record({ pick: fc.nat(1000), detail: fc.nat(1000), mischief: fc.nat(9) });
const sequence = fc.record({
  process: fc.constantFrom(...modelled),
  choices: fc.array(choice, { minLength: 8, maxLength: 16 }),
});

const ESCALATION_ENDS = '(the escalation ends)';
const departments = ['TECH', 'FIN', 'OPS'];

function attemptOf(m: Model, { pick, detail, mischief }: { pick: number; detail: number; mischief: number }): Attempt {
  const all = Object.keys(stepTables[m.process]);
  const open = openSteps(m);
  // Leaving early is possible, but rare, or no sequence would get anywhere.
  const onward = open.filter(
    (step) => !['withdraw', 'merge', 'reject', 'reopen', 'cancel'].includes(step) || detail % 7 === 0,
  );
  if (m.escalated && m.ended === null && pick % 3 === 0) return { step: ESCALATION_ENDS, command: {} };
  const from = mischief < 2 || onward.length === 0 ? all : onward;
  const step = from[pick % from.length]!;
  return { step, command: commandFor(m, step, detail) };
}

function commandFor(m: Model, step: string, detail: number): Record<string, unknown> {
  const yes = detail % 3 !== 0;
  const department = departments[detail % departments.length]!;
  const later = Date.now() + 20 * HOUR;
  const liability = yes && m.liability ? m.liability : 'agent-error';
  const commands: Record<string, Record<string, unknown>> = {
    reply: { channel: 'phone' },
    'hand-over': yes
      ? { to: 'department', department, problemType: 'billing', urgency: 'normal' }
      : { to: 'supervisor', problemType: 'other', urgency: 'urgent' },
    'request-help': { department },
    'give-help': { department: m.help[0] ?? department },
    'withdraw-help': { department: m.help[0] ?? department },
    'move-policy': { to: yes ? 'hotline:1' : 'manual:1' },
    convert: { to: 'complaint', category: 'attitude' },
    'extend-clock': { clock: 'nothing', dueAt: later },
    skip: { stage: stageOf(m) === 'gone' ? 'surveying' : stageOf(m) },
    'send-back': { to: ['handling', 'investigating', 'negotiating', 'rectifying', 'cooperating'][detail % 5] },
    reassign: { to: yes ? 'CS005' : 'CS006' },
    escalate: { reasonKind: 'other', departments: [department] },
    'confirm-with-customer': { satisfied: yes },
    'submit-survey': { grade: yes ? 'satisfied' : 'dissatisfied', attitude: (detail % 5) + 1 },
    'record-follow-up': { settled: yes },
    merge: { into: harbour },
    'form-group': { lead: 'SV001', members: ['TS001'] },
    'add-evidence': { kind: 'chat' },
    'submit-report': {
      liability: ['agent-error', 'system-fault', 'process-defect', 'external-factor'][detail % 4],
      side: 'service',
      substantiated: yes,
    },
    'propose-solution': { liability, apologyBy: 'SV001', compensation: 'coupon', dueAt: later },
    'record-consent': yes ? { accepted: true, form: 'voice', evidence: 'm-1' } : { accepted: false, form: 'written' },
    'verify-rectification': { accepted: yes },
    'record-revisit': { satisfied: yes, effective: yes },
    approve: detail % 5 === 0 ? { committee: true } : { departments: yes ? ['TECH', 'FIN'] : ['TECH'] },
    acknowledge: { department, rank: 'manager', expectedAt: later },
    'tell-progress': { form: 'phone' },
    'raise-dispute': { department },
    'record-ruling': { department, dueAt: later },
    'deliver-result': { department },
    'tell-customer': { accepted: yes, form: 'phone' },
  };
  return commands[step] ?? {};
}

const staff = (id: string, ...roles: Actor['roles']): Actor => ({ kind: 'staff', id, roles, departments: [] });
const customer: Actor = { kind: 'customer', id: 'customer', roles: [], departments: [] };
const supervisor = staff('SV001', 'supervisor');

/** Somebody who may take the step. */
function actorFor(step: string, command: Record<string, unknown>, now: Snapshot): Actor {
  if (step === 'submit-survey') return customer;
  if (step === 'record-ruling') return staff('CM001', 'committee-member');
  if (['acknowledge', 'raise-dispute', 'deliver-result', 'give-help'].includes(step))
    return systemOf(String(command.department));
  if (step === 'confirm-receipt' || step === 'request-answer' || step === 'resolve' || step === 'confirm-with-customer')
    return staff(now.handler ?? 'CS001', 'agent');
  return step === 'provide-answer'
    ? staff('TL001', 'team-leader')
    : { ...supervisor, id: now.handler ?? 'SV001', roles: ['supervisor', 'agent'] };
}

async function take(n: string, { step, command }: Attempt, now: Snapshot): Promise<string | null> {
  const stepId = randomUUID();
  const request = { stepId, actor: actorFor(step, command, now), command, waitedMs: 0, origin: 'client' };
  try {
    await c.client.workflow
      .getHandle(n)
      .executeUpdate<StepAnswer, [object]>(step, { updateId: stepId, args: [request] });
    return null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'closed';
    const refusal = error instanceof WorkflowUpdateFailedError ? refusalOf(error) : null;
    if (!refusal) throw error;
    return refusal.code;
  }
}

/** The workflow's own answer, once everything it has asked for is there. */
async function settled(n: string, m: Model): Promise<Snapshot> {
  for (const end = Date.now() + 30_000; ;) {
    const now = await c.state(n);
    const escalationSettled = m.escalated === now.links.some((link) => link.kind === 'escalates-to' && link.open);
    if (m.ended !== null || (now.handler !== null && (escalationSettled || m.process === 'escalation'))) return now;
    if (Date.now() > end) throw new Error(`${n} does not settle: ${JSON.stringify(now)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function endEscalation(n: string): Promise<void> {
  const { links } = await c.state(n);
  const linked = links.find((link) => link.kind === 'escalates-to' && link.open)!.ticket;
  for (const end = Date.now() + 20_000; ;) {
    const outcome = await take(linked, { step: 'withdraw', command: {} }, { handler: 'SV001' } as Snapshot);
    if (outcome === null) return;
    // The relay starts it a moment after it was created.
    if (Date.now() > end) throw new Error(`the escalation ${linked} cannot be withdrawn: ${outcome}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

let registered = 0;
let taken = 0;
let turnedDown = 0;

async function walk({
  process,
  choices,
}: {
  process: Modelled;
  choices: Array<{ pick: number; detail: number; mischief: number }>;
}) {
  const m = newModel(process);
  const n = await c.people.register('CS001', exampleIntakes[process](registered++));
  for (const end = Date.now() + 30_000; ;) {
    const started = await c.state(n).catch(() => null);
    if (started && (await settled(n, m))) break;
    if (Date.now() > end) throw new Error(`${n} was not started`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const story: string[] = [];
  for (const one of choices) {
    const now = await settled(n, m);
    if (m.after !== 'gone') {
      expect({ story, open: [...now.openSteps].sort() }).toEqual({ story, open: openSteps(m) });
      expect({ story, status: now.status }).toEqual({ story, status: status(m) });
    }
    const attempt = attemptOf(m, one);
    story.push(`${attempt.step} ${JSON.stringify(attempt.command)}`);
    if (attempt.step === ESCALATION_ENDS) {
      await endEscalation(n);
      m.escalated = false;
      continue;
    }
    const expected = refused(m, attempt);
    const refusal = await take(n, attempt, now);
    expect({ story, refused: refusal !== null, why: expected ? refusal : null }).toEqual({
      story,
      refused: expected,
      why: expected ? refusal : null,
    });
    if (refusal === null) {
      apply(m, attempt);
      taken++;
    } else turnedDown++;
  }
}

describe('random sequences of steps against a model written apart', () => {
  it(`C1–C3, K1–K5, E1–E5: ${BATCHES * AT_ONCE} sequences, no divergence`, async () => {
    const batch = fc.array(sequence, { minLength: AT_ONCE, maxLength: AT_ONCE });
    await fc.assert(
      fc.asyncProperty(batch, async (sequences) => void (await Promise.all(sequences.map(walk)))),
      { numRuns: BATCHES, endOnFailure: true },
    );
    console.log(`${registered} sequences: ${taken} steps taken, ${turnedDown} refused`);
    expect(registered).toBeGreaterThanOrEqual(BATCHES * AT_ONCE);
    expect(taken).toBeGreaterThan(registered * 3);
    expect(turnedDown).toBeGreaterThan(registered / 4);
  }, 900_000);
});
