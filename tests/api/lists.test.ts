import { addContact, removeContact, schema } from '@duban/database';
import { eq, sql } from 'drizzle-orm';
import request from 'supertest';
import type { Role } from '@duban/contracts';
import { type TestApi, numberOf, startTestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

interface Listed {
  number: string;
  customer: { phone: string };
}
async function list(
  query: Record<string, string>,
  role: Role = 'agent',
): Promise<{ tickets: Listed[]; next: string | null }> {
  const answer = await request(api.app)
    .get('/api/v1/tickets')
    .query(query)
    .set('cookie', await api.cookieOf(role));
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body;
}
const numbers = async (query: Record<string, string>, role?: Role) =>
  (await list(query, role)).tickets.map((t) => t.number);

async function walk(query: Record<string, string>, role?: Role): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await list({ ...query, ...(cursor ? { cursor } : {}) }, role);
    seen.push(...page.tickets.map((ticket) => ticket.number));
    cursor = page.next;
  }
  return seen;
}

describe('queues (P2: 待办, 部门待办, 即将超时, 已超时, 已办)', () => {
  const agent = numberOf('agent');
  const other = numberOf('after-sales');
  const soon = Date.now() + 60_000;
  let mine: string, helping: string, theirs: string, closed: string, late: string, near: string, ours: string;
  beforeAll(async () => {
    mine = await api.plant('consultation', {});
    helping = await api.plant('consultation', { handler: other, supporters: [agent] });
    theirs = await api.plant('consultation', { handler: other });
    closed = await api.plant('consultation', { closedAt: Date.now(), status: 'closed', outcome: 'satisfied' });
    late = await api.plant('complaint', { handler: other, overdue: true, nextDueAt: soon });
    near = await api.plant('complaint', { handler: other, nearlyOverdue: true, nextDueAt: soon + 1 });
    ours = await api.plant('escalation', { handler: other, departments: [{ id: 'TECH', state: 'asked' }] });
    // What was taken, for 已办.
    for (const [number, by] of [
      [mine, agent],
      [theirs, agent],
      [closed, agent],
      [near, other],
    ] as const)
      await api.database.db.insert(schema.steps).values({
        ...{ id: `done-${number}`, ticket: number, step: 'reply', actor: {}, actorId: by, origin: 'api' },
        ...{ state: 'applied', takenAt: new Date() },
      });
  });

  test('待办: mine and where I help, open', async () => {
    expect(await numbers({ queue: 'todo' })).toEqual([helping, mine]);
  });
  test('部门待办', async () => {
    expect(await numbers({ queue: 'department' }, 'department-contact')).toEqual([ours]);
    expect(await numbers({ queue: 'department' })).toEqual([]);
  });
  test('即将超时 and 已超时 read flags', async () => {
    expect(await numbers({ queue: 'due-soon' })).toEqual([near]);
    expect(await numbers({ queue: 'overdue' })).toEqual([late]);
  });
  test('已办: I took a step, and it is closed or no longer mine', async () => {
    expect(await numbers({ queue: 'done' })).toEqual([closed, theirs]);
  });
  test('全部, by due instant: nearest first, those without one last', async () => {
    expect(await numbers({ queue: 'all', sort: 'due', limit: '2' })).toEqual([late, near]);
    expect(await walk({ queue: 'all', sort: 'due', limit: '2' })).not.toContain(closed);
  });
  test.each([
    [{ process: 'complaint' }, () => [near, late]],
    [{ status: 'closed' }, () => [closed]],
    [{ handler: numberOf('agent') }, () => [closed, mine]],
    [{ department: 'TECH' }, () => [ours]],
    [{ from: '2099-01-01T00:00:00Z' }, () => []],
    [{ to: '2020-01-01T00:00:00Z' }, () => []],
  ])('filter %j', async (filter, expected) => {
    expect(await numbers(filter as unknown as Record<string, string>)).toEqual(expected());
  });
  test('who sees nothing gets an empty list, not an error', async () => {
    expect(await numbers({}, 'administrator')).toEqual([]);
    expect(await numbers({}, 'duty-manager')).toHaveLength(7);
    expect(await numbers({}, 'knowledge-editor')).toEqual([closed]);
  });
  test('every cursor that is not of this list is refused', async () => {
    const { next } = await list({ limit: '1' });
    for (const query of [{ cursor: 'xyz' }, { cursor: next!, sort: 'due' }, { cursor: next!, queue: 'done' }]) {
      const answer = await request(api.app)
        .get('/api/v1/tickets')
        .query(query)
        .set('cookie', await api.cookieOf('agent'));
      expect([answer.status, answer.body.errors?.[0]?.field]).toEqual([400, 'cursor']);
    }
    const answer = await request(api.app)
      .get('/api/v1/tickets?limit=101')
      .set('cookie', await api.cookieOf('agent'));
    expect(answer.status).toBe(400);
  });
});

