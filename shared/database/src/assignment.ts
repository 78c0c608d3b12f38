import { and, eq, inArray, isNull, lt, gt, notInArray, or, sql } from 'drizzle-orm';
import type { AssignInput, AssignResult, Role } from '@duban/contracts';
import type { Db, Executor } from './connection';
import { assignmentQueue, claims, staff, tickets, wakeups } from './schema';

/** One person on duty as dispatch sees them. */
interface Person {
  id: string;
  roles: Role[];
  groups: string[];
  capacity: number;
  open: number;
  /** Last claim, UTC ms; 0 when there was none. */
  last: number;
}
interface Roster {
  people: Person[];
  /** The line roles of each group's members, on duty or not. */
  groupRoles: Map<string, Role[]>;
}
interface Choice {
  person: Person;
  reason: string;
}

/** Who stands in for whom when a group is full: agents for agents, technicians for technicians (G7). */
const lineRoles: readonly Role[] = ['agent', 'technical-support', 'after-sales', 'key-staff'];
const BATCH = 50;
const stillWaiting: AssignResult = { handler: null, waiting: true };

/**
 * Finds somebody for a ticket and claims them, in one transaction (G7): the named person, else the least loaded on
 * duty; so too when the named one has left meanwhile. The same `key` always gets the same answer; nobody free puts it
 * in the queue, once.
 */
export async function assign(db: Db, input: AssignInput): Promise<AssignResult> {
  return db.transaction(async (tx) => {
    await lockAssignment(tx);
    const before = await claimed(tx, input.key);
    if (before) return before;
    if (await movedOn(tx, input)) return stillWaiting;
    if (input.n > 1) await dropOlder(tx, input);
    const named = input.to ? await byHand(tx, input.to) : null;
    if (named) await claim(tx, input, named);
    else await enqueue(tx, input);
    await serveQueue(tx, input.key);
    return (await claimed(tx, input.key)) ?? stillWaiting;
  });
}

/**
 * Makes every claim that is possible now for the waiting tickets, the most urgent and then the longest-waiting
 * first, and queues the signal `assignment-ready` for each, in the caller's transaction. Call it last in there: it
 * holds the lock of all assignment until commit.
 */
export async function assignWaiting(tx: Executor): Promise<void> {
  await lockAssignment(tx);
  await serveQueue(tx);
}

/** Someone comes on duty or leaves; who comes gets the tickets that wait (G7). */
export async function setDuty(tx: Executor, id: string, onDuty: boolean): Promise<void> {
  await lockAssignment(tx);
  await tx.update(staff).set({ onDuty }).where(eq(staff.id, id));
  if (onDuty) await serveQueue(tx);
}

/** How many open tickets a person may have; a greater number lets waiting tickets in at once (G7). */
export async function setCapacity(tx: Executor, id: string, capacity: number): Promise<void> {
  await lockAssignment(tx);
  await tx.update(staff).set({ capacity }).where(eq(staff.id, id));
  await serveQueue(tx);
}

