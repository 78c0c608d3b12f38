import {
  type Actor,
  type Process,
  type Reference,
  type Refusal,
  type StepDefinition,
  partiesOf,
  stepNamed,
  stepOf,
} from '@duban/contracts';
import {
  type TicketRow,
  existingIds,
  findCategory,
  findFile,
  findMaterial,
  findPolicy,
  findServiceKind,
  findSlot,
  findTicket,
  isVisible,
} from '@duban/database';
import type { Deps } from '../deps';
import { type FieldError, invalidFields, problems } from '../http/problems';
import type { Caller } from '../http/route';
import { refusedProblem } from './refusals';
import { grantsOf } from './visibility';

/** What parties are told from; a ticket whose workflow has not answered yet has none but roles. */
export function seenBy(ticket: TicketRow) {
  return ticket.snapshot ?? { handler: null, supporters: [], departments: [], facts: {} };
}

/**
 * The row of a step in this ticket's process. Throws 409 for a step of another process, which the ticket may have been
 * of until a moment ago, and 404 for a name that none knows; `id` is what the step would have been.
 */
export function definitionOf(ticket: TicketRow, step: string, id: string): StepDefinition {
  const definition = stepOf(ticket.process as Process, step);
  if (definition) return definition;
  if (stepNamed(step)) throw refusedProblem({ code: 'not-open', detail: { step, stage: ticket.stage } }, id);
  throw problems.notFound();
}

/**
 * Every id in a step's body exists and may be used with this ticket by this caller, else 422 with its field; one that
 * the caller may not know of is answered like one that does not exist. Returns a refusal where the ids are fine but
 * their tickets are not.
 */
export async function checkReferences(
  definition: StepDefinition,
  command: Record<string, unknown>,
  ticket: TicketRow,
  caller: Caller,
  deps: Deps,
): Promise<Refusal | null> {
  const errors: FieldError[] = [];
  for (const [name, field] of Object.entries(definition.command)) {
    const value = command[name];
    if ((field.type !== 'id' && field.type !== 'ids') || value === undefined) continue;
    const ids = Array.isArray(value) ? (value as string[]) : [value as string];
    const known = await usable(field.of, ids, ticket, caller, deps);
    ids.forEach((id, i) => {
      if (!known.has(id)) errors.push({ field: field.type === 'ids' ? `${name}.${i}` : name, code: 'unknown-id' });
    });
  }
  if (errors.length) throw invalidFields(errors);
  // What a ticket is converted to is a category of that process.
  if (typeof command.category === 'string' && typeof command.to === 'string') {
    const category = await findCategory(deps.db, command.category);
    if (category?.process !== command.to) throw invalidFields([{ field: 'category', code: 'wrong-process' }]);
  }
  if (typeof command.department === 'string' && speaksForOther(definition, command.department, ticket, caller.actor))
    throw problems.notYours();
  return typeof command.into === 'string' ? mergeRefusal(command.into, ticket, deps) : null;
}

async function usable(
  of: Reference,
  ids: string[],
  ticket: TicketRow,
  caller: Caller,
  { db }: Deps,
): Promise<Set<string>> {
  if (of === 'staff' || of === 'department' || of === 'group' || of === 'category') return existingIds(db, of, ids);
  if (of === 'clock' || of === 'task' || of === 'code') return new Set(ids); // the ticket's own: its workflow refuses what it has not
  const found = await Promise.all(
    ids.map(async (id) => {
      if (of === 'policy') return isPublished(id, db);
      if (of === 'service') return (await findServiceKind(db, id))?.active ?? false;
      if (of === 'slot') return (await findSlot(db, id)) !== undefined;
      if (of === 'material')
        return Boolean(
          (await findMaterial(db, ticket.number, id)) ?? (await findFile(db, { ticket: ticket.number }, id)),
        );
      const other = await findTicket(db, id);
      return other !== undefined && isVisible(grantsOf(caller.actor), other);
    }),
  );
  return new Set(ids.filter((_, i) => found[i]));
}

/** `manual:2` names a published version. */
async function isPublished(name: string, db: Deps['db']): Promise<boolean> {
  const [, id, version] = /^(.+):(\d{1,9})$/.exec(name) ?? [];
  return id !== undefined && (await findPolicy(db, id, Number(version))) !== undefined;
}

/** Who takes part only as a department names their own in `department` (E3). */
function speaksForOther(definition: StepDefinition, department: string, ticket: TicketRow, actor: Actor): boolean {
  const parties = partiesOf(actor, seenBy(ticket));
  const as = definition.by.filter((party) => parties.has(party));
  return as.length === 1 && as[0] === 'department' && !actor.departments.includes(department);
}

async function mergeRefusal(into: string, ticket: TicketRow, { db }: Deps): Promise<Refusal | null> {
  const target = await findTicket(db, into);
  const fits =
    target && target.number !== ticket.number && target.customer === ticket.customer && target.closedAt === null;
  return fits ? null : { code: 'not-same-customer', field: 'into' };
}
