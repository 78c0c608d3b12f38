import type { Role } from '@duban/contracts';
import {
  type Database,
  type Transaction,
  activePolicy,
  canonicalJson,
  frozenPolicy,
  projectionOf,
  schema,
  searchText,
  sha256Of,
  shanghaiDay,
} from '@duban/database';
import type { FrozenPolicy } from '@duban/policy';
import { asc, getTableColumns, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { demoGroups, demoStaff, mulberry32 } from '../demo-data';
import { type Chance, DAY_MS, HOUR_MS, intake, tell } from './stories';
import { type PastIntake, PastTicket } from './ticket';

const DAYS = 60;
const YEAR_MS = 365.25 * DAY_MS;

/**
 * Sixty days of work that is over: tickets with their steps, timeline, claims and archive as their workflows would have
 * left them; Temporal has let go of such ones. Written in bulk, from a fixed seed; the last ones are some hours old.
 */
export async function seedPast({ db }: Database, count: number, now = Date.now()): Promise<number> {
  const [policies, customers] = [await policiesInForce({ db }), await customersOf({ db })];
  const chance = chanceOf(20261122);
  const stories = Array.from({ length: count }, (_, n) => story(n, count, { chance, now, policies, customers }));
  stories.sort((a, b) => a.ticket.given.startedAt - b.ticket.given.startedAt);
  const numbers = numbered(stories.map(({ ticket }) => ticket.given.startedAt));
  reopenSome(stories, numbers);
  await db.transaction(async (tx) => {
    await write(tx, stories, numbers, customers);
    await writeLinks(tx, stories, numbers);
    await archive(tx, stories, numbers);
    await advanceSerials(tx, numbers);
  });
  return stories.length;
}

interface Customer {
  id: string;
  phone: string | null;
}
interface Story {
  ticket: PastTicket;
  archivedAt: number;
  /** Index of the story that this one goes on with. */
  reopens?: number;
}
interface World {
  chance: Chance;
  now: number;
  policies: (process: string, keys: string[]) => FrozenPolicy;
  customers: Customer[];
}

function story(n: number, count: number, world: World): Story {
  // What would not be over yet began some days earlier.
  for (let ageDays = 1.2 + (DAYS - 1.2) * (1 - n / count) ** 0.9; ; ageDays += 3) {
    const told = storyOf(n, ageDays, world);
    if (told.archivedAt < world.now - HOUR_MS) return told;
  }
}

function storyOf(n: number, ageDays: number, { chance, now, policies, customers }: World): Story {
  const asked: PastIntake = intake(chance, ageDays, n);
  const members = demoGroups.find(({ id }) => id === asked.group)?.members ?? ['CS001'];
  const registrar = chance.pick(['CS001', 'CS002', 'CS003', 'CS004', 'CS005', 'CS006']);
  const given = {
    ...asked,
    handler: asked.process === 'escalation' ? registrar : chance.pick(members),
    registrar,
    customer: Math.floor(chance.next() * customers.length),
    startedAt: workingHour(now - ageDays * DAY_MS, chance),
  };
  const ticket = new PastTicket(given, policies(asked.process, [asked.category, asked.priority]), rolesOf);
  return { ticket, archivedAt: Math.round(tell(ticket, chance, ageDays)) };
}

/** Most people call between nine and six, China's time. */
function workingHour(at: number, chance: Chance): number {
  const midnight = Math.floor((at + 8 * HOUR_MS) / DAY_MS) * DAY_MS - 8 * HOUR_MS;
  const hour = chance.next() < 0.85 ? 9 + chance.next() * 9 : chance.next() * 24;
  return Math.round(midnight + hour * HOUR_MS);
}

/** A few came back: the same customer's next consultation goes on with the earlier one. */
function reopenSome(stories: Story[], numbers: string[]): void {
  const consultations = stories.flatMap(({ ticket }, i) => (ticket.given.process === 'consultation' ? [i] : []));
  for (const [n, i] of consultations.entries()) {
    if (n % 37 !== 36) continue;
    const earlier = consultations
      .slice(0, n)
      .findLast(
        (j) =>
          stories[j]!.ticket.given.customer === stories[i]!.ticket.given.customer &&
          stories[j]!.ticket.outcome === 'satisfied' &&
          stories[j]!.ticket.closedAt < stories[i]!.ticket.given.startedAt,
      );
    if (earlier === undefined) continue;
    stories[i]!.reopens = earlier;
    stories[i]!.ticket.links.push({ ticket: numbers[earlier]!, kind: 'reopens', open: false });
    stories[earlier]!.ticket.links.push({ ticket: numbers[i]!, kind: 'reopened-as', open: false });
  }
}

/** Date and 6-digit serial, in order of intake (G3). */
function numbered(instants: number[]): string[] {
  const serials = new Map<string, number>();
  return instants.map((at) => {
    const day = shanghaiDay(new Date(at));
    const serial = (serials.get(day) ?? 0) + 1;
    serials.set(day, serial);
    return day + String(serial).padStart(6, '0');
  });
}

async function advanceSerials(tx: Transaction, numbers: string[]): Promise<void> {
  const last = new Map(numbers.map((number) => [number.slice(0, 8), Number(number.slice(8))]));
  await tx
    .insert(schema.serials)
    .values([...last].map(([day, serial]) => ({ series: `ticket:${day}`, last: serial })))
    .onConflictDoUpdate({ target: schema.serials.series, set: { last: sql`greatest(serials.last, excluded.last)` } });
}

async function write(tx: Transaction, stories: Story[], numbers: string[], customers: Customer[]): Promise<void> {
  const ends = stories.map(({ ticket, archivedAt }, i) => ticket.end(numbers[i]!, archivedAt));
  const tickets = stories.map(({ ticket: { given } }, i) => {
    const { startedAt, customer, registrar, handler: _, ...rest } = given;
    const { id, phone } = customers[customer]!;
    const [number, at] = [numbers[i]!, new Date(startedAt)];
    return {
      ...rest,
      ...{ number, customer: id, createdBy: registrar, createdAt: at, startedAt: at },
      ...{ policy: POLICY, policyVersion: 1, ...projectionOf(ends[i]!.snapshot) },
      search: searchText({ number, phone, texts: [given.subject, given.content] }),
    };
  });
  const steps = stories.flatMap(({ ticket }, i) =>
    ticket.steps.map(({ step, actor, at, command, material }, k) => ({
      ...{ id: stepId(numbers[i]!, k), ticket: numbers[i]!, step, actor, actorId: actor.id, origin: 'api' },
      ...{ command, material, state: 'applied', attempts: 1, takenAt: new Date(at), sentAt: new Date(at) },
      ...{ nextAttemptAt: new Date(at), settledAt: new Date(at) },
      revision: ends[i]!.timeline.find((change) => change.step === k)?.revision ?? null,
    })),
  );
  const timeline = ends.flatMap((end, i) =>
    end.timeline.map(({ at, kind, actor, step, data, revision, index }) => ({
      ...{ ticket: numbers[i]!, revision, index, at: new Date(at), kind, actor: actor ?? null, data: data ?? null },
      step: step === undefined ? null : stepId(numbers[i]!, step),
    })),
  );
  const claims = stories.flatMap(({ ticket: { given, closedAt } }, i) => {
    if (given.process === 'escalation') return [];
    const [ticket, slot, n] = [numbers[i]!, 'handler', 1];
    const { handler: staff, group, startedAt } = given;
    const times = { claimedAt: new Date(startedAt + 400), releasedAt: new Date(closedAt) };
    return { key: `${ticket}:${slot}:${n}`, ticket, slot, n, staff, group, reason: 'least-loaded', ...times };
  });
  await insertAll(tx, schema.tickets, tickets);
  await insertAll(tx, schema.steps, steps);
  await insertAll(tx, schema.timeline, timeline);
  await insertAll(tx, schema.claims, claims);
}

/** Each ticket's bundle, and the second part that the nightly upkeep would otherwise ask Temporal for. */
async function archive(tx: Transaction, stories: Story[], numbers: string[]): Promise<void> {
  const { tickets, customers, steps, timeline, claims, ticketLinks } = schema;
  const rows = new Map((await tx.select().from(tickets)).map((ticket) => [ticket.number, ticket]));
  const people = new Map((await tx.select().from(customers)).map((customer) => [customer.id, customer]));
  const taken = byTicket(await tx.select().from(steps).orderBy(asc(steps.seq)));
  const told = byTicket(await tx.select().from(timeline).orderBy(asc(timeline.revision), asc(timeline.index)));
  const claimed = byTicket(await tx.select().from(claims).orderBy(asc(claims.key)));
  const linked = byTicket(await tx.select().from(ticketLinks).orderBy(asc(ticketLinks.other)));
  const format = 'duban-archive/1';
  const parts = numbers.flatMap((number, i) => {
    const ticket = rows.get(number)!;
    const { process, closedAt } = ticket;
    const own = taken.get(number) ?? [];
    const retainUntil = new Date(closedAt!.getTime() + Math.ceil((process === 'complaint' ? 2 : 1) * YEAR_MS));
    const record = {
      ...{ ticket, customer: people.get(ticket.customer), timeline: told.get(number) ?? [], steps: own },
      survey: own.find(({ step }) => step === 'submit-survey') ?? null,
      ...{ materials: [], links: linked.get(number) ?? [], claims: claimed.get(number) ?? [] },
      ...{ notifications: [], deliveries: [] },
    };
    const first = bytes({ format, part: 1, ...record, history: { events: [] }, retainUntil });
    const rest = bytes({ format, part: 2, ticket: number, follows: first.sha256, history: { events: [] } });
    const common = { ticket: number, process, retainUntil, createdAt: new Date(stories[i]!.archivedAt) };
    return [
      { ...common, part: 1, ...first },
      { ...common, part: 2, ...rest },
    ];
  });
  await insertAll(tx, schema.archives, parts);
}

/** Bytes as PostgreSQL reads them from a text. */
function bytes(content: unknown): { body: string; sha256: string } {
  const body = Buffer.from(canonicalJson(content), 'utf8');
  return { body: `\\x${body.toString('hex')}`, sha256: sha256Of(body) };
}

async function writeLinks(tx: Transaction, stories: Story[], numbers: string[]): Promise<void> {
  const rows = stories.flatMap(({ reopens }, i) => {
    if (reopens === undefined) return [];
    const [ticket, other] = [numbers[i]!, numbers[reopens]!];
    return [
      { ticket, other, kind: 'reopens' },
      { ticket: other, other: ticket, kind: 'reopened-as' },
    ];
  });
  if (rows.length) await tx.insert(schema.ticketLinks).values(rows);
}

function byTicket<T extends { ticket: string }>(rows: T[]): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const row of rows) found.set(row.ticket, [...(found.get(row.ticket) ?? []), row]);
  return found;
}

