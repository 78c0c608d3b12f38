import { createHash } from 'node:crypto';
import type { Actor, CreateLinkedInput, CreateLinkedResult, Publication } from '@duban/contracts';
import {
  type Database,
  type NewTicket,
  type StartExtras,
  StepExists,
  type Transaction,
  activePolicy,
  applyPublication,
  createTicket,
  findCustomer,
  findStep,
  findTicket,
  linkOf,
  linkTickets,
  wakeRelay,
} from '@duban/database';
import { type Logger, crashPoint } from '@duban/platform';

/** What a reopened complaint goes on with; consent, solution and survey belong to the promise that broke. */
const KEPT_FACTS = ['liability', 'side', 'substantiated', 'department', 'groupLead', 'groupMembers', 'evidence'];

const linkKinds = {
  escalation: { kind: 'escalates-to', inverse: 'escalated-from' },
  reopened: { kind: 'reopened-as', inverse: 'reopens' },
} as const;

/** The orchestrator's own bookkeeping: each is one transaction and may run twice (design 7, 8). */
export function createTicketActivities({ database, log }: { database: Database; log: Logger }) {
  const { db } = database;

  return {
    /** Applies what timers, signals and activities changed in one workflow. */
    async publish(publication: Publication): Promise<void> {
      await db.transaction((tx) => applyPublication(tx, publication));
      crashPoint('effect-done');
      log.debug({ ticket: publication.ticket, revision: publication.revision }, 'published');
    },

    /**
     * Makes the ticket that a step asked for (an escalation E1, a reopened ticket), once for each key: number, row,
     * links both ways and pending start. The relay starts its workflow.
     */
    async createLinked(input: CreateLinkedInput): Promise<CreateLinkedResult> {
      const made = await linkOf(db, input.key);
      if (made) return { ticket: made };
      try {
        const ticket = await db.transaction((tx) => createLinkedTicket(tx, input));
        crashPoint('effect-done');
        log.info({ ticket: input.origin, linked: ticket, kind: input.kind }, 'linked ticket created');
        return { ticket };
      } catch (error) {
        if (!(error instanceof StepExists)) throw error;
        return { ticket: (await linkOf(db, input.key))! };
      }
    },
  };
}

async function createLinkedTicket(tx: Transaction, input: CreateLinkedInput): Promise<string> {
  const [origin, step, policy] = [
    await findTicket(tx, input.origin),
    await findStep(tx, input.stepId),
    await activePolicy(tx),
  ];
  // Sent by signal or client, the step's row is written by a publication that may still be on its way: tried again.
  if (!origin || !step) throw new Error(`step ${input.stepId} of ${input.origin} is not written yet`);
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

type Row = NonNullable<Awaited<ReturnType<typeof findTicket>>>;
type Step = NonNullable<Awaited<ReturnType<typeof findStep>>>;
type Particular = Pick<NewTicket, 'process' | 'type' | 'content' | 'form' | 'extras'>;

/** The application form is the material of the origin's `escalate` step (E1). */
function escalationOf(origin: Row, step: Step): Particular {
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
function reopenedOf(origin: Row): Particular {
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
