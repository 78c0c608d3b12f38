import { createMeasureReminder } from '@duban/activities';
import { addMeasure, askForMeasures, createProblem, putCategory, schema, updateMeasure } from '@duban/database';
import { createInAppChannel } from '@duban/notification';
import { createLogger } from '@duban/platform';
import { asc } from 'drizzle-orm';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { addStaff } from '../support/fixtures';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await addStaff(database.db, 'CS001');
  await addStaff(database.db, 'SV001', { roles: ['supervisor'] });
});
afterEach(() => database.drop());

const DAY_MS = 86_400_000;

test('K6: a measure added by hand reminds owner and supervisors when due, and weekly until it is settled', async () => {
  const { db } = database;
  const names = { nameZh: '投诉', nameEn: 'Complaint', group: null, priority: 'P2', usualSolution: null, active: true };
  await putCategory(db, { id: 'complaint', parent: null, process: 'complaint', ...names });
  const problem = await db.transaction((tx) =>
    createProblem(tx, {
      ...{ title: '配送慢', description: '', category: 'complaint', stage: null, causes: '', owner: 'CS001' },
      ...{ state: 'open', createdBy: 'SV001' },
    }),
  );
  const dueAt = new Date('2026-03-02T09:00:00+08:00');
  const plan = { problem: problem!.id, owner: 'CS001', text: '增加班次', week: null };
  const [one, late] = await db.transaction(async (tx) => [
    await addMeasure(tx, { ...plan, dueAt }),
    await addMeasure(tx, { ...plan, dueAt: new Date(dueAt.getTime() + 3 * DAY_MS) }),
  ]);
  // The review follows up what it asked for by itself.
  await db.update(schema.problems).set({ owner: 'SV001' });
  await askForMeasures(db, '2026-03-02', [problem!.id], { since: new Date(0), dueAt });
  await db.transaction((tx) => addMeasure(tx, { ...plan, dueAt, week: '2026-03-02' }));
  const remind = createMeasureReminder({
    ...{ database, channels: { 'in-app': createInAppChannel() }, publicUrl: 'https://duban.example' },
    log: createLogger('test', 'silent'),
  });
  const told = async () => {
    const rows = await db.select().from(schema.notifications).orderBy(asc(schema.notifications.createdAt));
    return rows.map(({ ticket, staff }) => `${ticket} ${staff}`).sort();
  };
  const after = (days: number) => remind(dueAt.getTime() + days * DAY_MS);
  await after(-0.1);
  expect(await told()).toEqual([]);
  await after(0);
  await after(0.5);
  await Promise.all([after(1), after(1)]);
  const first = [`${one!.id} CS001`, `${one!.id} SV001`];
  expect(await told()).toEqual(first);
  // A new date begins anew; done is done.
  await updateMeasure(db, late!.id, 1, { state: 'planned', dueAt: new Date(dueAt.getTime() + 30 * DAY_MS) });
  await after(8);
  expect(await told()).toEqual([...first, ...first].sort());
  await updateMeasure(db, one!.id, 1, { state: 'done', result: '已增加' });
  await after(29);
  expect(await told()).toHaveLength(4);
  await after(31);
  expect((await told()).filter((line) => line.startsWith(`${late!.id} `))).toHaveLength(2);
  expect(await after(300)).toBe(0);
});
