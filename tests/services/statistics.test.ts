import type { ClockView, Snapshot } from '@duban/contracts';
import { type StatisticsQuery, readStatistics, rebuildTicketFacts, schema } from '@duban/database';
import { eq } from 'drizzle-orm';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { addTicket, snapshotOf } from '../support/fixtures';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await fill();
}, 60_000);
afterAll(() => database?.drop());

const china = (time: string) => Date.parse(`${time}+08:00`);
const HOUR = 3_600_000;
const ran = (name: string, startedAt: number, tookMs: number, late = false): ClockView => ({
  ...{ key: name, name, startedAt, dueAt: startedAt + HOUR, state: 'met', warned: false },
  stoppedAt: startedAt + tookMs,
  ...(late ? { breachedAt: startedAt + HOUR } : {}),
});

async function ticket(number: string, at: string, more: Partial<Snapshot> & { category?: string; channel?: string }) {
  const { category = 'login', channel = 'phone', ...state } = more;
  const createdAt = china(at);
  const snapshot = snapshotOf(number, { startedAt: createdAt, ...state });
  await addTicket(database.db, number, {
    ...{ process: snapshot.process, category, channel, priority: snapshot.priority, createdAt: new Date(createdAt) },
    ...{ group: snapshot.group, handler: snapshot.handler, outcome: snapshot.outcome ?? null, snapshot },
    ...{ departments: snapshot.departments.map(({ id }) => id), overdue: snapshot.overdue },
    closedAt: snapshot.closedAt === null ? null : new Date(snapshot.closedAt),
  });
}

async function fill() {
  const one = china('2026-03-02T23:30:00'); // a Monday in China, the day before in UTC+7
  await ticket('T1', '2026-03-02T23:30:00', {
    ...{ handler: 'CS001', outcome: 'satisfied', closedAt: one + 2 * HOUR },
    clocks: [ran('first-response', one, 10 * 60_000), ran('handling', one, 2 * HOUR, true)],
    facts: { surveyGrade: 'satisfied', surveyEfficiency: 5, surveyAttitude: 4, needsFollowUp: false },
  });
  const two = china('2026-03-03T00:10:00');
  await ticket('T2', '2026-03-03T00:10:00', {
    ...{ handler: 'CS001', outcome: 'satisfied', closedAt: two + 4 * HOUR },
    clocks: [ran('first-response', two, 20 * 60_000), ran('progress', two, HOUR)],
    earlierRuns: { progress: { met: 2, breached: 1 } },
    facts: { surveyGrade: 'dissatisfied', surveyEfficiency: 1, needsFollowUp: true },
  });
  await ticket('T3', '2026-03-04T09:00:00', {
    ...{ handler: 'CS002', outcome: 'withdrawn', closedAt: china('2026-03-04T09:05:00'), priority: 'P1' },
    channel: 'web',
  });
  await ticket('T4', '2026-03-10T09:00:00', {
    ...{ process: 'complaint', handler: null, overdue: true, departments: [{ id: 'TECH', state: 'asked' }] },
    departments: [
      { id: 'TECH', state: 'asked' },
      { id: 'FIN', state: 'asked' },
    ],
    links: [{ ticket: 'T1', kind: 'reopens', open: false }],
    category: 'quality',
  });
}

const ask = (
  measure: StatisticsQuery['measure'],
  by: StatisticsQuery['by'] = [],
  more: Partial<StatisticsQuery> = {},
) =>
  readStatistics(database.db, {
    ...{ measure, by, from: '2026-03-02', to: '2026-03-31', timeZone: 'Asia/Shanghai', filter: {} },
    ...more,
  });

