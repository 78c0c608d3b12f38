import {
  dueMeasures,
  listArticles,
  listMeasures,
  listProblems,
  readArchive,
  readStatistics,
  schema,
  searchArticles,
  suggestArticles,
} from '@duban/database';
import { seedKnowledge } from '@duban/infra/local/past/knowledge';
import { seedPast } from '@duban/infra/local/past/seed';
import { seedPeople, seedPolicies } from '@duban/infra/local/seed';
import { type TestDatabase, createTestDatabase } from '../support/database';

let database: TestDatabase;
const NOW = Date.parse('2026-11-22T12:00:00+08:00');
beforeAll(async () => {
  database = await createTestDatabase();
  await seedPolicies(database.db);
  await seedPeople(database.db);
  await seedPast(database, 475, NOW);
}, 120_000);
afterAll(() => database?.drop());

describe('the demo centre has a past', () => {
  it('of some five hundred tickets over sixty days, in every process and outcome', async () => {
    const rows = await database.db.select().from(schema.ticketFacts);
    expect(rows).toHaveLength(475);
    const ages = rows.map(({ createdAt }) => (NOW - createdAt.getTime()) / 86_400_000);
    expect(Math.max(...ages)).toBeGreaterThan(58);
    expect(Math.min(...ages)).toBeLessThan(3);
    expect(new Set(rows.map(({ process }) => process))).toEqual(new Set(['consultation', 'complaint', 'escalation']));
    expect(new Set(rows.map(({ outcome }) => outcome))).toEqual(new Set(['satisfied', 'withdrawn', 'rejected', null]));
    expect(rows.some(({ reopens }) => reopens)).toBe(true);
    expect(rows.some(({ grade }) => grade === 'dissatisfied')).toBe(true);
    expect(rows.filter(({ breached }) => breached.length > 0).length).toBeGreaterThan(20);
    for (const measure of ['first-response', 'resolution', 'timeliness', 'satisfaction'] as const) {
      const period = { from: '2026-09-20', to: '2026-11-22', timeZone: 'Asia/Shanghai' };
      expect(
        (await readStatistics(database.db, { measure, by: ['week'], ...period, filter: {} })).length,
      ).toBeGreaterThan(6);
    }
  });

  it('that is whole: every revision on the timeline, every step settled, no claim left, archives intact', async () => {
    const wrong = await database.sql`
      select t.number from tickets t
      where not t.archived or t.status not in ('closed', 'resolved')
        or t.revision <> (select count(distinct revision) from timeline l where l.ticket = t.number)
        or t.revision <> (t.snapshot->>'revision')::int
        or t.closed_at > ${new Date(NOW).toISOString()} or t.closed_at < t.created_at
        or exists (select 1 from steps s where s.ticket = t.number and (s.state <> 'applied' or s.revision is null))
        or exists (select 1 from claims c where c.ticket = t.number and c.released_at is null)
        or (select count(*) from archives a where a.ticket = t.number) <> 2`;
    expect(wrong).toEqual([]);
    const [some] = await database.sql`select number from tickets where process = 'complaint' limit 1`;
    const parts = await readArchive(database.db, some!.number as string);
    expect(parts.map(({ part, intact }) => [part, intact])).toEqual([
      [1, true],
      [2, true],
    ]);
    const behind = await database.sql`
      select s.series from serials s join tickets t on s.series = 'ticket:' || left(t.number, 8)
      group by s.series, s.last having max(substr(t.number, 9)::int) > s.last`;
    expect(behind).toEqual([]);
  });

  it('and knows something: articles in every state, found as people ask; announcements; problems with measures', async () => {
    const { db } = database;
    await seedKnowledge(db, NOW);
    const articles = await listArticles(db, { publishedOnly: false, limit: 100 });
    expect(articles.length).toBeGreaterThanOrEqual(20);
    expect(new Set(articles.map(({ status }) => status))).toEqual(new Set(['draft', 'review', 'published', 'retired']));
    expect(articles.filter(({ category }) => category === null)).toEqual([]);
    for (const [q, title] of [
      ['找回密码', '忘记登录密码怎么办'],
      ['重复扣款', '支付失败但已扣款'],
      ['开不了机', '产品无法开机的排查步骤'],
    ] as const)
      expect((await searchArticles(db, { text: q, limit: 3 })).map((found) => found.title)).toContain(title);
    const suggested = await suggestArticles(db, { text: '客户说钱扣了,但订单显示未支付', limit: 3 });
    expect(suggested.map(({ title }) => title)).toContain('支付失败但已扣款');
    expect(await db.select().from(schema.announcements)).toHaveLength(3);
    const problems = await listProblems(db, { limit: 10 });
    expect(problems).toHaveLength(3);
    for (const { tickets } of problems) expect(tickets).toBeGreaterThan(0);
    expect((await listMeasures(db, { limit: 10 })).map(({ state }) => state)).toContain('done');
    expect(await dueMeasures(db, { since: new Date(0), at: new Date(NOW) })).toHaveLength(1);
  });

  it('and the same one on every machine', async () => {
    const again = await createTestDatabase();
    try {
      await seedPolicies(again.db);
      await seedPeople(again.db);
      await seedPast(again, 475, NOW);
      const tickets = (from: TestDatabase) =>
        from.sql`select number, subject, handler, closed_at, snapshot->'facts' as facts from tickets order by number`;
      expect(await tickets(again)).toEqual(await tickets(database));
    } finally {
      await again.drop();
    }
  }, 60_000);
});
