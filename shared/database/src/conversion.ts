import { eq, sql } from 'drizzle-orm';
import type { ConvertInput } from '@duban/contracts';
import type { Executor } from './connection';
import { StepNotWritten } from './linked';
import { findCategory } from './people';
import { tickets } from './schema';
import { type StepRow, findStep } from './steps';
import { type TicketRow, findTicket } from './tickets';

/** The kind of matter it begins as, where the step that converted it says nothing of it. */
const firstTypes: Record<string, string> = {
  complaint: 'service',
  'after-sales': 'other',
  fault: 'other',
  'technical-support': 'other',
};

/**
 * Makes a ticket's row that of another process (issue 5, section 9): process, type, category and group change, what the
 * step tells joins the form; number, customer, links and history stay. Again for the same step, nothing more happens.
 * @throws StepNotWritten while the publication that writes the step is on its way
 */
export async function convertTicketRow(tx: Executor, { ticket: number, stepId, to }: ConvertInput): Promise<TicketRow> {
  const [before, step] = [await findTicket(tx, number), await findStep(tx, stepId)];
  if (!before || !step) throw new StepNotWritten({ stepId, origin: number });
  if ((before.form as { convertedBy?: string }).convertedBy === stepId) return before;
  const { category: id } = step.command as { category: string };
  const wanted = await findCategory(tx, id);
  const category = wanted?.process === to ? wanted : undefined;
  const [row] = await tx
    .update(tickets)
    .set({
      ...{
        process: to,
        type: firstTypes[to] ?? before.type,
        category: category?.id ?? before.category,
        group: category?.group ?? before.group,
      },
      form: sql`${tickets.form} || ${JSON.stringify(formOf(step, before))}::jsonb`,
    })
    .where(eq(tickets.number, number))
    .returning();
  return row!;
}

function formOf({ id, command, material }: StepRow, { process }: TicketRow) {
  const { to: _, category: __, occurredAt, ...codes } = command as Record<string, unknown>;
  const at = typeof occurredAt === 'number' ? { occurredAt: new Date(occurredAt).toISOString() } : {};
  return { ...codes, ...at, ...(material as object), convertedBy: id, convertedFrom: process };
}
