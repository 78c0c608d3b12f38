import { type SQL, and, asc, desc, eq, or, sql } from 'drizzle-orm';
import { type AnyPgColumn, union } from 'drizzle-orm/pg-core';
import type { Db, Executor } from './connection';
import { customersAt } from './contacts';
import { holdersOf } from './customers';
import { customers, steps, tickets } from './schema';
import { searchQuery } from './search';
import { type Grant, type Way, handledBy, textArray, visibleTo, waysTo } from './visibility';

export type Queue = 'todo' | 'pool' | 'department' | 'due-soon' | 'overdue' | 'done' | 'all';
export interface ListFilter {
  queue: Queue;
  staff: string;
  /** The caller's departments, for their queue. */
  departments: string[];
  grants: Grant[];
  status?: string;
  process?: string;
  priority?: string;
  category?: string;
  handler?: string;
  department?: string;
  customer?: string;
  from?: Date;
  to?: Date;
  q?: string;
  sort: 'newest' | 'due';
  /** Where the page before ended: instant as ISO 8601 (or `infinity`), and number. */
  after?: { at: string; number: string };
  limit: number;
}

const listed = {
  number: tickets.number,
  process: tickets.process,
  type: tickets.type,
  category: tickets.category,
  priority: tickets.priority,
  channel: tickets.channel,
  subject: tickets.subject,
  createdAt: tickets.createdAt,
  revision: tickets.revision,
  status: tickets.status,
  stage: tickets.stage,
  outcome: tickets.outcome,
  group: tickets.group,
  handler: tickets.handler,
  departments: tickets.departments,
  overdue: tickets.overdue,
  nearlyOverdue: tickets.nearlyOverdue,
  nextDueAt: tickets.nextDueAt,
  closedAt: tickets.closedAt,
  customerId: tickets.customer,
};
export type ListedTicket = Awaited<ReturnType<typeof pageOf>>[number] & {
  customerName: string | null;
  customerPhone: string | null;
};

/**
 * One page of a queue and, from each row, where the next begins. Every queue walks an index from the cursor on, so
 * page 1,000 costs what page 1 does (issue 3, section 7); customers are joined to the page only.
 */
export async function listTickets(db: Db, filter: ListFilter): Promise<ListedTicket[]> {
  const page = await pageOf(db, filter);
  const ids = [...new Set(page.map((row) => row.customerId))];
  const known = ids.length
    ? await db
        .select({ id: customers.id, name: customers.name, phone: customers.phone })
        .from(customers)
        .where(sql`${customers.id} = any(${textArray(ids)})`)
    : [];
  const byId = new Map(known.map((customer) => [customer.id, customer]));
  return page.map((row) => ({
    ...row,
    customerName: byId.get(row.customerId)?.name ?? null,
    customerPhone: byId.get(row.customerId)?.phone ?? null,
  }));
}

/** How many tickets a queue has in all; null for 已办, which is not counted. */
export async function countListed(db: Db, filter: ListFilter): Promise<number | null> {
  if (filter.queue === 'done') return null;
  const ways = waysOf(filter);
  if (ways?.length === 0) return 0;
  const visible = ways && or(...ways.map(({ is }) => is));
  const rows = await db
    .select({ n: sql<number>`count(*)::int` })
    .from(tickets)
    .where(and(visible, queueCondition(filter), await filtered(db, filter)));
  return rows[0]?.n ?? 0;
}

/** The contents of these tickets, for tables that show them whole. */
export async function contentsOf(db: Db, numbers: string[]): Promise<Map<string, string>> {
  const rows = await db
    .select({ number: tickets.number, content: tickets.content })
    .from(tickets)
    .where(sql`${tickets.number} = any(${textArray(numbers)})`);
  return new Map(rows.map(({ number, content }) => [number, content]));
}

async function pageOf(db: Db, filter: ListFilter) {
  if (filter.queue === 'done') return donePage(db, filter);
  const common = and(queueCondition(filter), await filtered(db, filter), past(filter));
  // One index walk for each way to see a ticket, merged: an OR of them could use no index in order.
  const [first, second, ...rest] = (waysOf(filter) ?? [undefined]).map((way?: Way) =>
    db
      .select(listed)
      .from(tickets)
      .where(and(way?.is, common))
      .orderBy(...(way?.small ? sorted(filter.sort) : orderOf(filter.sort, tickets)))
      .limit(filter.limit),
  );
  if (!first) return [];
  if (!second) return first;
  const merged = union(first, second, ...rest).as('merged');
  return db
    .select()
    .from(merged)
    .orderBy(...orderOf(filter.sort, merged))
    .limit(filter.limit);
}

/** Undefined when all tickets are meant. Where the queue says whose they are, they are visible to whom it is. */
function waysOf({ queue, grants, staff }: ListFilter): Way[] | undefined {
  if (queue === 'todo') return handledBy(staff);
  if (queue === 'department' && grants.some(({ kind }) => kind === 'departments')) return undefined;
  return waysTo(grants);
}

function queueCondition(filter: ListFilter): SQL | undefined {
  switch (filter.queue) {
    case 'todo':
      return sql`${tickets.closedAt} is null`;
    case 'pool':
      // Few wait, and the queue knows them: the ticket's own group may have handed it on by a rule.
      return sql`${tickets.closedAt} is null and ${tickets.number} in (
        select q.ticket from assignment_queue q
        join groups g on g.id = q.groups[1] and g.mode = 'pick-up'
        join group_members m on m.group_id = g.id and m.staff_id = ${filter.staff}
        where q.slot = 'handler' and q.role is null)`;
    case 'department':
      return sql`${tickets.closedAt} is null and ${tickets.departments} && ${textArray(filter.departments)}`;
    case 'due-soon':
      return sql`${tickets.nearlyOverdue} and not ${tickets.overdue} and ${tickets.closedAt} is null`;
    case 'overdue':
      return sql`${tickets.overdue} and ${tickets.closedAt} is null`;
    default:
      return filter.sort === 'due' ? sql`${tickets.closedAt} is null` : undefined;
  }
}

