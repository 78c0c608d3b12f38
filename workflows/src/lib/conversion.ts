import { makeContinueAsNewFunc, upsertSearchAttributes } from '@temporalio/workflow';
import { type Process, type TicketStart, searchAttributes, workflowTypeOf } from '@duban/contracts';
import { books, conversions } from './activities';
import { type Running, windDown } from './closing';
import type { Ticket } from './ticket';

/**
 * The ticket goes on as another process: same number, same workflow id, same history, the customer's link, the time
 * its clocks have used (issue 5, section 9). What belongs to the process left behind ends here.
 */
export async function convertTicket(
  ticket: Ticket,
  { to, stepId }: { to: Process; stepId: string },
  parts: Running,
): Promise<never> {
  const { start, state } = ticket;
  const next = await conversions.convertTicket({ ticket: start.ticket, stepId, to });
  if (next.group !== state.group) Object.assign(state, { group: next.group, handler: null, received: false });
  await windDown(ticket, parts);
  await parts.books.close();
  while (ticket.unpublished()) await books.publish(ticket.takePublication()); // a signal may come meanwhile
  upsertSearchAttributes([
    { key: searchAttributes.process, value: to },
    { key: searchAttributes.type, value: next.type },
  ]);
  const { handler: _, resume: __, application: ___, ...same } = start;
  const carried = ticket.carry(stepId);
  return makeContinueAsNewFunc<(start: TicketStart) => Promise<never>>({ workflowType: workflowTypeOf(to) })({
    ...same,
    ...next,
    process: to,
    waitedMs: 0,
    carried,
  });
}
