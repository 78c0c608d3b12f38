import { createReportActivities } from '@duban/activities';
import { type ClockView, processes } from '@duban/contracts';
import { linkTickets, listDailyReports } from '@duban/database';
import { createLogger } from '@duban/platform';
import { schema } from '@duban/database';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { addTicket, snapshotOf } from '../support/fixtures';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const china = (time: string) => Date.parse(`${time}+08:00`);
const DAY = '2026-01-31';
const before = china('2026-01-30T23:59:59.999');
const first = china('2026-01-31T00:00:00');
const noon = china('2026-01-31T12:00:00');
const last = china('2026-01-31T23:59:59.999');
const after = china('2026-02-01T00:00:00');
const activities = () => createReportActivities({ database, log: createLogger('test', 'silent') });

const clock = (name: string, more: Partial<ClockView>): ClockView => ({
  key: name,
  name,
  startedAt: before,
  dueAt: noon,
  state: 'met',
  warned: false,
  ...more,
});

interface Given {
  process?: string;
  createdAt?: number;
  closedAt?: number;
  outcome?: string | null;
  clocks?: ClockView[];
}
async function ticket(
  number: string,
  { process = 'consultation', createdAt = noon, closedAt, outcome, clocks }: Given,
) {
  await addTicket(database.db, number, {
    process,
    createdAt: new Date(createdAt),
    closedAt: closedAt === undefined ? null : new Date(closedAt),
    outcome: outcome ?? null,
    snapshot: snapshotOf(number, { clocks: clocks ?? [] }),
  });
}
async function survey(ticket: string, takenAt: number, command: object, state = 'applied') {
  const id = `${ticket}-${takenAt}-${state}`;
  const step = { id, ticket, step: 'submit-survey', actor: {}, actorId: 'customer', origin: 'api', command, state };
  await database.db.insert(schema.steps).values({ ...step, takenAt: new Date(takenAt) });
}
async function report(process: string, day = DAY): Promise<Record<string, unknown>> {
  const rows = (await listDailyReports(database.db, day, day)).filter((row) => row.process === process);
  return Object.fromEntries(rows.map((row) => [row.measure, row.value]));
}

test('G15: the figures of one day in China, per process and together', async () => {
  await ticket('T1', { createdAt: first, closedAt: last, outcome: 'satisfied' });
  await ticket('T2', { createdAt: before, closedAt: noon, outcome: 'merged' });
  await ticket('T3', { createdAt: last, clocks: [clock('first-response', { stoppedAt: noon })] });
  await ticket('T4', {
    createdAt: before,
    closedAt: after,
    outcome: 'satisfied',
    // Ran out on the day, met the day after; the other one ran out as well: one overdue ticket.
    clocks: [
      clock('first-response', { breachedAt: noon, stoppedAt: after }),
      clock('handling', { breachedAt: last, state: 'running' }),
    ],
  });
  await ticket('T5', { createdAt: before, clocks: [clock('first-response', { breachedAt: before, stoppedAt: noon })] });
  await ticket('T6', { process: 'complaint', createdAt: after });
  await ticket('T7', { process: 'escalation', closedAt: noon, outcome: null });
  await ticket('T8', { process: 'escalation', closedAt: noon, outcome: 'rejected' });
  await ticket('T10', { process: 'escalation', closedAt: noon, outcome: 'cancelled' });
  await ticket('T9', { process: 'complaint', clocks: [clock('first-response', { state: 'running' })] });
  await linkTickets(database.db, { ticket: 'T1', other: 'T9', kind: 'reopened-as', inverse: 'reopens', key: 'k' });
  await survey('T1', noon, { grade: 'satisfied', efficiency: 5, attitude: 4 });
  await survey('T2', last, { grade: 'basically-satisfied', efficiency: 2 });
  await survey('T9', first, { grade: 'dissatisfied' });
  await survey('T9', after, { grade: 'satisfied' });
  await survey('T9', noon, { grade: 'satisfied' }, 'refused');

  expect(await activities().makeDailyReport({ day: DAY })).toEqual({ rows: 9 * (processes.length + 1) });
  expect(await report('consultation')).toEqual({
    intake: { count: 2 },
    closed: { count: 2 },
    cancelled: { count: 0 },
    overdue: { count: 1 },
    reopened: { count: 0 },
    'response-timeliness': { share: 0.5, inTime: 1, total: 2 },
    'resolution-rate': { share: 1, resolved: 1, total: 1 },
    satisfaction: { share: 1, satisfied: 1, basicallySatisfied: 1, dissatisfied: 0, total: 2 },
    scores: { efficiency: 3.5, attitude: 4, solution: null },
  });
  expect(await report('complaint')).toMatchObject({
    intake: { count: 1 },
    reopened: { count: 1 },
    'response-timeliness': { share: null, inTime: 0, total: 0 },
    satisfaction: { share: 0, dissatisfied: 1, total: 1 },
  });
  // Neither the cancelled one nor the one that was refused was anybody's to resolve.
  expect(await report('escalation')).toMatchObject({
    ...{ closed: { count: 3 }, cancelled: { count: 1 }, 'resolution-rate': { share: 1, resolved: 1, total: 1 } },
  });
  expect(await report('all')).toMatchObject({
    intake: { count: 6 },
    closed: { count: 5 },
    cancelled: { count: 1 },
    overdue: { count: 1 },
    reopened: { count: 1 },
    'response-timeliness': { share: 0.5, total: 2 },
    'resolution-rate': { share: 1, resolved: 2, total: 2 },
    satisfaction: { share: 2 / 3, total: 3 },
  });
});

test('G15: made again it replaces; the run at the end of a day completes the day before', async () => {
  await activities().makeDailyReport({ scheduledAt: china('2026-01-31T18:00:00') });
  expect(await report('all', '2026-01-30')).toMatchObject({ intake: { count: 0 } });
  expect(await report('all')).toMatchObject({ intake: { count: 0 } });
  await ticket('T1', { createdAt: last });
  await activities().makeDailyReport({ scheduledAt: china('2026-02-01T00:05:00') });
  expect(await report('all')).toMatchObject({ intake: { count: 1 } });
  expect(await report('all', '2026-02-01')).toEqual({});
  await ticket('T2', { createdAt: last });
  await activities().makeDailyReport({ scheduledAt: china('2026-02-01T18:00:00') });
  expect(await report('all')).toMatchObject({ intake: { count: 2 } });
  expect(await report('all', '2026-02-01')).toMatchObject({ intake: { count: 0 } });
});
