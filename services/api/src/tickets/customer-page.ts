import { type Process, changeLabels, clockLabels, customerActor, gradeLabels, mayTake, stepOf } from '@duban/contracts';
import {
  type LinkPurpose,
  type TicketRow,
  faultOf,
  findCustomerLink,
  findTicket,
  recordFailure,
  secretHash,
  timelineOf,
} from '@duban/database';
import { assertNotThrottled, throttleKey } from '../auth/throttle';
import type { Deps } from '../deps';
import { type Locale, labelIn } from '../http/locale';
import { problems } from '../http/problems';
import { stepLabel, wordsOf } from './presentation';
import { seenBy } from './references';
import { stepJsonSchema } from './step-schema';

/** Steps whose text is meant for the customer, and the field that holds it. */
const TOLD: Record<string, string> = {
  reply: 'text',
  'report-progress': 'text',
  'tell-progress': 'text',
  resolve: 'result',
  'complete-business': 'result',
  'customer-replied': 'text',
};
const SHOWN = new Set(['started', 'assigned', 'closed', 'withdrawn']);

/**
 * The ticket behind a customer's link (G9, G12). A wrong or expired secret is 404 and counts against its address;
 * too many are 429.
 */
export async function ticketOfLink(
  { token, purpose, address }: { token: string; purpose: LinkPurpose; address: string },
  deps: Deps,
): Promise<TicketRow> {
  const key = throttleKey(deps, 'link', address);
  await assertNotThrottled(deps, [key]);
  const link = await findCustomerLink(deps.db, secretHash(token), purpose);
  const ticket = link && (await findTicket(deps.db, link.ticket));
  if (ticket) return ticket;
  await recordFailure(deps.db, [key]);
  throw problems.notFound();
}

/** What a customer sees of their own ticket: no staff, no departments, no internal notes. */
export async function progressView(ticket: TicketRow, locale: Locale, deps: Deps) {
  const { db } = deps;
  const rows = await timelineOf(db, ticket.number);
  // Between departments an escalation's progress is internal; the customer is told by `tell-progress`.
  const told = ticket.process === 'escalation' ? { ...TOLD, 'report-progress': '' } : TOLD;
  const entries = rows.flatMap(({ entry, step }) => {
    const at = entry.at;
    if (SHOWN.has(entry.kind)) return [{ at, label: labelIn(changeLabels, entry.kind, locale), text: null }];
    const field = entry.kind === 'step' && step ? told[step.name] : undefined;
    if (!field || !step) return [];
    const text = (step.material as Record<string, unknown>)[field];
    return [{ at, label: stepLabel(step.name, locale), text: typeof text === 'string' ? text : null }];
  });
  const next = ticket.snapshot?.clocks.find(
    ({ name, state }) => state === 'running' && (name === 'progress' || name === 'customer-progress'),
  );
  const { number, subject, createdAt, closedAt, status, process } = ticket;
  const { statusLabel, processLabel, stageLabel } = wordsOf(ticket, locale);
  return {
    ...{ number, subject, createdAt, closedAt, status, process, statusLabel, processLabel, stageLabel },
    nextNewsBy: next ? { label: labelIn(clockLabels, next.name, locale), at: new Date(next.dueAt) } : null,
    entries,
    fault: ticket.process === 'fault' ? await knownCause(ticket, deps) : null,
    steps: customerSteps(ticket, locale),
  };
}

/** The announced fault that the customer waits for, in its own words (F1). */
async function knownCause(ticket: TicketRow, { db }: Deps) {
  const fault = typeof ticket.snapshot?.facts.announcement === 'string' ? await faultOf(db, ticket.number) : undefined;
  if (!fault) return null;
  const { title, cause, progress, expectedAt, state } = fault;
  return { title, cause, progress, expectedAt, over: state !== 'open' };
}

/** What the customer may do now, with the form of each. */
export function customerSteps(ticket: TicketRow, locale: Locale) {
  return (ticket.snapshot?.openSteps ?? []).flatMap((step) => {
    const definition = stepOf(ticket.process as Process, step);
    if (!definition || !mayTake(definition, customerActor, seenBy(ticket))) return [];
    return [{ step, label: definition.label[locale], schema: stepJsonSchema(definition) }];
  });
}

const SURVEY = 'submit-survey';
const SCORED = ['efficiency', 'attitude', 'solution'] as const;

/** What the survey page shows: grades, items with a score and remarks of their own, and whether it is still open (G12). */
export function surveyView(ticket: TicketRow, locale: Locale) {
  const { number, subject, closedAt, snapshot } = ticket;
  const survey = customerSteps(ticket, locale).find(({ step }) => step === SURVEY);
  const answered = typeof snapshot?.facts.surveyGrade === 'string';
  const { command } = stepOf('consultation', SURVEY)!;
  return {
    ...{ number, subject, closedAt, open: survey !== undefined, comment: 'comment', schema: survey?.schema ?? null },
    state: survey ? 'open' : answered ? 'answered' : 'over',
    grades: Object.entries(gradeLabels).map(([value, label]) => ({ value, label: label[locale] })),
    items: SCORED.map((name) => ({
      ...{ name, label: command[name]!.label[locale], comment: `${name}Comment`, min: 1, max: 5 },
    })),
  };
}