/** All rows as one parameter: a statement with a parameter for each value takes longer than the rest of the start. */
async function insertAll(tx: Transaction, table: PgTable, rows: Array<Record<string, unknown>>): Promise<void> {
  if (!rows.length) return;
  const columns = getTableColumns(table) as Record<string, { name: string }>;
  const properties = Object.keys(rows[0]!);
  const nameOf = (property: string) => columns[property]!.name;
  const records = rows.map((row) => Object.fromEntries(properties.map((name) => [nameOf(name), row[name]])));
  const list = sql.join(
    properties.map((name) => sql.identifier(nameOf(name))),
    sql`, `,
  );
  await tx.execute(sql`insert into ${table} (${list})
    select ${list} from jsonb_populate_recordset(null::${table}, ${JSON.stringify(records)}::jsonb)`);
}

const stepId = (ticket: string, k: number) => `s-past-${ticket}-${k}`;
const POLICY = 'manual';

function rolesOf(id: string): { roles: Role[]; departments: string[] } {
  const person = demoStaff.find((known) => known.id === id);
  return { roles: person?.roles ?? [], departments: person?.department ? [person.department] : [] };
}

async function customersOf({ db }: Pick<Database, 'db'>): Promise<Customer[]> {
  const { id, phone } = schema.customers;
  return db.select({ id, phone }).from(schema.customers).orderBy(asc(id));
}

/** Each process's and priority's clocks as the policy in force has them. */
async function policiesInForce({ db }: Pick<Database, 'db'>): Promise<World['policies']> {
  const policy = await activePolicy(db);
  if (!policy) throw new Error('no policy is in force');
  const known = new Map<string, FrozenPolicy>();
  for (const process of ['consultation', 'complaint', 'escalation'])
    for (const priority of ['P1', 'P2', 'P3']) {
      const frozen = await frozenPolicy(db, { id: policy.id, version: policy.version }, process, [priority]);
      if (frozen) known.set(`${process} ${priority}`, frozen);
    }
  return (process, keys) => known.get(`${process} ${keys.at(-1)}`)!;
}

function chanceOf(seed: number): Chance {
  const next = mulberry32(seed);
  return {
    next,
    pick: (from) => from[Math.floor(next() * from.length)]!,
    around: (from, to) => Math.round(from + (to - from) * next() ** 1.6),
  };
}
