import {
  absentHandlers,
  addAbsence,
  changeAbsence,
  deleteShiftPattern,
  followSchedules,
  handOverTickets,
  importLibraryYears,
  listShifts,
  planShifts,
  putShiftPattern,
  readDuty,
  schema,
  setDuty,
  tellAbsentHandlers,
} from '@duban/database';
import { eq } from 'drizzle-orm';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { addGroup, addStaff, addTicket, snapshotOf } from '../support/fixtures';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await addGroup(database.db, 'G1');
  for (const id of ['CS001', 'CS002']) await addStaff(database.db, id, { group: 'G1', onDuty: false });
});
afterEach(() => database.drop());

const hour = (n: number) => new Date(Date.now() + n * 3_600_000);
type Pattern = Parameters<typeof putShiftPattern>[1];
const office: Omit<Pattern, 'staff' | 'group'> = {
  ...{ id: 'office', weekdays: [1, 2, 3, 4, 5], starts: '09:00', ends: '18:00', timezone: 'Asia/Shanghai' },
  ...{ since: '2026-01-01', until: null, publicDays: true, updatedBy: 'SV001' },
};
const put = (values: Partial<Pattern>) =>
  database.db.transaction((tx) => putShiftPattern(tx, { ...office, staff: null, group: null, ...values }));
const follow = (at: string) => database.db.transaction((tx) => followSchedules(tx, new Date(`${at}+08:00`)));
const dutyOf = async (id: string) =>
  (await database.db.select().from(schema.staff).where(eq(schema.staff.id, id)))[0]!.onDuty;
const roster = async (from: string, to: string, staff?: string) =>
  (
    await listShifts(database.db, {
      ...{ from: new Date(`${from}T00:00:00+08:00`), to: new Date(`${to}T00:00:00+08:00`) },
      ...(staff ? { staff } : {}),
    })
  ).map(({ staff, from, to, pattern }) => `${staff} ${local(from)} ${local(to).slice(6)} ${pattern ?? 'planned'}`);
const local = (at: Date) => new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(5, 16).replace('T', ' ');

describe('G7: weekly patterns of shifts', () => {
  test('every member of the group works by it, week after week, between its days', async () => {
    await put({ group: 'G1', since: '2026-03-03', until: '2026-03-10' });
    expect(await roster('2026-03-01', '2026-03-15', 'CS001')).toEqual(
      ['03-03', '03-04', '03-05', '03-06', '03-09', '03-10'].map((day) => `CS001 ${day} 09:00 18:00 office`),
    );
    expect(await follow('2026-03-03T08:59:59')).toEqual([]);
    expect((await follow('2026-03-03T09:00:00')).sort()).toEqual(['CS001', 'CS002']);
    expect(await dutyOf('CS001')).toBe(true);
    expect((await follow('2026-03-03T18:00:00')).sort()).toEqual(['CS001', 'CS002']);
    expect(await follow('2026-03-07T12:00:00')).toEqual([]);
    expect(await follow('2026-03-11T12:00:00')).toEqual([]);
  });

  test('who joins the group works by it, who leaves the staff does not', async () => {
    const { db } = database;
    await put({ group: 'G1' });
    await addStaff(db, 'CS003', { group: 'G1', onDuty: false });
    await db.update(schema.staff).set({ active: false }).where(eq(schema.staff.id, 'CS001'));
    expect(await follow('2026-03-03T10:00:00')).toEqual(expect.arrayContaining(['CS002', 'CS003']));
    expect((await roster('2026-03-03', '2026-03-04')).map((shift) => shift.slice(0, 5))).toEqual(['CS002', 'CS003']);
  });

  test('public holidays are free, make-up days are worked, unless the pattern says otherwise', async () => {
    await importLibraryYears(database.db);
    await put({ staff: 'CS001' });
    await put({ id: 'always', staff: 'CS002', publicDays: false });
    // 1 October is a Thursday; Saturday 10 October 2026 is worked in exchange.
    expect((await roster('2026-09-30', '2026-10-12', 'CS001')).map((shift) => shift.slice(6, 11))).toEqual([
      ...['09-30', '10-08', '10-09', '10-10'],
    ]);
    expect((await roster('2026-09-30', '2026-10-12', 'CS002')).map((shift) => shift.slice(6, 11))).toEqual([
      ...['09-30', '10-01', '10-02', '10-05', '10-06', '10-07', '10-08', '10-09'],
    ]);
  });

  test("a day's own shift takes the pattern's place; one's own pattern the group's", async () => {
    await put({ group: 'G1' });
    await put({ id: 'late', staff: 'CS002', weekdays: [3], starts: '13:00', ends: '21:00', since: '2026-03-03' });
    const from = new Date('2026-03-03T12:00:00+08:00');
    const to = new Date('2026-03-03T14:00:00+08:00');
    const planned = await database.db.transaction((tx) => planShifts(tx, [{ staff: 'CS001', from, to }], 'SV001'));
    expect(planned).toHaveProperty('shifts');
    expect(await roster('2026-03-02', '2026-03-05')).toEqual([
      ...['CS001 03-02 09:00 18:00 office', 'CS002 03-02 09:00 18:00 office', 'CS001 03-03 12:00 14:00 planned'],
      ...['CS001 03-04 09:00 18:00 office', 'CS002 03-04 13:00 21:00 late'],
    ]);
    expect(await follow('2026-03-03T10:00:00')).toEqual([]);
    expect(await follow('2026-03-03T13:00:00')).toEqual(['CS001']);
  });

  test('a night shift ends on the next day', async () => {
    await put({ staff: 'CS001', weekdays: [5], starts: '22:00', ends: '06:00' });
    expect(await follow('2026-03-06T23:00:00')).toEqual(['CS001']);
    expect(await follow('2026-03-07T05:59:00')).toEqual([]);
    expect(await follow('2026-03-07T06:00:00')).toEqual(['CS001']);
    expect(await dutyOf('CS001')).toBe(false);
    expect(await roster('2026-03-07', '2026-03-08')).toEqual(['CS001 03-06 22:00 06:00 office']);
  });

  test('an absence comes first; back early, one is on duty by the pattern; without it off duty', async () => {
    const { db } = database;
    const allDay = { weekdays: [1, 2, 3, 4, 5, 6, 7], starts: '00:00', ends: '00:00', publicDays: false };
    await put({ group: 'G1', ...allDay });
    expect([await dutyOf('CS001'), await dutyOf('CS002')]).toEqual([true, true]);
    const until = (await readDuty(db, ['CS001']))[0]!.until!;
    expect(new Date(until).getTime() - Date.now()).toBeLessThanOrEqual(86_400_000);
    await db.transaction((tx) =>
      addAbsence(tx, { staff: 'CS001', from: hour(-1), to: hour(8), kind: 'sick', createdBy: 'CS001' }),
    );
    expect(await dutyOf('CS001')).toBe(false);
    await db.transaction((tx) => setDuty(tx, 'CS001', true));
    await db.transaction((tx) => followSchedules(tx));
    expect(await dutyOf('CS001')).toBe(true);
    await db.transaction((tx) => deleteShiftPattern(tx, 'office'));
    expect([await dutyOf('CS001'), await dutyOf('CS002')]).toEqual([false, false]);
  });
});