describe('search', () => {
  let known: string;
  beforeAll(async () => {
    known = await api.plant('complaint', {}, '13677778888');
    await api.database.db
      .update(schema.tickets)
      .set({ search: sql`search || ' 发票 票金 金额 额错 错误'` })
      .where(eq(schema.tickets.number, known));
  });
  test.each([
    ['number', () => known],
    ['whole telephone', () => '13677778888'],
    ['telephone as people write it', () => '136-7777-8888'],
    ['last four digits', () => '8888'],
    ['last six digits', () => '778888'],
    ['words', () => '发票金额'],
  ])('by %s', async (_name, q) => {
    expect(await numbers({ q: q() })).toEqual([known]);
    const posted = await request(api.app)
      .post('/api/v1/tickets/search')
      .set('cookie', await api.cookieOf('agent'))
      .send({ q: q() });
    expect(posted.body.tickets.map((ticket: Listed) => ticket.number)).toEqual([known]);
  });
  test('by any number or address of the customer, until it is theirs no longer (P4)', async () => {
    const { db } = api.database;
    const [{ customer } = { customer: '' }] = await db
      .select({ customer: schema.tickets.customer })
      .from(schema.tickets)
      .where(eq(schema.tickets.number, known));
    const others = ['+8613511112222', '+861087654321', '+442079460958', 'wang.xm@example.com'];
    const added = [];
    for (const value of others) added.push(await addContact(db, { customer, value }));
    for (const q of ['13511112222', '12222', '+86 135 1111 2222', '010-87654321', '87654321', '0044 20 7946 0958'])
      expect([q, await numbers({ q })]).toEqual([q, [known]]);
    expect(await numbers({ q: 'Wang.XM@example.com' })).toEqual([known]);
    expect(await numbers({ q: 'xm@example.com' })).toEqual([]);
    expect(await numbers({ q: '12222', status: 'closed' })).toEqual([]);
    await removeContact(db, added[0]!);
    expect(await numbers({ q: '13511112222' })).toEqual([]);
  });
  test('nothing strange comes of strange words', async () => {
    for (const q of ["'; drop table tickets; --", 'a & | !', '%', "''':*", '\\'])
      expect(await numbers({ q })).not.toContain(known);
  });
});

describe('pages', () => {
  test('walking them shows every ticket once, in every order, also while instants are equal', async () => {
    const template = (await api.database.db.select().from(schema.tickets).limit(1))[0]!;
    const same = new Date('2026-05-05T05:05:05.005Z');
    await api.database.db.insert(schema.tickets).values(
      Array.from({ length: 45 }, (_, i) => ({
        ...template,
        number: `2026050500${String(1000 + i)}`,
        createdAt: i % 3 === 0 ? new Date(same.getTime() + i) : same,
        nextDueAt: i % 2 === 0 ? same : null,
        handler: numberOf('technical-support'),
        category: 'walk',
        closedAt: null,
        search: '',
      })),
    );
    for (const query of [{}, { sort: 'due' }, { queue: 'todo' }, { queue: 'todo', sort: 'due' }] as Array<
      Record<string, string>
    >) {
      const seen = await walk({ ...query, category: 'walk', limit: '7' }, 'technical-support');
      expect(seen).toHaveLength(45);
      expect(new Set(seen).size).toBe(45);
    }
  });
});