/** 已办: tickets in which the caller took a step and that are closed or somebody else's now; in order of number. */
async function donePage(db: Db, filter: ListFilter) {
  const taken = db
    .selectDistinct({ ticket: steps.ticket })
    .from(steps)
    .where(
      and(
        eq(steps.actorId, filter.staff),
        // Registering a ticket is not handling it; literals, so that the partial index is seen to fit.
        sql`${steps.state} = 'applied' and ${steps.step} <> 'start'`,
        filter.after && sql`${steps.ticket} < ${filter.after.number}`,
      ),
    )
    .orderBy(desc(steps.ticket))
    .as('taken');
  const notMine = sql`(${tickets.closedAt} is not null or ${tickets.handler} is distinct from ${filter.staff})`;
  return db
    .select(listed)
    .from(taken)
    .innerJoin(tickets, eq(tickets.number, taken.ticket))
    .where(and(notMine, await filtered(db, filter), visibleTo(filter.grants)))
    .orderBy(desc(taken.ticket))
    .limit(filter.limit);
}

const dueOrder = (from: { nextDueAt: AnyPgColumn }) => sql`coalesce(${from.nextDueAt}, 'infinity'::timestamptz)`;

function orderOf(sort: 'newest' | 'due', from: Record<'nextDueAt' | 'createdAt' | 'number', AnyPgColumn>) {
  return sort === 'due' ? [asc(dueOrder(from)), asc(from.number)] : [desc(from.createdAt), desc(from.number)];
}

/** The order of `orderOf`, said so that no index has it: PostgreSQL would guess many rows and walk all by time. */
function sorted(sort: 'newest' | 'due'): SQL[] {
  return sort === 'due'
    ? [sql`${dueOrder(tickets)} + interval '0'`, asc(tickets.number)]
    : [sql`${tickets.createdAt} + interval '0' desc`, desc(tickets.number)];
}

function past({ after, sort }: ListFilter): SQL | undefined {
  if (!after) return undefined;
  const from = sql`(${after.at}::timestamptz, ${after.number})`;
  return sort === 'due'
    ? sql`(${dueOrder(tickets)}, ${tickets.number}) > ${from}`
    : sql`(${tickets.createdAt}, ${tickets.number}) < ${from}`;
}

async function filtered(db: Db, filter: ListFilter): Promise<SQL | undefined> {
  const { from, to } = filter;
  return and(
    filter.status === undefined ? undefined : eq(tickets.status, filter.status),
    filter.process === undefined ? undefined : eq(tickets.process, filter.process),
    filter.priority === undefined ? undefined : eq(tickets.priority, filter.priority),
    filter.category === undefined ? undefined : eq(tickets.category, filter.category),
    filter.handler === undefined ? undefined : eq(tickets.handler, filter.handler),
    filter.customer === undefined ? undefined : eq(tickets.customer, filter.customer),
    filter.department === undefined ? undefined : sql`${tickets.departments} @> ${textArray([filter.department])}`,
    from && sql`${tickets.createdAt} >= ${from.toISOString()}::timestamptz`,
    to && sql`${tickets.createdAt} < ${to.toISOString()}::timestamptz`,
    filter.q === undefined ? undefined : await searched(db, filter.q),
  );
}

/** How many customers a telephone's last digits may stand for. */
const CUSTOMERS_OF_DIGITS = 200;

/**
 * By words (P5's bigrams), by digits: a number, a whole telephone number, or its last four and more (G3), or by a whole
 * address; numbers and addresses over all of a customer's contacts (P4).
 */
export async function searched(db: Executor, q: string): Promise<SQL> {
  const digits = q.replace(/[\s()+-]/g, '');
  if (/^\d{4,20}$/.test(digits)) return byDigits(db, digits);
  const query = searchQuery(q);
  const words = query === null ? sql`false` : sql`to_tsvector('simple', ${tickets.search}) @@ ${query}::tsquery`;
  if (!/^\S+@\S+$/.test(q)) return words;
  const theirs = textArray(await customersAt(db, [q]));
  return sql`${tickets.number} in (
    select t.number from ${tickets} t where t.customer_id = any(${theirs})
    union all select t.number from ${tickets} t where to_tsvector('simple', t.search) @@ ${query}::tsquery)`;
}

/** Three small sets, each from its index. Digits in texts are found as whole words: beginnings fit every number. */
async function byDigits(db: Executor, digits: string): Promise<SQL> {
  // A landline is kept without the 0 that people dial before it, any number without an international 00.
  const endings = digits.length >= 10 && digits.startsWith('0') ? [digits, digits.replace(/^0+/, '')] : [digits];
  const found = await holdersOf(db, endings).limit(CUSTOMERS_OF_DIGITS);
  const theirs = textArray(found.map((customer) => customer.id));
  return sql`${tickets.number} in (
    select ${digits}
    union all select t.number from ${tickets} t where t.customer_id = any(${theirs})
    union all select t.number from ${tickets} t where to_tsvector('simple', t.search) @@ ${`'${digits}'`}::tsquery)`;
}