/** One at a time, so no two transactions ever count the same free place; ends with the transaction. */
export async function lockAssignment(tx: Executor): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('duban.assignment'))`);
}

async function claimed(tx: Executor, key: string): Promise<AssignResult | null> {
  const [row] = await tx.select().from(claims).where(eq(claims.key, key));
  return row ? { handler: row.staff, group: row.group, reason: row.reason } : null;
}

/** The ticket was closed, or asked again, while this request was on its way: nobody may be bound by it. */
async function movedOn(tx: Executor, input: AssignInput): Promise<boolean> {
  const [ticket] = await tx.select({ at: tickets.closedAt }).from(tickets).where(eq(tickets.number, input.ticket));
  if (ticket?.at && !input.to) return true; // whoever is named may still look after a closed one
  const later = (t: typeof claims | typeof assignmentQueue) =>
    and(eq(t.ticket, input.ticket), eq(t.slot, input.slot), gt(t.n, input.n));
  const [claim] = await tx.select({ n: claims.n }).from(claims).where(later(claims)).limit(1);
  const [entry] = await tx
    .select({ n: assignmentQueue.n })
    .from(assignmentQueue)
    .where(later(assignmentQueue))
    .limit(1);
  return claim !== undefined || entry !== undefined;
}

/** Asked for the n-th time: what came of the earlier requests no longer binds anybody (design 7). */
async function dropOlder(tx: Executor, input: AssignInput): Promise<void> {
  const older = (t: typeof claims | typeof assignmentQueue) =>
    and(eq(t.ticket, input.ticket), eq(t.slot, input.slot), lt(t.n, input.n));
  await tx
    .update(claims)
    .set({ releasedAt: sql`clock_timestamp()` })
    .where(and(older(claims), isNull(claims.releasedAt)));
  await tx.delete(assignmentQueue).where(older(assignmentQueue));
}

async function enqueue(tx: Executor, input: AssignInput): Promise<void> {
  const { key, ticket, slot, n, group, priority } = input;
  await tx
    .insert(assignmentQueue)
    .values({
      key,
      ticket,
      slot,
      n,
      group,
      role: input.role ?? null,
      request: input,
      priority,
      since: new Date(input.waitingSince),
    })
    .onConflictDoNothing();
}

/** Null when the person has left: a ticket must not be stuck with somebody who is not there. */
async function byHand(tx: Executor, id: string): Promise<Choice | null> {
  const [row] = await tx
    .select({ active: staff.active, open: openClaims('staff') })
    .from(staff)
    .where(eq(staff.id, id));
  if (!row?.active) return null;
  const person = { id, roles: [], groups: [], capacity: 0, open: row.open, last: 0 };
  return { person, reason: `manual: ${id}, ${row.open} open` };
}

/** Serves the queue in order as far as people are free. `asking` is the key whose caller waits for the answer. */
async function serveQueue(tx: Executor, asking?: string): Promise<void> {
  const [first] = await tx.select({ key: assignmentQueue.key }).from(assignmentQueue).limit(1);
  if (!first) return;
  const roster = await readRoster(tx);
  const passed: string[] = [];
  for (let full = true; full;) {
    const batch = await nextWaiting(tx, roster, passed);
    full = batch.length === BATCH;
    for (const request of batch) {
      const choice = choose(roster, request);
      if (!choice) {
        passed.push(request.key);
        continue;
      }
      await claim(tx, request, choice);
      await tx.delete(assignmentQueue).where(eq(assignmentQueue.key, request.key));
      const { ticket, key } = request;
      if (key !== asking) await wake(tx, ticket, key);
    }
  }
}

/** The relay sends the signal once this transaction is committed. */
async function wake(tx: Executor, ticket: string, key: string): Promise<void> {
  await tx.insert(wakeups).values({ ticket, signal: 'assignment-ready', payload: { key } });
  await tx.execute(sql`select pg_notify('duban_relay', '')`);
}

async function claim(tx: Executor, request: AssignInput, { person, reason }: Choice): Promise<void> {
  const { key, ticket, slot, n, group } = request;
  const [row] = await tx
    .insert(claims)
    .values({ key, ticket, slot, n, group, staff: person.id, reason, claimedAt: sql`clock_timestamp()` })
    .returning({ at: claims.claimedAt });
  person.open++;
  person.last = row!.at.getTime();
}

/** The next waiting requests that somebody free might take; thousands for whom nobody is there are not even read. */
async function nextWaiting(tx: Executor, roster: Roster, passed: string[]): Promise<AssignInput[]> {
  const free = roster.people.filter(hasRoom);
  if (free.length === 0) return [];
  const roles = [...new Set(free.flatMap((person) => person.roles))];
  const groups = [...roster.groupRoles].filter(([group, roles]) =>
    free.some((person) => person.groups.includes(group) || sharesRole(person, roles)),
  );
  const { group, role } = assignmentQueue;
  const rows = await tx
    .select({ request: assignmentQueue.request })
    .from(assignmentQueue)
    .where(
      and(
        or(
          inArray(role, roles),
          and(
            isNull(role),
            or(
              isNull(group),
              inArray(
                group,
                groups.map(([id]) => id),
              ),
            ),
          ),
        ),
        notInArray(assignmentQueue.key, passed),
      ),
    )
    .orderBy(assignmentQueue.priority, assignmentQueue.since, assignmentQueue.key)
    .limit(BATCH);
  return rows.map((row) => row.request);
}

/** The rule of G7 itself; null when nobody who may take it is free. The reason holds codes and numbers only. */
function choose(roster: Roster, request: AssignInput): Choice | null {
  const asked = roster.people.filter((person) => !request.exclude?.includes(person.id));
  const { role, group } = request;
  const own = asked.filter((person) => (role ? person.roles.includes(role) : group && person.groups.includes(group)));
  const load = `${own.filter((person) => !hasRoom(person)).length} of ${own.length} at capacity`;
  const first = leastLoaded(own);
  if (first) return { person: first, reason: `${load}; least loaded: ${first.id}, ${first.open} open` };
  if (role) return null;
  const substitutes = (group && roster.groupRoles.get(group)) || (['agent'] satisfies Role[]);
  const other = leastLoaded(asked.filter((person) => !own.includes(person) && sharesRole(person, substitutes)));
  return other && { person: other, reason: `${load}; elsewhere, least loaded: ${other.id}, ${other.open} open` };
}

function leastLoaded(people: Person[]): Person | null {
  const order = (a: Person, b: Person) => a.open - b.open || a.last - b.last || (a.id < b.id ? -1 : 1);
  return people.filter(hasRoom).sort(order)[0] ?? null;
}

const hasRoom = (person: Person) => person.open < person.capacity;
const sharesRole = (person: Person, roles: readonly Role[]) => person.roles.some((role) => roles.includes(role));

async function readRoster(tx: Executor): Promise<Roster> {
  const people = await tx.execute<{ [K in keyof Person]: Person[K] }>(sql`
    select s.id, s.roles, s.capacity, ${openClaims('s')} as open,
      array(select m.group_id from group_members m where m.staff_id = s.id) as groups,
      coalesce((select extract(epoch from max(c.claimed_at)) * 1000 from claims c where c.staff_id = s.id), 0)::float8 as last
    from staff s where s.active and s.on_duty`);
  const members = await tx.execute<{ group: string; roles: Role[] }>(sql`
    select m.group_id as "group", array_agg(distinct role) filter (where role = any(${sql.param([...lineRoles])}::text[])) as roles
    from group_members m join staff s on s.id = m.staff_id, unnest(s.roles) as role
    where s.active group by m.group_id`);
  return { people: [...people], groupRoles: new Map(members.map((row) => [row.group, row.roles ?? ['agent']])) };
}

const openClaims = (person: 's' | 'staff') =>
  sql<number>`(select count(*)::int from claims c where c.staff_id = ${sql.raw(person)}.id and c.released_at is null)`;