describe('G7: open tickets of who is away', () => {
  const held = (number: string, openSteps: string[], more: object = {}) =>
    addTicket(database.db, number, {
      ...{ handler: 'CS001', revision: 2, snapshot: snapshotOf(number, { handler: 'CS001', openSteps }), ...more },
    });
  const away = (more: object = {}) =>
    database.db.transaction((tx) =>
      addAbsence(tx, {
        ...{ staff: 'CS001', from: hour(-1), to: hour(8), kind: 'sick', createdBy: 'SV001', substitute: null, ...more },
      }),
    );
  const found = async () => (await absentHandlers(database.db)).map(({ ticket }) => ticket);
  const told = () =>
    database.db
      .select({ ticket: schema.notifications.ticket, staff: schema.notifications.staff })
      .from(schema.notifications)
      .orderBy(schema.notifications.ticket);
  beforeEach(async () => {
    await addStaff(database.db, 'SV001', { roles: ['supervisor'], onDuty: true });
    await addStaff(database.db, 'SV002', { roles: ['supervisor'], onDuty: false });
  });

  test('what nothing hands on is found, and the supervisors on duty are told once', async () => {
    await held('T1', ['reassign'], { process: 'escalation' });
    await held('T2', ['record-solution']);
    await held('T3', ['reassign']);
    await held('T4', ['reassign'], { process: 'escalation', closedAt: new Date() });
    expect(await found()).toEqual([]);
    const absence = await away();
    expect(await handOverTickets(database.db)).toBe(1); // T3: back to dispatch
    expect(await found()).toEqual(['T1', 'T2']);
    const [one, two] = await Promise.all([tellAbsentHandlers(database.db), tellAbsentHandlers(database.db)]);
    expect(one + two).toBe(2);
    expect(await told()).toEqual([
      { ticket: 'T1', staff: 'SV001' },
      { ticket: 'T2', staff: 'SV001' },
    ]);
    // Another supervisor comes on duty: told is told.
    await database.db.update(schema.staff).set({ onDuty: true }).where(eq(schema.staff.id, 'SV002'));
    expect(await tellAbsentHandlers(database.db)).toBe(0);
    // A substitute is named: the escalation is handed over, and only what cannot be stays.
    await database.db.transaction((tx) => changeAbsence(tx, absence.id, { substitute: 'CS002' }));
    expect(await handOverTickets(database.db)).toBe(1);
    expect(await found()).toEqual(['T2']);
    await database.db.transaction((tx) => changeAbsence(tx, absence.id, { to: new Date() }));
    expect(await found()).toEqual([]);
    // The next absence is another matter.
    await away();
    await tellAbsentHandlers(database.db);
    expect((await told()).filter(({ ticket }) => ticket === 'T2').length).toBeGreaterThan(1);
  });

  test('handing over was refused: found until the ticket has changed', async () => {
    await held('T1', ['reassign']);
    await away({ substitute: 'CS002' });
    expect(await handOverTickets(database.db)).toBe(1);
    expect(await found()).toEqual([]);
    await database.db.update(schema.steps).set({ state: 'refused' });
    expect(await found()).toEqual(['T1']);
    await database.db.update(schema.tickets).set({ revision: 3 });
    expect(await found()).toEqual([]);
  });

  test('kept on purpose: found when something falls due before they are back', async () => {
    await held('T1', ['reassign'], { nextDueAt: hour(9) });
    await held('T2', ['reassign'], { nextDueAt: hour(7) });
    await away({ handOver: false });
    expect(await found()).toEqual(['T2']);
  });
});
