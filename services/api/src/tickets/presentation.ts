import {
  type ChangeKind,
  type Choice,
  type Snapshot,
  type TaskState,
  changeLabels,
  choiceText,
  clockLabels,
  processLabels,
  stageLabels,
  statusLabels,
  stepNamed,
  taskStateLabels,
} from '@duban/contracts';
import type { Customer, ListedTicket, TicketRow, linksOf, timelineOf, waitingSteps } from '@duban/database';
import { type Locale, labelIn } from '../http/locale';
import { type Directory, categoryName, personIn } from './directory';
import { maskDeep } from './mask-deep';
import { maskEmail, maskMaterial, maskPhone } from './masking';
import { type Names, ownerName, taskName, wordsInData } from './words';

const iso = (ms: number) => new Date(ms).toISOString();

/** Status, stage and process in the reader's language. */
export function wordsOf(state: { process: string; status: string; stage: string }, locale: Locale) {
  return {
    processLabel: labelIn(processLabels, state.process, locale),
    statusLabel: labelIn(statusLabels, state.status, locale),
    stageLabel: labelIn(stageLabels, state.stage, locale),
  };
}

/** One row of a list; telephone numbers are always masked there (P4). */
export function listedView(row: ListedTicket, directory: Directory, locale: Locale) {
  const { customerId, customerName, customerPhone, ...rest } = row;
  return {
    ...rest,
    ...wordsOf(row, locale),
    categoryName: categoryName(directory, row.category, locale),
    handlerName: personIn(directory, row.handler)?.name ?? null,
    customer: { id: customerId, name: customerName, phone: maskPhone(customerPhone) },
  };
}

/** Everything about one ticket, for one reader; `full` shows telephone and e-mail as they are. */
export function ticketView(
  rows: {
    ticket: TicketRow;
    customer: Customer;
    links: Awaited<ReturnType<typeof linksOf>>;
    waiting: Awaited<ReturnType<typeof waitingSteps>>;
  },
  { names, locale, full }: { names: Names; locale: Locale; full: boolean },
) {
  const { ticket, customer, waiting } = rows;
  const { directory } = names;
  const { snapshot } = ticket;
  // The table knows whether the other one is open; the process knows of links that have no row (a merge).
  const known = new Set(rows.links.map((link) => link.ticket));
  const links = [...rows.links, ...(snapshot?.links ?? []).filter((link) => !known.has(link.ticket))];
  const category = directory.categories.get(ticket.category);
  return {
    ...pick(ticket, ['number', 'process', 'type', 'category', 'priority', 'channel', 'subject', 'content']),
    form: full ? ticket.form : maskDeep(ticket.form),
    ...pick(ticket, ['createdBy', 'createdAt', 'revision', 'status', 'stage', 'outcome', 'group', 'overdue']),
    ...pick(ticket, ['nearlyOverdue', 'breaches', 'nextDueAt', 'closedAt', 'archived']),
    ...wordsOf(ticket, locale),
    categoryName: categoryName(directory, ticket.category, locale),
    usualSolution: category?.usualSolution ?? null,
    customer: {
      ...pick(customer, ['id', 'name', 'title', 'class', 'anonymous']),
      phone: full ? customer.phone : maskPhone(customer.phone),
      email: full ? customer.email : maskEmail(customer.email),
      masked: !full,
    },
    policy: { id: ticket.policy, version: ticket.policyVersion },
    handler: ticket.handler,
    handlerName: personIn(directory, ticket.handler)?.name ?? null,
    supporters: ticket.supporters.map((id) => personIn(directory, id)),
    departments: (snapshot?.departments ?? []).map(({ id, state, expectedAt }) => ({
      id,
      name: directory.departments.get(id)?.[locale] ?? id,
      state,
      ...(expectedAt ? { expectedAt: iso(expectedAt) } : {}),
    })),
    clocks: (snapshot?.clocks ?? []).map((clock) => clockView(clock, names, locale)),
    ...(ticket.process === 'emergency' ? { tasks: tasksView(snapshot, names, locale) } : {}),
    urges: snapshot?.urges ?? 0,
    openSteps: snapshot?.openSteps ?? [],
    snapshot,
    facts: snapshot?.facts ?? {},
    links,
    waiting: waiting.map(({ id, step, state, takenAt }) => ({
      ...{ id, step, state, takenAt },
      label: stepLabel(step, locale),
    })),
  };
}

function pick<T, K extends keyof T>(from: T, keys: K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}

function clockView(clock: Snapshot['clocks'][number], names: Names, locale: Locale) {
  const { key, name, department, about, state, warned, promised, extendedFrom } = clock;
  return {
    ...{ key, name, department, state, warned },
    label: labelIn(clockLabels, name, locale),
    ...(about === undefined ? {} : { about: { id: about, words: taskName(about, names, locale) } }),
    startedAt: iso(clock.startedAt),
    dueAt: iso(clock.dueAt),
    ...(promised ? { promised } : {}),
    ...(extendedFrom === undefined ? {} : { extendedFrom: iso(extendedFrom) }),
    ...(clock.breachedAt ? { breachedAt: iso(clock.breachedAt) } : {}),
    ...(clock.stoppedAt ? { stoppedAt: iso(clock.stoppedAt) } : {}),
  };
}

/** An emergency's checklist (U1): its workflow says how far each task is, PostgreSQL what it is and whose. */
function tasksView(snapshot: Snapshot | null, names: Names, locale: Locale) {
  const entries = snapshot?.facts.tasks;
  return (Array.isArray(entries) ? entries : []).map((entry) => {
    const [id, state] = [entry.slice(0, entry.lastIndexOf(':')), entry.slice(entry.lastIndexOf(':') + 1)];
    const owner = names.tasks.get(id)?.owner;
    const clock = snapshot?.clocks.find(({ name, about }) => name === 'task' && about === id);
    return {
      ...{ id, words: taskName(id, names, locale), state: state as TaskState },
      stateLabel: labelIn(taskStateLabels, state, locale),
      owner: owner ? ownerName(owner, names, locale) : null,
      dueAt: clock ? iso(clock.dueAt) : null,
    };
  });
}

/** A step's label; the intake's own step is the registration. */
export function stepLabel(step: string, locale: Locale): string {
  if (step === 'start') return changeLabels.started[locale];
  return stepNamed(step)?.label[locale] ?? step;
}

/** Why it was this person, where the entry says so in codes (G7). */
function explained({ kind, data }: { kind: string; data: unknown }, locale: Locale): { explanation?: string } {
  const choice = data as Partial<Choice> | null;
  return kind === 'assigned' && choice?.choice ? { explanation: choiceText(choice as Choice, locale) } : {};
}

export function timelineView(
  { entry, step }: Awaited<ReturnType<typeof timelineOf>>[number],
  names: Names,
  locale: Locale,
  full: boolean,
) {
  const data = (entry.data ?? {}) as Record<string, unknown>;
  return {
    ...pick(entry, ['revision', 'index', 'at', 'kind']),
    label: labelIn(changeLabels, entry.kind as ChangeKind, locale),
    actor: personIn(names.directory, entry.actor),
    step:
      entry.step && step
        ? {
            id: entry.step,
            name: step.name,
            label: stepLabel(step.name, locale),
            command: step.name === 'start' ? {} : (step.command as Record<string, unknown>),
            material: maskMaterial(step.material as Record<string, unknown>, full),
          }
        : null,
    data,
    words: wordsInData({ kind: entry.kind, data }, names, locale),
    ...explained(entry, locale),
  };
}
