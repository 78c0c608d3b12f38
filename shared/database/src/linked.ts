import { createHash } from 'node:crypto';
import type { Actor, CreateLinkedInput, Process } from '@duban/contracts';
import type { Executor } from './connection';
import { findCustomer } from './customers';
import { findCategory, listCategories } from './people';
import { activePolicy } from './policies';
import { wakeRelay } from './projection';
import { findServiceKind } from './service-kinds';
import { type StepRow, findStartStep, findStep } from './steps';
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
const KEPT_FACTS = [
  'identity',
  'identityMethod',
  'liability',
  'side',
  'substantiated',
  'department',
  'groupLead',
  'groupMembers',
  'evidence',
];

const linkKinds = {
  escalation: { kind: 'escalates-to', inverse: 'escalated-from' },
  reopened: { kind: 'reopened-as', inverse: 'reopens' },
  business: { kind: 'followed-by', inverse: 'follows' },
  'follow-up-ticket': { kind: 'followed-by', inverse: 'follows' },
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
    ...(await particulars[input.kind](tx, origin, step, input)),
  });
  await linkTickets(tx, { ticket: input.origin, other: number, key: input.key, ...linkKinds[input.kind] });
  await wakeRelay(tx);
  return number;
}

type Particular = Pick<NewTicket, 'process' | 'type' | 'content' | 'form' | 'extras'> &
  Partial<Pick<NewTicket, 'subject' | 'category' | 'group' | 'priority'>>;

const particulars: Record<
  CreateLinkedInput['kind'],
  (tx: Executor, origin: TicketRow, step: StepRow, input: CreateLinkedInput) => Promise<Particular> | Particular
> = {
  escalation: (_tx, origin, step) => escalationOf(origin, step),
  reopened: (tx, origin) => reopenedOf(tx, origin),
  business: (tx, origin, step) => businessOf(tx, origin, step),
  'follow-up-ticket': (tx, origin, step, input) => followUpOf(tx, origin, step, input.process ?? 'consultation'),
};

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

/** Another business of the same customer (B1), begun by whoever asked; who the customer is need not be asked again. */
async function businessOf(tx: Executor, origin: TicketRow, step: StepRow): Promise<Particular> {
  const command = step.command as { service: string; category: string };
  const { content, form } = step.material as { content?: string; form?: Record<string, unknown> };
  const [service, category] = [await findServiceKind(tx, command.service), await findCategory(tx, command.category)];
  if (!service || !category) throw new Error(`there is no business ${command.service} or category ${command.category}`);
  const { identity, identityMethod } = origin.snapshot?.facts ?? {};
  const known = identity === 'passed' && (service.identity !== 'document' || identityMethod === 'document');
  const actor = step.actor as Actor;
  return {
    ...{ process: 'acceptance', type: service.business, subject: service.nameZh, content: content ?? service.nameZh },
    ...{ category: category.id, group: category.group, priority: category.priority },
    form: { service: service.id, form: form ?? {} },
    extras: {
      ...(actor.kind === 'staff' ? { handler: actor.id } : {}),
      origin: { ticket: origin.number, kind: 'follows' },
      acceptance: { service: service.id, business: service.business, identity: service.identity },
      ...(known ? { resume: { stage: 'handling', facts: { identity, identityMethod: identityMethod ?? null } } } : {}),
    },
  };
}

/** A new problem, a need or a low score that a revisit brought to light (R1), in its own words where there are any. */
async function followUpOf(tx: Executor, origin: TicketRow, step: StepRow, process: Process): Promise<Particular> {
  const { category: wanted } = step.command as { category?: string };
  const { need } = step.material as { need?: string };
  const all = (await listCategories(tx)).filter((one) => one.process === process && one.active);
  const category = all.find(({ id }) => id === wanted) ?? all[0];
  if (!category) throw new Error(`no category of ${process} is there for the follow-up of ${origin.number}`);
  return {
    ...{ process, type: process === 'complaint' ? 'service' : 'business', content: need ?? origin.subject, form: {} },
    ...{ category: category.id, group: category.group, priority: category.priority },
    extras: { origin: { ticket: origin.number, kind: 'follows' } },
  };
}

/** A copy that begins where the promise broke, with the person who had it. */
async function reopenedOf(tx: Executor, origin: TicketRow): Promise<Particular> {
  const begun = (await findStartStep(tx, origin.number))?.command as StartExtras | undefined;
  const facts = Object.fromEntries(
    Object.entries(origin.snapshot?.facts ?? {}).filter(([name]) => KEPT_FACTS.includes(name)),
  );
  const settledBefore = origin.process === 'complaint' && typeof facts.liability === 'string';
  const stage = origin.process !== 'complaint' ? 'handling' : settledBefore ? 'negotiating' : 'investigating';
  const extras: StartExtras = {
    ...(origin.handler === null ? {} : { handler: origin.handler }),
    origin: { ticket: origin.number, kind: 'reopens' },
    resume: { stage, facts },
    ...(begun?.acceptance ? { acceptance: begun.acceptance } : {}),
  };
  return {
    process: origin.process as NewTicket['process'],
    type: origin.type,
    content: origin.content,
    form: origin.form as Record<string, unknown>,
    extras,
  };
}
