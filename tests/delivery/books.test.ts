import { and, eq, isNull, sql } from 'drizzle-orm';
import { createTicketActivities } from '@duban/activities';
import type { Change, Publication, Snapshot } from '@duban/contracts';
import {
  StepExists,
  applyAnswer,
  assign,
  bigrams,
  customerNumber,
  publishPolicy,
  schema,
  searchQuery,
  searchText,
  shanghaiDay,
} from '@duban/database';
import { withoutParameters } from '@duban/platform';
import { manual } from '@duban/policy/presets';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { agent, log, register } from './support';

let database: TestDatabase;
let activities: ReturnType<typeof createTicketActivities>;

beforeAll(async () => {
  database = await createTestDatabase({ max: 30 });
  activities = createTicketActivities({ database, log });
  await publishPolicy(database.db, { id: 'manual', definition: manual });
  await database.db.insert(schema.staff).values([
    { id: 'CS001', name: '张三', roles: ['agent'], onDuty: true, capacity: 1 },
    { id: 'CS002', name: '李四', roles: ['agent'] },
  ]);
});
afterAll(() => database.drop());

const ticketOf = async (number: string) =>
  (await database.db.select().from(schema.tickets).where(eq(schema.tickets.number, number)))[0]!;

function snapshotOf(ticket: string, revision: number, more: Partial<Snapshot> = {}): Snapshot {
  return {
    ...{ ticket, process: 'consultation', revision, stage: 'handling', status: 'in-progress', priority: 'P2' },
    ...{ group: null, handler: 'CS001', assignment: 1, supporters: [], departments: [], clocks: [], openSteps: [] },
    ...{ overdue: false, nearlyOverdue: false, breaches: 0, nextDueAt: null, urges: 0, links: [], facts: {} },
    ...{ startedAt: 1_000, closedAt: null, archived: false },
    ...more,
  } as Snapshot;
}
const publicationOf = (snapshot: Snapshot, more: Partial<Publication> = {}): Publication => ({
  ticket: snapshot.ticket,
  revision: snapshot.revision,
  snapshot,
  changes: [changeOf(snapshot.revision)],
  steps: [],
  ...more,
});
const changeOf = (revision: number, more: Partial<Change> = {}): Change => ({
  ...{ revision, index: 0, at: 1_000, kind: 'stage' as const },
  ...more,
});

test('ticket numbers are gap-free and in order under concurrent intake, whatever is rolled back (G3)', async () => {
  const intakes = Array.from({ length: 40 }, (_, i) => i);
  const results = await Promise.allSettled(intakes.map((i) => register(database, `key-${i % 25}`)));
  const numbers = results.filter((r) => r.status === 'fulfilled').map((r) => r.value);
  const refused = results.filter((r) => r.status === 'rejected').map((r) => r.reason as unknown);
  expect(refused).toHaveLength(15);
  for (const reason of refused) expect(reason).toBeInstanceOf(StepExists);
  const day = shanghaiDay(new Date());
  expect(numbers.sort()).toEqual(Array.from({ length: 25 }, (_, i) => `${day}${String(i + 1).padStart(6, '0')}`));
});

test('a day is a day in China, and customer numbers grow beyond 999 (G3)', async () => {
  expect(shanghaiDay(new Date('2026-01-30T16:00:00Z'))).toBe('20260131');
  await database.db.insert(schema.serials).values({ series: 'customer:202405', last: 998 });
  const take = () => customerNumber(database.db, new Date('2024-05-10T00:00:00Z'));
  expect([await take(), await take()]).toEqual(['C202405999', 'C2024051000']);
});

test('an older answer never overwrites a newer projection; its timeline is written all the same (design 5)', async () => {
  const ticket = await register(database, 'older');
  const apply = (revision: number, status: Snapshot['status']) =>
    database.db.transaction((tx) => applyAnswer(tx, publicationOf(snapshotOf(ticket, revision, { status }))));
  await apply(5, 'resolved');
  await apply(3, 'in-progress');
  await apply(5, 'resolved');
  expect(await ticketOf(ticket)).toMatchObject({ revision: 5, status: 'resolved' });
  const rows = await database.db.select().from(schema.timeline).where(eq(schema.timeline.ticket, ticket));
  expect(rows.map((row) => row.revision).sort()).toEqual([3, 5]);
});

