import { and, eq, inArray, isNull, lt, notInArray, or, sql } from 'drizzle-orm';
import type { AssignInput, AssignResult, Role } from '@duban/contracts';
import type { Db, Executor } from './connection';
import { assignmentQueue, claims, staff, wakeups } from './schema';

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
    const known = await look(tx, input);
    if (known.claim) return known.claim;
    if (known.movedOn) return stillWaiting;
    if (input.n > 1) await dropOlder(tx, input);
    // While anyone waits, this request takes its turn in the queue; else it may choose at once.
    const auto = async () => (known.anyoneWaits ? null : choose(await readRoster(tx), input));
    const choice = await (input.to ? byHand(tx, input.to) : auto());
    if (choice) {
      const claimed = await claim(tx, input, choice);
      if (!known.anyoneWaits) return claimed;
      await tx.delete(assignmentQueue).where(eq(assignmentQueue.key, input.key));
      await serveQueue(tx);
      return claimed;
    }
    await enqueue(tx, input);
    return (await serveQueue(tx, input.key)) ?? stillWaiting;
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

/**
 * What is known about a request: the claim made for its key; whether the ticket was closed, or asked again, while the
 * request was on its way, so that nobody may be bound by it; and whether any ticket waits.
 */
async function look(tx: Executor, input: AssignInput) {
  const { key, ticket, slot, n } = input;
  const [row] = await tx.execute<{ claim: AssignResult | null; movedOn: boolean; anyoneWaits: boolean }>(sql`
    select
      (select json_build_object('handler', staff_id, 'group', group_id, 'reason', reason) from claims where key = ${key}) as claim,
      exists (select 1 from claims where ticket = ${ticket} and slot = ${slot} and n > ${n})
        or exists (select 1 from assignment_queue where ticket = ${ticket} and slot = ${slot} and n > ${n})
        or (${input.to === undefined} and exists (select 1 from tickets where number = ${ticket} and closed_at is not null))
        as "movedOn",
      exists (select 1 from assignment_queue) as "anyoneWaits"`);
  return row!;
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

/**
 * Serves the queue in order as far as people are free. `asking` is the key whose caller waits for the answer: it is
 * returned instead of being signalled.
 */
async function serveQueue(tx: Executor, asking?: string): Promise<AssignResult | undefined> {
  const [first] = await tx.select({ key: assignmentQueue.key }).from(assignmentQueue).limit(1);
  if (!first) return undefined;
  const roster = await readRoster(tx);
  const passed: string[] = [];
  let answer: AssignResult | undefined;
  for (let full = true; full;) {
    const batch = await nextWaiting(tx, roster, passed);
    full = batch.length === BATCH;
    for (const request of batch) {
      const choice = choose(roster, request);
      if (!choice) {
        passed.push(request.key);
        continue;
      }
      const claimed = await claim(tx, request, choice);
      await tx.delete(assignmentQueue).where(eq(assignmentQueue.key, request.key));
      if (request.key === asking) answer = claimed;
      else await wake(tx, request.ticket, request.key);
    }
  }
  return answer;
}

/** The relay sends the signal once this transaction is committed. */
async function wake(tx: Executor, ticket: string, key: string): Promise<void> {
  await tx.insert(wakeups).values({ ticket, signal: 'assignment-ready', payload: { key } });
  await tx.execute(sql`select pg_notify('duban_relay', '')`);
}

async function claim(tx: Executor, request: AssignInput, { person, reason }: Choice): Promise<AssignResult> {
  const { key, ticket, slot, n, group } = request;
  const [row] = await tx
    .insert(claims)
    .values({ key, ticket, slot, n, group, staff: person.id, reason, claimedAt: sql`clock_timestamp()` })
    .returning({ at: claims.claimedAt });
  person.open++;
  person.last = row!.at.getTime();
  return { handler: person.id, group, reason };
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

/** Who is on duty with what load, and the roles of every group's members. */
async function readRoster(tx: Executor): Promise<Roster> {
  const [row] = await tx.execute<{ people: Person[] | null; groups: Record<string, Role[]> | null }>(sql`
    with members as (
      select m.group_id, coalesce(array_agg(distinct role) filter (where role = any(${sql.param([...lineRoles])}::text[])), '{agent}') as roles
      from group_members m join staff s on s.id = m.staff_id, unnest(s.roles) as role
      where s.active group by m.group_id
    ), people as (
      select s.id, s.roles, s.capacity, ${openClaims('s')} as open,
        array(select m.group_id from group_members m where m.staff_id = s.id) as groups,
        coalesce((select extract(epoch from max(c.claimed_at)) * 1000 from claims c where c.staff_id = s.id), 0)::float8 as last
      from staff s where s.active and s.on_duty
    )
    select (select json_agg(people) from people) as people, (select json_object_agg(group_id, roles) from members) as groups`);
  return { people: row!.people ?? [], groupRoles: new Map(Object.entries(row!.groups ?? {})) };
}

const openClaims = (person: 's' | 'staff') =>
  sql<number>`(select count(*)::int from claims c where c.staff_id = ${sql.raw(person)}.id and c.released_at is null)`;
