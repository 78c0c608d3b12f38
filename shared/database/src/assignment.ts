import { and, eq, gt, inArray, isNull, lt, lte, notInArray, or, sql } from 'drizzle-orm';
import { type AssignInput, type AssignResult, type Choice, choiceText } from '@duban/contracts';
import type { Db, Executor } from './connection';
import { type Needy, type Person, type Roster, openClaims, readRoster, withNeeds } from './roster';
import { absences, assignmentQueue, claims, staff, wakeups } from './schema';
import { working } from './shift-patterns';
import { textArray } from './visibility';

interface Chosen {
  /** Counted on by the requests that follow in this transaction; not there for who is off duty. */
  person?: Person;
  choice: Choice;
}
type Waiting = Extract<AssignResult, { handler: null }>;

const BATCH = 50;
const stillWaiting: Waiting = { handler: null, waiting: true };
/** Substitutes of substitutes who are away, too, are looked for so many times. */
const SUBSTITUTES = 5;

/**
 * Finds somebody for a ticket and claims them, in one transaction (G7): the named person, or who stands in for them
 * while they are away, else the least loaded on duty; so too when the named one has left meanwhile. The same `key`
 * always gets the same answer; nobody free puts it in the queue, once, and so does a group that dispatches by hand.
 */
export async function assign(db: Db, input: AssignInput): Promise<AssignResult> {
  return db.transaction(async (tx) => {
    await lockAssignment(tx);
    const known = await look(tx, input);
    if (known.claim) return known.claim;
    if (known.movedOn) return stillWaiting;
    if (input.n > 1) await dropOlder(tx, input);
    const [request] = (await withNeeds(tx, [input])) as [Needy];
    if (input.to && input.pickUp) return pickedUp(tx, request, input.to);
    // While anyone waits, this request takes its turn in the queue; else it may choose at once.
    const auto = async () => (known.anyoneWaits ? null : choose(await readRoster(tx), request));
    const chosen = await (input.to ? byHand(tx, input.to) : auto());
    if (chosen) {
      const claimed = await claim(tx, input, chosen);
      if (!known.anyoneWaits) return claimed;
      await tx.delete(assignmentQueue).where(eq(assignmentQueue.key, input.key));
      await serveQueue(tx);
      return claimed;
    }
    await enqueue(tx, request);
    return (await serveQueue(tx, input.key)) ?? waitingFor(tx, request);
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

/** Someone comes on duty or leaves, by hand; who comes is no longer away, and gets the tickets that wait (G7). */
export async function setDuty(tx: Executor, id: string, onDuty: boolean): Promise<void> {
  await lockAssignment(tx);
  await tx.update(staff).set({ onDuty }).where(eq(staff.id, id));
  if (onDuty) await endAbsence(tx, id);
  if (onDuty) await serveQueue(tx);
}

async function endAbsence(tx: Executor, id: string): Promise<void> {
  const now = sql`clock_timestamp()`;
  const ended = await tx
    .update(absences)
    .set({ to: now })
    .where(and(eq(absences.staff, id), lte(absences.from, now), gt(absences.to, now)))
    .returning({ id: absences.id });
  if (!ended.length) return;
  // Else the end of the absence would be seen as a change, and take them off duty again.
  const presence = sql`case when staff.id in (${working(now)}) then 'shift' else 'none' end`;
  await tx.update(staff).set({ presence }).where(eq(staff.id, id));
}

/** How many open tickets a person may have; a greater number lets waiting tickets in at once (G7). */
export async function setCapacity(tx: Executor, id: string, capacity: number): Promise<void> {
  await lockAssignment(tx);
  await tx.update(staff).set({ capacity }).where(eq(staff.id, id));
  await serveQueue(tx);
}

/** Whether somebody may pick a waiting ticket up now: what a person is told before they try (G7). */
export async function pickUpRefusal(
  tx: Executor,
  ticket: string,
  id: string,
): Promise<{ code: 'not-in-group'; group: string } | { code: 'at-capacity'; open: number; capacity: number } | null> {
  const [row] = await tx.execute<{ group: string | null; member: boolean; open: number; capacity: number }>(sql`
    select q.groups[1] as "group", s.capacity, ${openClaims('s')} as open,
      q.groups[1] is null or exists (
        select 1 from group_members m where m.group_id = q.groups[1] and m.staff_id = s.id) as member
    from assignment_queue q, staff s
    where q.ticket = ${ticket} and q.slot = 'handler' and s.id = ${id}`);
  if (!row) return null;
  if (!row.member) return { code: 'not-in-group', group: row.group ?? '' };
  if (row.open >= row.capacity) return { code: 'at-capacity', open: row.open, capacity: row.capacity };
  return null;
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
      (select json_strip_nulls(json_build_object('handler', staff_id, 'reason', reason, 'choice', choice))::jsonb
        || jsonb_build_object('group', group_id) from claims where key = ${key}) as claim,
      exists (select 1 from claims where ticket = ${ticket} and slot = ${slot} and n > ${n})
        or exists (select 1 from assignment_queue where ticket = ${ticket} and slot = ${slot} and n > ${n})
        or (${input.to === undefined} and exists (select 1 from tickets where number = ${ticket} and closed_at is not null))
        as "movedOn",
      exists (select 1 from assignment_queue where ${servable}) as "anyoneWaits"`);
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

async function enqueue(tx: Executor, { needs, ...input }: Needy): Promise<void> {
  const { key, ticket, slot, n, group, priority } = input;
  await tx
    .insert(assignmentQueue)
    .values({
      ...{ key, ticket, slot, n, group, priority },
      groups: needs.ladder,
      role: input.role ?? null,
      request: input,
      since: new Date(input.waitingSince),
    })
    .onConflictDoNothing();
}

/** The answer to a request that stays in the queue: whether it waits for somebody's hand. */
async function waitingFor(tx: Executor, request: Needy): Promise<Waiting> {
  const [group] = request.needs.ladder;
  if (request.role || group === undefined) return stillWaiting;
  const mode = (await readRoster(tx)).byHand.get(group);
  return mode ? { ...stillWaiting, mode, group } : stillWaiting;
}

/**
 * The named person, or while they are away whoever stands in; null when they have left, or nobody stands in: a ticket
 * must not be stuck with somebody who is not there.
 */
async function byHand(tx: Executor, named: string): Promise<Chosen | null> {
  for (let id = named, tries = 0; tries <= SUBSTITUTES; tries++) {
    const [row] = await tx.execute<{ active: boolean; open: number; away: boolean; substitute: string | null }>(sql`
      select s.active, ${openClaims('s')} as open, a.id is not null as away, a.substitute_id as substitute
      from staff s left join lateral (
        select id, substitute_id from absences where staff_id = s.id
          and starts_at <= clock_timestamp() and ends_at > clock_timestamp()
        order by starts_at desc, id limit 1
      ) a on true
      where s.id = ${id}`);
    if (!row?.active) return null;
    if (!row.away) {
      const of = { handler: id, open: row.open };
      return { choice: id === named ? { choice: 'by-hand', ...of } : { choice: 'substitute', ...of, absent: named } };
    }
    if (row.substitute === null) return null;
    id = row.substitute;
  }
  return null;
}

/** Who took it from the pool gets it if they belong to the group and have room; else it stays there (G7). */
async function pickedUp(tx: Executor, request: Needy, id: string): Promise<AssignResult> {
  const { to: _, pickUp: __, ...plain } = request;
  await enqueue(tx, plain);
  const refusal = await pickUpRefusal(tx, request.ticket, id);
  if (refusal) return { ...(await waitingFor(tx, plain)), refused: refusal.code };
  const [row] = await tx
    .select({ active: staff.active, open: openClaims('staff') })
    .from(staff)
    .where(eq(staff.id, id));
  if (!row?.active) return { ...(await waitingFor(tx, plain)), refused: 'not-in-group' };
  const claimed = await claim(tx, request, { choice: { choice: 'picked-up', handler: id, open: row.open } });
  await tx.delete(assignmentQueue).where(eq(assignmentQueue.key, request.key));
  return claimed;
}

/**
 * Serves the queue in order as far as people are free. `asking` is the key whose caller waits for the answer: it is
 * returned instead of being signalled.
 */
async function serveQueue(tx: Executor, asking?: string): Promise<AssignResult | undefined> {
  const [first] = await tx.select({ key: assignmentQueue.key }).from(assignmentQueue).where(servable).limit(1);
  if (!first) return undefined;
  const roster = await readRoster(tx);
  const passed: string[] = [];
  let answer: AssignResult | undefined;
  for (let full = true; full;) {
    const batch = await nextWaiting(tx, roster, passed);
    full = batch.length === BATCH;
    for (const request of batch) {
      const chosen = choose(roster, request);
      if (!chosen) {
        passed.push(request.key);
        continue;
      }
      const claimed = await claim(tx, request, chosen);
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

async function claim(tx: Executor, request: AssignInput, { person, choice }: Chosen): Promise<AssignResult> {
  const { key, ticket, slot, n, group } = request;
  const { handler } = choice;
  const reason = choiceText(choice, 'en');
  const [row] = await tx
    .insert(claims)
    .values({ key, ticket, slot, n, group, staff: handler, reason, choice, claimedAt: sql`clock_timestamp()` })
    .returning({ at: claims.claimedAt });
  if (person) {
    person.open++;
    person.last = row!.at.getTime();
  }
  return { handler, group, reason, choice };
}

/** A request that the queue may serve: not one of a group whose tickets wait for somebody's hand. */
const servable = sql`(assignment_queue.role is not null or not exists (
  select 1 from groups g where g.id = assignment_queue.groups[1] and g.mode <> 'automatic'))`;

/** The next waiting requests that somebody free might take; thousands for whom nobody is there are not even read. */
async function nextWaiting(tx: Executor, roster: Roster, passed: string[]): Promise<Needy[]> {
  const free = roster.people.filter(hasRoom);
  if (free.length === 0) return [];
  const roles = [...new Set(free.flatMap((person) => person.roles))];
  const groups = [...roster.groupRoles].filter(([group, roles]) =>
    free.some((person) => person.groups.includes(group) || sharesRole(person, roles)),
  );
  const open = groups.map(([id]) => id);
  const { group, groups: ladder, role } = assignmentQueue;
  const rows = await tx
    .select({ request: assignmentQueue.request })
    .from(assignmentQueue)
    .where(
      and(
        or(
          inArray(role, roles),
          and(isNull(role), or(isNull(group), inArray(group, open), sql`${ladder} && ${textArray(open)}`)),
        ),
        servable,
        notInArray(assignmentQueue.key, passed),
      ),
    )
    .orderBy(assignmentQueue.priority, assignmentQueue.since, assignmentQueue.key)
    .limit(BATCH);
  return withNeeds(
    tx,
    rows.map((row) => row.request),
  );
}

/**
 * The rule of G7 itself; null when nobody who may take it is free, or a person has to choose. The group that decides
 * comes first, then its fall-backs, then whoever does the same work elsewhere; each with the skills that are wanted.
 */
function choose(roster: Roster, request: Needy): Chosen | null {
  const { role, needs } = request;
  const [first] = needs.ladder;
  if (!role && first !== undefined && roster.byHand.has(first)) return null;
  const skilled = (person: Person) => role || needs.skills.every((skill) => person.skills.includes(skill));
  const asked = roster.people.filter((person) => !request.exclude?.includes(person.id) && skilled(person));
  const of = (group: string | undefined) =>
    asked.filter((person) => (role ? person.roles.includes(role) : group && person.groups.includes(group)));
  const own = of(first);
  const told = {
    members: own.length,
    full: own.filter((person) => !hasRoom(person)).length,
    ...(needs.skills.length && !role ? { skills: needs.skills } : {}),
    ...(needs.rule && !role ? { rule: needs.rule, via: first } : {}),
  };
  const found = leastLoaded(own);
  if (found) return chosen(found, { ...told, choice: 'least-loaded' });
  if (role) return null;
  for (const via of needs.ladder.slice(1)) {
    const person = roster.byHand.has(via) ? null : leastLoaded(of(via));
    if (person) return chosen(person, { ...told, choice: 'fallback', via });
  }
  const substitutes = (first && roster.groupRoles.get(first)) || (['agent'] satisfies Roles);
  const other = leastLoaded(asked.filter((person) => !own.includes(person) && sharesRole(person, substitutes)));
  return other && chosen(other, { ...told, choice: 'elsewhere' });
}

function chosen(person: Person, why: Omit<Choice, 'handler' | 'open' | 'weight'>): Chosen {
  const { id: handler, open, weight } = person;
  return { person, choice: { handler, open, ...(weight === 1 ? {} : { weight }), ...why } };
}

/** By open tickets for each unit of weight, then who waited longest since the last claim, then the id. */
function leastLoaded(people: Person[]): Person | null {
  const order = (a: Person, b: Person) =>
    a.open * b.weight - b.open * a.weight || a.last - b.last || (a.id < b.id ? -1 : 1);
  return people.filter(hasRoom).sort(order)[0] ?? null;
}

type Roles = Person['roles'];
const hasRoom = (person: Person) => person.open < person.capacity;
const sharesRole = (person: Person, roles: readonly Roles[number][]) =>
  person.roles.some((role) => roles.includes(role));
