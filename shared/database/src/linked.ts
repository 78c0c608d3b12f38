import { createHash } from 'node:crypto';
import type { Actor, CreateLinkedInput } from '@duban/contracts';
import type { Executor } from './connection';
import { findCustomer } from './customers';
import { activePolicy } from './policies';
import { wakeRelay } from './projection';
import { type StepRow, findStep } from './steps';
import {
  type NewTicket,
  type StartExtras,
  type TicketRow,
  createTicket,
  findTicket,
  linkOf,
  linkTickets,
} from './tickets';

/** What a reopened complaint goes on with; consent, solution and survey belong to the promise that broke. */
const KEPT_FACTS = ['liability', 'side', 'substantiated', 'department', 'groupLead', 'groupMembers', 'evidence'];

const linkKinds = {
  escalation: { kind: 'escalates-to', inverse: 'escalated-from' },
  reopened: { kind: 'reopened-as', inverse: 'reopens' },
} as const;

/** A step sent by signal or client has no row before a publication wrote it (design 6). */
export class StepNotWritten extends Error {
  constructor({ stepId, origin }: { stepId: string; origin: string }) {
    super(`step ${stepId} of ${origin} is not written yet`);
    this.name = 'StepNotWritten';
  }
}

/**
 * Makes the ticket that a step asked for (an escalation E1, a reopened ticket), once for each key: number, row, links
 * both ways and pending start; the relay starts its workflow.
 * @returns its number
 * @throws StepNotWritten while the publication that writes the step is on its way
 * @throws StepExists when another transaction made it meanwhile; roll back, then call again
 */
export async function createLinkedTicket(tx: Executor, input: CreateLinkedInput): Promise<string> {
  const made = await linkOf(tx, input.key);
  if (made) return made;
  const [origin, step, policy] = [
    await findTicket(tx, input.origin),
    await findStep(tx, input.stepId),
    await activePolicy(tx),
  ];
  if (!origin || !step) throw new StepNotWritten(input);
  if (!policy) throw new Error('no policy is in force');
  const customer = (await findCustomer(tx, origin.customer))!;
  const number = await createTicket(tx, {
    stepId: `l-${createHash('sha256').update(input.key).digest('base64url').slice(0, 40)}`,
    bodyHash: null,
    actor: step.actor as Actor,
    origin: 'api',
    category: origin.category,
    group: origin.group,
    priority: origin.priority,
    customer,
    channel: origin.channel,
    subject: origin.subject,
    policy: { id: policy.id, version: policy.version },
    at: new Date(input.at),
    ...(step.trace === null ? {} : { trace: step.trace }),
    ...(input.kind === 'escalation' ? escalationOf(origin, step) : reopenedOf(origin)),
  });
  await linkTickets(tx, { ticket: input.origin, other: number, key: input.key, ...linkKinds[input.kind] });
  await wakeRelay(tx);
  return number;
}

type Particular = Pick<NewTicket, 'process' | 'type' | 'content' | 'form' | 'extras'>;

/** The application form is the material of the origin's `escalate` step (E1). */
function escalationOf(origin: TicketRow, step: StepRow): Particular {
  const command = step.command as { reasonKind: string; departments?: string[]; committee?: boolean };
  const { description, ...form } = step.material as Record<string, string>;
  const application = {
    departments: command.departments ?? [],
    committee: command.committee ?? false,
    reasonKind: command.reasonKind,
  };
  const actor = step.actor as Actor;
  return {
    process: 'escalation',
    type: command.reasonKind,
    content: description ?? origin.content,
    form,
    extras: {
      ...(actor.kind === 'staff' ? { handler: actor.id } : {}),
      origin: { ticket: origin.number, kind: 'escalated-from' },
      application,
    },
  };
}

/** A copy that begins where the promise broke, with the person who had it. */
function reopenedOf(origin: TicketRow): Particular {
  const facts = Object.fromEntries(
    Object.entries(origin.snapshot?.facts ?? {}).filter(([name]) => KEPT_FACTS.includes(name)),
  );
  const settledBefore = origin.process === 'complaint' && typeof facts.liability === 'string';
  const stage = origin.process !== 'complaint' ? 'handling' : settledBefore ? 'negotiating' : 'investigating';
  const extras: StartExtras = {
    ...(origin.handler === null ? {} : { handler: origin.handler }),
    origin: { ticket: origin.number, kind: 'reopens' },
    resume: { stage, facts },
  };
  return {
    process: origin.process as NewTicket['process'],
    type: origin.type,
    content: origin.content,
    form: origin.form as Record<string, unknown>,
    extras,
  };
}
