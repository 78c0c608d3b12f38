import type { Intake } from '@duban/contracts/schemas';
import {
  type Customer,
  type TicketRow,
  type Transaction,
  activePolicy,
  attachToFault,
  createTicket,
  existingIds,
  findCategory,
  findCustomer,
  findStep,
  findCustomerClass,
  findTicket,
  holdCustomer,
  knownScopes,
  matchCustomer,
  raisedPriority,
} from '@duban/database';
import { Problem } from '@duban/platform';
import { acceptanceOf, checkAcceptance } from '../business/acceptance';
import { bodyHashOf, stepIdFor } from '../delivery';
import type { Deps } from '../deps';
import { type FieldError, invalidFields, problems } from '../http/problems';
import type { Caller } from '../http/route';
import { type Beginning, beginningOf } from './beginnings';
import { normalizePhone } from './phone';
import { holdSources, tieSources } from './sources';

const ROUTE = '/api/v1/tickets';

/**
 * Takes a ticket in: number and `start` step are committed together, once for all requests under one key (G3; design
 * 1), and the ticket is answered before its workflow is started: nobody is turned away because Temporal is down.
 * Throws 422 with field errors, or where the key was used for another body; 503 without a policy.
 */
export async function takeIn(
  intake: Intake,
  key: string,
  caller: Caller,
  trace: string,
  deps: Deps,
): Promise<TicketRow> {
  const { actor } = caller;
  const stepId = stepIdFor(actor.id, 'POST', ROUTE, key);
  const bodyHash = bodyHashOf(intake);
  const before = await repeated(stepId, bodyHash, deps);
  if (before) return before;
  const { phone, category, business } = await checked(intake, deps);
  const policy = await activePolicy(deps.db);
  if (!policy) throw new Problem(503, 'no-policy', { zh: '尚未发布时限策略', en: 'No policy has been published yet' });
  try {
    const number = await deps.db.transaction(async (tx) => {
      const customer = await customerFor(tx, intake, phone);
      const { process, channel, subject, content, priority, category: _, customer: __, ...more } = intake;
      const { call, conversation, ...form } = more;
      const bump = (await findCustomerClass(tx, customer.class))?.priorityBump ?? 0;
      const sources = await holdSources(tx, { call, conversation }, customer);
      const begins: Beginning = business ?? (await beginningOf(tx, intake, category));
      const type = 'type' in intake ? intake.type : business!.type;
      const made = await createTicket(tx, {
        ...{ stepId, bodyHash, actor, origin: 'api', process, type, channel, subject, content, trace },
        form: { ...form, ...begins.form },
        category: category.id,
        group: category.group,
        priority: priority ?? raisedPriority(category.priority, bump),
        customer,
        policy,
        ...(begins.extras ? { extras: begins.extras } : {}),
      });
      if (begins.extras?.fault) await attachToFault(tx, { ...begins.extras.fault, ticket: made, how: 'intake' });
      await tieSources(tx, sources, made, customer);
      return made;
    });
    // Not awaited: the number is what was promised; the relay brings it to Temporal if this does not.
    void deps.delivery.startTicket(number);
    return (await findTicket(deps.db, number))!;
  } catch (error) {
    // The same request may have come in meanwhile, with the same call or conversation.
    const earlier = await repeated(stepId, bodyHash, deps);
    if (earlier) return earlier;
    throw error;
  }
}

async function repeated(stepId: string, bodyHash: string, { db }: Deps): Promise<TicketRow | undefined> {
  const step = await findStep(db, stepId);
  if (!step) return undefined;
  if (step.bodyHash !== bodyHash) throw problems.otherBody();
  return findTicket(db, step.ticket);
}

/** What the form's schema cannot know; everything that is wrong is told at once (G2). */
async function checked(intake: Intake, { db }: Deps) {
  const errors: FieldError[] = [];
  const category = await findCategory(db, intake.category);
  if (!category?.active) errors.push({ field: 'category', code: 'unknown-id' });
  else if (category.process !== intake.process) errors.push({ field: 'category', code: 'wrong-process' });
  const { customer } = intake;
  if ('id' in customer && !(await findCustomer(db, customer.id)))
    errors.push({ field: 'customer.id', code: 'unknown-id' });
  const given = 'phone' in customer ? customer.phone : undefined;
  const phone = given === undefined ? null : normalizePhone(given);
  if (given !== undefined && phone === null) errors.push({ field: 'customer.phone', code: 'phone' });
  const skills = intake.skills ?? [];
  const knownSkills = await existingIds(db, 'skill', skills);
  skills.forEach((id, i) => {
    if (!knownSkills.has(id)) errors.push({ field: `skills.${i}`, code: 'unknown-id' });
  });
  if (intake.expectedAt && Date.parse(intake.expectedAt) <= Date.now())
    errors.push({ field: 'expectedAt', code: 'in-the-past' });
  if (intake.process === 'escalation') {
    const known = await existingIds(db, 'department', intake.departments);
    intake.departments.forEach((id, i) => {
      if (!known.has(id)) errors.push({ field: `departments.${i}`, code: 'unknown-id' });
    });
  }
  if (intake.process === 'fault')
    for (const kind of ['area', 'service'] as const)
      if (!(await knownScopes(db, kind, [intake[kind]])).size) errors.push({ field: kind, code: 'unknown-id' });
  const accepted = intake.process === 'acceptance' ? await checkAcceptance(db, intake) : undefined;
  errors.push(...(accepted?.errors ?? []));
  if (errors.length || !category) throw invalidFields(errors);
  return { phone, category, business: accepted?.service && acceptanceOf(accepted.service, accepted.form) };
}

async function customerFor(tx: Transaction, { customer }: Intake, phone: string | null): Promise<Customer> {
  if ('id' in customer) {
    const held = await holdCustomer(tx, customer.id);
    if (!held) throw invalidFields([{ field: 'customer.id', code: 'unknown-id' }]);
    return held;
  }
  if ('anonymous' in customer) return matchCustomer(tx, { anonymous: true, phone });
  const { name, title, email, locale } = customer;
  return matchCustomer(tx, { name, title, email, locale, phone });
}