describe('statistics (G15)', () => {
  it("days, weeks and months are the centre's own", async () => {
    const days = await ask('intake', ['day']);
    expect(days.map(({ key, values }) => [key.day, values.count])).toEqual([
      ['2026-03-02', 1],
      ['2026-03-03', 1],
      ['2026-03-04', 1],
      ['2026-03-10', 1],
    ]);
    expect((await ask('intake', ['week'])).map(({ key }) => key.week)).toEqual(['2026-03-02', '2026-03-09']);
    expect(await ask('intake', ['month'])).toEqual([{ key: { month: '2026-03-01' }, values: { count: 4 } }]);
    const elsewhere = await ask('intake', ['day'], { timeZone: 'Europe/Berlin' });
    expect(elsewhere.map(({ key, values }) => [key.day, values.count])[0]).toEqual(['2026-03-02', 2]);
    expect(await ask('intake', [], { from: '2026-03-03', to: '2026-03-03' })).toEqual([
      { key: {}, values: { count: 1 } },
    ]);
  });

  it('volumes by type, handler, department, channel and priority, two at a time', async () => {
    expect(await ask('intake', ['handler', 'channel'])).toEqual([
      { key: { handler: 'CS001', channel: 'phone' }, values: { count: 2 } },
      { key: { handler: 'CS002', channel: 'web' }, values: { count: 1 } },
      { key: { handler: null, channel: 'phone' }, values: { count: 1 } },
    ]);
    const departments = await ask('intake', ['department'], { filter: { process: 'complaint' } });
    expect(departments.map(({ key }) => key.department)).toEqual(['FIN', 'TECH']);
    const own = await ask('intake', ['department'], { filter: { departments: ['TECH'] } });
    expect(own).toEqual([{ key: { department: 'TECH' }, values: { count: 1 } }]);
    expect(await ask('closed')).toEqual([
      { key: {}, values: { count: 3, resolved: 2, withdrawn: 1, merged: 0, cancelled: 0, share: 1 } },
    ]);
  });

  it('median and 90th percentile of first response and resolution; withdrawn ones resolve nothing', async () => {
    expect(await ask('first-response')).toEqual([
      { key: {}, values: { count: 2, medianMs: 15 * 60_000, p90Ms: 19 * 60_000 } },
    ]);
    expect(await ask('resolution')).toEqual([{ key: {}, values: { count: 2, medianMs: 3 * HOUR, p90Ms: 3.8 * HOUR } }]);
  });

  it.each(['cancelled', 'rejected', 'not-reached', 'refused'] as const)(
    'one that ended %s is closed, but has no part in resolution times nor in the share of resolved ones',
    async (outcome) => {
      const at = china('2026-04-01T09:00:00');
      const inApril = { from: '2026-04-01', to: '2026-04-30' };
      await ticket('T5', '2026-04-01T09:00:00', { outcome: 'satisfied', closedAt: at + HOUR });
      await ticket('T6', '2026-04-01T09:00:00', { outcome, closedAt: at + 9 * HOUR });
      const cancelled = outcome === 'cancelled' ? 1 : 0;
      expect(await ask('closed', [], inApril)).toEqual([
        { key: {}, values: { count: 2, resolved: 1, withdrawn: 0, merged: 0, cancelled, share: 1 } },
      ]);
      expect(await ask('resolution', [], inApril)).toEqual([
        { key: {}, values: { count: 1, medianMs: HOUR, p90Ms: HOUR } },
      ]);
      for (const number of ['T5', 'T6']) {
        await database.sql`delete from ticket_facts where ticket = ${number}`;
        await database.sql`delete from tickets where number = ${number}`;
        await database.sql`delete from customers where id = ${`C-${number}`}`;
      }
    },
  );

  it('each run of a clock was met or ran out', async () => {
    expect(
      (await ask('timeliness', ['clock'])).map(({ key, values }) => [key.clock, values.met, values.breached]),
    ).toEqual([
      ['first-response', 2, 0],
      ['handling', 0, 1],
      ['progress', 3, 1],
    ]);
    const [all] = await ask('timeliness', [], { filter: { handler: 'CS001' } });
    expect(all).toEqual({ key: {}, values: { met: 5, breached: 2, share: 5 / 7 } });
    const perDay = await ask('timeliness', ['clock', 'day'], { filter: { handler: 'CS001' } });
    expect(perDay).toContainEqual({
      key: { clock: 'progress', day: '2026-03-03' },
      values: { met: 3, breached: 1, share: 0.75 },
    });
  });

  it('satisfaction with its scores; overdue and re-opened ones of all', async () => {
    expect(await ask('satisfaction', ['handler'])).toContainEqual({
      key: { handler: 'CS001' },
      values: {
        ...{ count: 2, satisfied: 1, basicallySatisfied: 0, dissatisfied: 1, share: 0.5 },
        ...{ efficiency: 3, attitude: 4, solution: null, followUps: 1 },
      },
    });
    expect(await ask('overdue')).toEqual([{ key: {}, values: { count: 2, total: 4, share: 0.5 } }]);
    expect(await ask('reopened')).toEqual([{ key: {}, values: { count: 1, total: 4, share: 0.25 } }]);
  });

  it('the backlog at the end of a period, its age, and how it grew', async () => {
    const [at] = await ask('backlog', [], { to: '2026-03-12' });
    const age = china('2026-03-13T00:00:00') - china('2026-03-10T09:00:00');
    expect(at!.values).toEqual({
      ...{ open: 1, overdue: 1, medianAgeMs: age, p90AgeMs: age, oldestAgeMs: age },
      ...{ upToOneDay: 0, upToThreeDays: 1, upToSevenDays: 0, older: 0 },
    });
    const days = await ask('backlog', ['day'], { from: '2026-03-02', to: '2026-03-11' });
    expect(days.map(({ values }) => values.open)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    const later = await ask('backlog', ['week', 'process'], { from: '2026-03-11', to: '2026-03-20' });
    expect(
      later.filter(({ key }) => key.process === 'complaint').map(({ key, values }) => [key.week, values.open]),
    ).toEqual([
      ['2026-03-09', 1],
      ['2026-03-16', 1],
    ]);
  });

  it('facts follow the ticket in its own transaction, and can be made anew', async () => {
    const before = await database.db.select().from(schema.ticketFacts).orderBy(schema.ticketFacts.ticket);
    expect(before).toHaveLength(4);
    await database.db
      .transaction(async (tx) => {
        await tx
          .update(schema.tickets)
          .set({ closedAt: new Date(), snapshot: snapshotOf('T4') })
          .where(eq(schema.tickets.number, 'T4'));
        const [inside] = await tx.select().from(schema.ticketFacts).where(eq(schema.ticketFacts.ticket, 'T4'));
        expect(inside!.closedAt).not.toBeNull();
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    await rebuildTicketFacts(database.db);
    expect(await database.db.select().from(schema.ticketFacts).orderBy(schema.ticketFacts.ticket)).toEqual(before);
  });
});