test('a workflow that speaks has been started', async () => {
  const ticket = await register(database, 'speaks');
  const [start] = await database.db.select().from(schema.steps).where(eq(schema.steps.ticket, ticket));
  const changes = [changeOf(1, { kind: 'started', step: start!.id, actor: 'CS001' })];
  await activities.publish(publicationOf(snapshotOf(ticket, 1), { changes }));
  const [settled] = await database.db.select().from(schema.steps).where(eq(schema.steps.ticket, ticket));
  expect(settled).toMatchObject({ state: 'applied', revision: 1 });
});

test('who becomes free gets the next waiting ticket in the same transaction (design 7)', async () => {
  const [first, second] = [await register(database, 'first'), await register(database, 'second')];
  const wish = (ticket: string) => ({
    ...{ key: `${ticket}:handler:1`, ticket, n: 1, slot: 'handler' as const, process: 'consultation' as const },
    ...{ category: 'order', group: null, priority: 'P2' as const, waitingSince: Date.now() },
  });
  expect(await assign(database.db, wish(first))).toMatchObject({ handler: 'CS001' });
  expect(await assign(database.db, wish(second))).toEqual({ handler: null, waiting: true });
  // The workflow has not heard of the claim yet: it stays.
  await activities.publish(publicationOf(snapshotOf(first, 1, { handler: null })));
  expect(await openClaims()).toEqual([first]);
  await activities.publish(publicationOf(snapshotOf(first, 2, { closedAt: 2_000, status: 'closed' })));
  expect(await openClaims()).toEqual([second]);
  const [wakeup] = await database.db.select().from(schema.wakeups).where(eq(schema.wakeups.ticket, second));
  expect(wakeup).toMatchObject({ signal: 'assignment-ready', payload: { key: `${second}:handler:1` } });
  await activities.publish(publicationOf(snapshotOf(second, 1, { handler: null, assignment: 2 })));
  expect(await openClaims()).toEqual([]);
});

async function openClaims(): Promise<string[]> {
  const { claims } = schema;
  return (await database.db.select().from(claims).where(isNull(claims.releasedAt))).map((claim) => claim.ticket);
}

test("a signalled step gets its row and its stored material, once; another ticket's material stays away (design 6)", async () => {
  const [ticket, other] = [await register(database, 'signalled'), await register(database, 'stranger')];
  const material = { kind: 'report-progress', sha256: 'x', createdBy: 'T1' };
  await database.db.insert(schema.materials).values([
    { id: 'm-own', ticket, body: { text: '排查中' }, ...material },
    { id: 'm-other', ticket: other, body: { text: '别人的' }, ...material },
  ]);
  const step = {
    step: 'report-progress',
    actor: { ...agent, kind: 'system' as const, id: 'T1' },
    origin: 'signal',
    at: 5_000,
    command: {},
  };
  const publication = publicationOf(snapshotOf(ticket, 1), {
    changes: [changeOf(1, { kind: 'step', step: 'd-1' })],
    steps: [
      { ...step, stepId: 'd-1', material: 'm-own' },
      { ...step, stepId: 'd-2', material: 'm-other', refusal: 'not-open' },
    ],
  });
  await activities.publish(publication);
  await activities.publish(publication);
  const { steps, audit } = schema;
  const rows = await database.db
    .select()
    .from(steps)
    .where(and(eq(steps.ticket, ticket), eq(steps.origin, 'signal')));
  expect(rows.find((row) => row.id === 'd-1')).toMatchObject({
    state: 'applied',
    revision: 1,
    material: { text: '排查中' },
  });
  expect(rows.find((row) => row.id === 'd-2')).toMatchObject({
    state: 'refused',
    refusal: { code: 'not-open' },
    material: {},
  });
  expect(await database.db.select().from(audit).where(eq(audit.object, ticket))).toHaveLength(2);
});

