import { priorities, processes, statuses } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import { type ListFilter, type ListedTicket, listTickets } from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import { type Cursor, pageOf, placeOf } from '../http/cursor';
import type { Locale } from '../http/locale';
import type { Caller } from '../http/route';
import { instant } from '../http/schemas';
import { directoryOf } from './directory';
import { listedView } from './presentation';
import { grantsOf } from './visibility';

export const queues = ['todo', 'pool', 'department', 'due-soon', 'overdue', 'done', 'all'] as const;

/** The filters of a list, in a query or in a body. */
export const listSchema = z.strictObject({
  queue: z.enum(queues).default('all').meta({
    description: 'todo 待办, pool 抢单池, department 部门待办, due-soon 即将超时, overdue 已超时, done 已办, all 全部',
  }),
  status: z.enum(statuses).optional(),
  process: z.enum(processes).optional(),
  priority: z.enum(priorities).optional(),
  category: idSchema.optional(),
  handler: idSchema.optional(),
  department: idSchema.optional(),
  customer: idSchema.optional(),
  from: instant.optional(),
  to: instant.optional(),
  q: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'Number, telephone (whole or its last 4+ digits) or e-mail of any contact, or words' }),
  sort: z.enum(['newest', 'due']).default('newest'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(300).optional(),
});
export type ListQuery = z.output<typeof listSchema>;

/** One page, and the cursor of the next or null. 400 for a cursor that is not of this list. */
export async function ticketPage(query: ListQuery, caller: Caller, locale: Locale, deps: Deps) {
  const { cursor, from, to, limit, ...rest } = query;
  // 已办 is in order of number, which is the order of intake.
  const sort = query.queue === 'done' ? 'number' : query.sort;
  const filter: ListFilter = {
    ...rest,
    staff: caller.actor.id,
    departments: caller.actor.departments,
    grants: grantsOf(caller.actor),
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
    after: placeOf(cursor, sort),
    limit: limit + 1,
  };
  const [rows, directory] = await Promise.all([listTickets(deps.db, filter), directoryOf(deps.db)]);
  const { page, next } = pageOf(rows, limit, (last) => ({ at: instantOf(last, sort), number: last.number }), sort);
  return { tickets: page.map((row) => listedView(row, directory, locale)), next };
}

function instantOf({ createdAt, nextDueAt }: ListedTicket, sort: Cursor['sort']): Date | 'infinity' {
  return sort === 'due' ? (nextDueAt ?? 'infinity') : createdAt;
}