test('an escalation is made once for its step, with the application form and links both ways (E1)', async () => {
  const origin = await register(database, 'escalating');
  await database.db.insert(schema.steps).values({
    ...{
      id: 'esc-1',
      ticket: origin,
      step: 'escalate',
      actor: agent,
      actorId: agent.id,
      origin: 'api',
      state: 'applied',
    },
    command: { reasonKind: 'several-departments', departments: ['TECH'] },
    material: { reason: '跨部门', description: '接口异常', tried: '重启', expected: '修复' },
    takenAt: new Date(),
  });
  const input = { key: `${origin}:esc-1`, origin, stepId: 'esc-1', kind: 'escalation' as const, at: Date.now() };
  const made = await Promise.all([input, input, input].map((i) => activities.createLinked(i)));
  const { ticket } = await activities.createLinked(input);
  expect(new Set(made.map((result) => result.ticket))).toEqual(new Set([ticket]));
  expect(await ticketOf(ticket)).toMatchObject({
    process: 'escalation',
    type: 'several-departments',
    content: '接口异常',
  });
  const [start] = await database.db.select().from(schema.steps).where(eq(schema.steps.ticket, ticket));
  expect(start).toMatchObject({ step: 'start', state: 'pending' });
  expect(start!.command).toEqual({
    handler: 'CS001',
    origin: { ticket: origin, kind: 'escalated-from' },
    application: { departments: ['TECH'], committee: false, reasonKind: 'several-departments' },
  });
  const links = await database.db
    .select()
    .from(schema.ticketLinks)
    .where(sql`${origin} in (ticket, other)`);
  expect(links.map(({ kind }) => kind).sort()).toEqual(['escalated-from', 'escalates-to']);
  await expect(activities.createLinked({ ...input, key: 'k', stepId: 'unknown' })).rejects.toThrow('not written yet');
});

test('a reopened complaint goes on where the promise broke, with the same person', async () => {
  const origin = await register(database, 'reopening');
  await database.db.update(schema.tickets).set({ process: 'complaint' }).where(eq(schema.tickets.number, origin));
  const facts = { liability: 'agent-error', department: null, consent: true, surveyGrade: 'dissatisfied' };
  await activities.publish(publicationOf(snapshotOf(origin, 9, { process: 'complaint', facts, closedAt: 5_000 })));
  const step = { step: 'reopen', actor: agent, actorId: agent.id, origin: 'api', takenAt: new Date() };
  await database.db.insert(schema.steps).values({ id: 'reopen-1', ticket: origin, ...step });
  const at = Date.now();
  const input = { key: `${origin}:reopen-1`, origin, stepId: 'reopen-1', kind: 'reopened' as const, at };
  const { ticket } = await activities.createLinked(input);
  const [start] = await database.db.select().from(schema.steps).where(eq(schema.steps.ticket, ticket));
  expect(start!.command).toEqual({
    handler: 'CS001',
    origin: { ticket: origin, kind: 'reopens' },
    resume: { stage: 'negotiating', facts: { liability: 'agent-error', department: null } },
  });
  expect(start!.takenAt.getTime()).toBe(at);
});

test('Chinese is found by bigrams, a single character, a telephone number or its last four digits', async () => {
  expect(bigrams('无法登录APP v2')).toBe('无法 法登 登录 录 app v2');
  const text = searchText({ number: '20260131000042', phone: '+8613800001234', texts: ['无法登录APP'] });
  const found = async (words: string) => {
    const query = sql`to_tsvector('simple', ${text}) @@ to_tsquery('simple', ${searchQuery(words)})`;
    return (await database.db.execute<{ found: boolean }>(sql`select ${query} as found`))[0]!.found;
  };
  for (const words of ['登录', '法', '录', 'ap', '13800001234', '1234', '无法登录', '20260131000042']) {
    expect([words, await found(words)]).toEqual([words, true]);
  }
  for (const words of ['登法', '退款', '9999']) expect([words, await found(words)]).toEqual([words, false]);
  expect(searchQuery(" !' ")).toBeNull();
});

test('a failed statement tells its code, and no parameter (design 10)', async () => {
  const failed = await database.db
    .insert(schema.customers)
    .values({ id: 'C1', name: '金丝雀', phone: '+8613900000000' })
    .then(() => database.db.insert(schema.customers).values({ id: 'C1', name: '金丝雀', phone: '+8613900000000' }))
    .catch((error: unknown) => error as Error);
  expect((failed as Error).message).toContain('金丝雀');
  const scrubbed = withoutParameters(failed) as Error;
  expect(scrubbed.message).toBe('statement failed: 23505 customers_pkey');
  const told = JSON.stringify([scrubbed, scrubbed.stack, scrubbed.cause]);
  expect(told).not.toMatch(/金丝雀|13900000000/);
});
