import { type Choice, choiceText } from '@duban/contracts';
import {
  addAbsence,
  assign,
  changeAbsence,
  deleteShift,
  followSchedules,
  handOverTickets,
  pickUpRefusal,
  planShifts,
  putGroup,
  resolveAddressees,
  schema,
  setDuty,
} from '@duban/database';
import { asc, eq } from 'drizzle-orm';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { addGroup, addStaff, addTicket, assignInput, snapshotOf } from '../support/fixtures';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase({ max: 10 });
  await addGroup(database.db, 'G1');
  await addGroup(database.db, 'G2');
});
afterEach(() => database.drop());

const ask = (ticket: string, more: Parameters<typeof assignInput>[1] = {}) =>
  assign(database.db, assignInput(ticket, more));
const category = (more: Partial<typeof schema.categories.$inferInsert> = {}) =>
  database.db.insert(schema.categories).values({
    ...{ id: 'product', process: 'consultation', nameZh: '产品', nameEn: 'Product', group: 'G1' },
    ...more,
  });
const tickets = async (...numbers: string[]) => {
  for (const number of numbers) await addTicket(database.db, number);
};
const modeOf = (id: string, mode: 'automatic' | 'manual' | 'pick-up') =>
  database.db.update(schema.groups).set({ mode }).where(eq(schema.groups.id, id));
const queue = async () =>
  (await database.db.select().from(schema.assignmentQueue).orderBy(asc(schema.assignmentQueue.key))).map(
    (q) => q.ticket,
  );
const dutyOf = async (id: string) =>
  (await database.db.select().from(schema.staff).where(eq(schema.staff.id, id)))[0]!.onDuty;
const hour = (n: number) => new Date(Date.now() + n * 3_600_000);

test('G7: the group full → its fall-backs in their order, then elsewhere; the choice says so', async () => {
  const { db } = database;
  await addGroup(db, 'G3');
  await category({ fallbackGroups: ['G3', 'G2'] });
  await addStaff(db, 'CS001', { group: 'G1' });
  await addStaff(db, 'CS002', { group: 'G2', roles: ['technical-support'] });
  await addStaff(db, 'CS003', { group: 'G3', roles: ['after-sales'] });
  await addStaff(db, 'CS004');
  await tickets('T1', 'T2', 'T3', 'T4', 'T5');
  expect(await ask('T1')).toMatchObject({ handler: 'CS001', choice: { choice: 'least-loaded' } });
  expect(await ask('T2')).toMatchObject({
    handler: 'CS003',
    group: 'G1',
    reason: '1 of 1 at capacity; fall-back G3, least loaded: CS003, 0 open',
    choice: { choice: 'fallback', via: 'G3', members: 1, full: 1 },
  });
  expect(await ask('T3')).toMatchObject({ handler: 'CS002', choice: { via: 'G2' } });
  expect(await ask('T4')).toMatchObject({ handler: 'CS004', choice: { choice: 'elsewhere' } });
  expect(await ask('T5')).toEqual({ handler: null, waiting: true });
  // Somebody of a fall-back group becomes free: the waiting ticket is theirs.
  await db.transaction(async (tx) => {
    await tx.update(schema.staff).set({ capacity: 2 }).where(eq(schema.staff.id, 'CS002'));
    await followSchedules(tx);
  });
  await db.transaction((tx) => setDuty(tx, 'CS002', true));
  expect(await ask('T5')).toMatchObject({ handler: 'CS002', choice: { choice: 'fallback' } });
});

test('G7: a ticket that needs skills waits for somebody who has them all', async () => {
  const { db } = database;
  await category({ skills: ['english'] });
  await addStaff(db, 'CS001', { group: 'G1', capacity: 5 });
  await addStaff(db, 'CS002', { group: 'G1', capacity: 5, skills: ['english'] });
  await addTicket(db, 'T1');
  await addTicket(db, 'T2', { form: { skills: ['billing'] } });
  await addTicket(db, 'T3', { category: 'other', form: {} });
  expect(await ask('T1')).toMatchObject({
    handler: 'CS002',
    reason: 'needs english; 0 of 1 at capacity; least loaded: CS002, 0 open',
  });
  expect(await ask('T2')).toEqual({ handler: null, waiting: true });
  expect(await ask('T3', { category: 'other' })).toMatchObject({ handler: 'CS001' });
  await db.transaction(async (tx) => {
    await tx
      .update(schema.staff)
      .set({ skills: ['billing', 'english'] })
      .where(eq(schema.staff.id, 'CS001'));
    await setDuty(tx, 'CS001', true);
  });
  expect(await ask('T2')).toMatchObject({ handler: 'CS001' });
  // A dispatcher may name anybody.
  await addTicket(db, 'T4');
  await addStaff(db, 'CS003', { group: 'G1' });
  expect(await ask('T4', { to: 'CS003' })).toMatchObject({ handler: 'CS003', choice: { choice: 'by-hand' } });
});

test('G7: who weighs twice as much has twice as many', async () => {
  const { db } = database;
  await addStaff(db, 'CS001', { group: 'G1', capacity: 20 });
  await addStaff(db, 'CS002', { group: 'G1', capacity: 20, weight: 2 });
  const given: string[] = [];
  for (let i = 0; i < 9; i++) {
    await tickets(`T${i}`);
    given.push((await ask(`T${i}`)).handler!);
  }
  expect(given.filter((id) => id === 'CS002')).toHaveLength(6);
  await tickets('T9');
  expect(await ask('T9')).toMatchObject({ reason: expect.stringMatching(/^0 of 2 at capacity; least loaded: CS00/) });
  const claims = await db.select().from(schema.claims).where(eq(schema.claims.staff, 'CS002'));
  expect(claims[0]!.reason).toContain('CS002, 0 open, weight 2');
});

test("G7: a class's rule names the group that high-value customers' tickets go to first", async () => {
  const { db } = database;
  await db
    .insert(schema.customerClasses)
    .values([
      { id: 'vip', nameZh: '贵宾', nameEn: 'VIP', group: 'G2' },
      { id: 'retired', nameZh: '旧', nameEn: 'Old', group: 'G2', active: false },
    ])
    .onConflictDoUpdate({ target: schema.customerClasses.id, set: { group: 'G2' } });
  await category();
  await addStaff(db, 'CS001', { group: 'G1', capacity: 9 });
  await addStaff(db, 'CS002', { group: 'G2' });
  for (const [number, of] of [
    ['T1', 'vip'],
    ['T2', 'vip'],
    ['T3', 'retired'],
  ] as const)
    await addTicket(db, number, {}, { class: of });
  expect(await ask('T1')).toMatchObject({
    handler: 'CS002',
    group: 'G1',
    reason: 'class vip → G2; 0 of 1 at capacity; least loaded: CS002, 0 open',
  });
  // That group is full: the category's own is the next rung.
  expect(await ask('T2')).toMatchObject({ handler: 'CS001', choice: { choice: 'fallback', via: 'G1', rule: 'vip' } });
  expect(await ask('T3')).toMatchObject({ handler: 'CS001', choice: { choice: 'least-loaded' } });
  // Reassigned to a group by hand: the rule has no say any more.
  await addStaff(db, 'CS003', { group: 'G2' });
  expect(await ask('T1', { n: 2, group: 'G2', exclude: ['CS002'] })).not.toMatchObject({ choice: { rule: 'vip' } });
});

test('G7: a group that dispatches by hand waits for a dispatcher, whoever is free', async () => {
  const { db } = database;
  await category({ fallbackGroups: ['G2'] });
  await modeOf('G1', 'manual');
  await addStaff(db, 'CS001', { group: 'G1', capacity: 5 });
  await addStaff(db, 'CS002', { group: 'G2', capacity: 5 });
  await tickets('T1', 'T2', 'T3');
  expect(await ask('T1')).toEqual({ handler: null, waiting: true, mode: 'manual', group: 'G1' });
  expect(await ask('T1')).toEqual({ handler: null, waiting: true, mode: 'manual', group: 'G1' });
  expect(await ask('T2')).toMatchObject({ mode: 'manual' });
  // What waits for a hand holds nobody else up.
  expect(await ask('T3', { group: 'G2' })).toMatchObject({ handler: 'CS002' });
  expect(await ask('T1', { n: 2, to: 'CS001' })).toMatchObject({ handler: 'CS001', choice: { choice: 'by-hand' } });
  expect(await queue()).toEqual(['T2']);
  // The group changes its mind: who waits is served at once.
  await putGroup(db, { id: 'G1', nameZh: '一', nameEn: 'One', mode: 'automatic', members: ['CS001'] });
  expect(await queue()).toEqual([]);
  expect(await ask('T2')).toMatchObject({ handler: 'CS001' });
});

test('G7: 抢单 – of two at once one gets it; members with room only; the pool is told to those on duty', async () => {
  const { db } = database;
  await category();
  await modeOf('G1', 'pick-up');
  await addStaff(db, 'CS001', { group: 'G1' });
  await addStaff(db, 'CS002', { group: 'G1' });
  await addStaff(db, 'CS003', { group: 'G2' });
  await addStaff(db, 'CS004', { group: 'G1', onDuty: false });
  await tickets('T1', 'T2', 'T3');
  expect(await ask('T1')).toEqual({ handler: null, waiting: true, mode: 'pick-up', group: 'G1' });
  expect((await resolveAddressees(db, 'T1', [{ kind: 'group', id: 'G1' }])).map(({ id }) => id)).toEqual([
    'CS001',
    'CS002',
  ]);
  expect(await pickUpRefusal(db, 'T1', 'CS003')).toEqual({ code: 'not-in-group', group: 'G1' });
  expect(await pickUpRefusal(db, 'T1', 'CS001')).toBeNull();
  // The workflow lets one through; even if it did not, each request is an assignment of its own and the last one binds.
  expect(await ask('T1', { n: 2, to: 'CS003', pickUp: true })).toMatchObject({
    mode: 'pick-up',
    refused: 'not-in-group',
  });
  expect(await ask('T1', { n: 3, to: 'CS001', pickUp: true })).toMatchObject({
    handler: 'CS001',
    reason: 'picked up by CS001, 0 open',
  });
  expect(await queue()).toEqual([]);
  // At capacity: two grabs of the same person at the same time never make two claims.
  await ask('T2');
  await ask('T3');
  expect(await pickUpRefusal(db, 'T2', 'CS001')).toEqual({ code: 'at-capacity', open: 1, capacity: 1 });
  const both = await Promise.all(['T2', 'T3'].map((ticket) => ask(ticket, { n: 2, to: 'CS002', pickUp: true })));
  expect(both.map((result) => ('refused' in result ? result.refused : result.handler)).sort()).toEqual([
    'CS002',
    'at-capacity',
  ]);
  expect(await queue()).toHaveLength(1);
});

describe('G7: shifts and absences', () => {
  const plan = (staff: string, from: number, to: number) =>
    database.db.transaction((tx) => planShifts(tx, [{ staff, from: hour(from), to: hour(to) }], 'SV001'));
  const follow = (at: Date) => database.db.transaction((tx) => followSchedules(tx, at));
  const away = (staff: string, substitute: string | null, by = 'SV001', from = -1) =>
    database.db.transaction((tx) =>
      addAbsence(tx, { staff, from: hour(from), to: hour(8), substitute, kind: 'leave', createdBy: by }),
    );

  test('duty follows shifts; set by hand it lasts until the next edge', async () => {
    const { db } = database;
    await addStaff(db, 'CS001', { group: 'G1', onDuty: false });
    await addStaff(db, 'CS002', { group: 'G1', onDuty: true });
    await tickets('T1');
    await plan('CS001', 1, 5);
    expect(await dutyOf('CS001')).toBe(false);
    expect(await follow(hour(2))).toEqual(['CS001']);
    expect(await dutyOf('CS001')).toBe(true);
    await db.transaction((tx) => setDuty(tx, 'CS001', false)); // a break, by hand
    expect(await follow(hour(3))).toEqual([]);
    expect(await dutyOf('CS001')).toBe(false);
    expect(await follow(hour(6))).toEqual(['CS001']);
    expect(await dutyOf('CS001')).toBe(false);
    expect(await dutyOf('CS002')).toBe(true); // has no shifts: stays as set
  });

  test('who comes on duty by a shift gets what waits; a shift that runs is taken out of the plan', async () => {
    const { db } = database;
    await addStaff(db, 'CS001', { group: 'G1', onDuty: false });
    await tickets('T1');
    expect(await ask('T1')).toMatchObject({ waiting: true });
    const planned = await plan('CS001', -1, 5);
    expect(await ask('T1')).toMatchObject({ handler: 'CS001' });
    await db.transaction((tx) => deleteShift(tx, (planned as { shifts: Array<{ id: string }> }).shifts[0]!.id));
    expect(await dutyOf('CS001')).toBe(false);
  });

  test('shifts of one person do not overlap, planned one after the other or at once', async () => {
    await addStaff(database.db, 'CS001');
    await plan('CS001', 1, 5);
    expect(await plan('CS001', 4, 6)).toEqual({ overlapping: [0] });
    expect(await plan('CS001', 5, 6)).toHaveProperty('shifts');
    const race = await Promise.all([plan('CS001', 10, 12), plan('CS001', 11, 13)]);
    expect(race.filter((result) => 'shifts' in result)).toHaveLength(1);
    expect(await database.db.select().from(schema.shifts)).toHaveLength(3);
  });

  test('an absent person: off duty, the substitute stands in for new tickets, also for those named by hand', async () => {
    const { db } = database;
    await category();
    await addStaff(db, 'SV001', { roles: ['supervisor'], onDuty: false });
    await addStaff(db, 'CS001', { group: 'G1', capacity: 5 });
    await addStaff(db, 'CS002', { group: 'G2', roles: ['after-sales'], capacity: 5 });
    await addStaff(db, 'CS003', { group: 'G2', capacity: 5, onDuty: false });
    await tickets('T1', 'T2', 'T3', 'T4');
    const absence = await away('CS001', 'CS002');
    expect(await dutyOf('CS001')).toBe(false);
    // A member of the group in their stead.
    expect(await ask('T1')).toMatchObject({ handler: 'CS002', choice: { choice: 'least-loaded', members: 1 } });
    expect(await ask('T2', { to: 'CS001' })).toMatchObject({
      handler: 'CS002',
      reason: 'CS001 is away; substitute: CS002, 1 open',
      choice: { choice: 'substitute', absent: 'CS001' },
    });
    // The substitute is away, too: theirs.
    await away('CS002', 'CS003');
    expect(await ask('T3', { to: 'CS001' })).toMatchObject({ handler: 'CS003' });
    // In a circle there is nobody: it waits for dispatch.
    await away('CS003', 'CS001');
    expect(await ask('T4', { to: 'CS001' })).toEqual({ handler: null, waiting: true });
    // Back early, by hand: the absence ends, and stays ended.
    await db.transaction((tx) => setDuty(tx, 'CS001', true));
    expect(await ask('T4')).toMatchObject({ handler: 'CS001' });
    await follow(hour(1));
    expect(await dutyOf('CS001')).toBe(true);
    expect(
      (await db.select().from(schema.absences).where(eq(schema.absences.id, absence.id)))[0]!.to.getTime(),
    ).toBeLessThanOrEqual(Date.now());
  });

  test('open tickets of an absent person are handed over by a step, once for each state of the ticket', async () => {
    const { db } = database;
    await addStaff(db, 'SV001', { roles: ['supervisor'], onDuty: false });
    await addStaff(db, 'CS001', { group: 'G1', capacity: 5 });
    await addStaff(db, 'CS002', { group: 'G1', capacity: 5 });
    const snapshot = (number: string, openSteps = ['reassign']) => snapshotOf(number, { handler: 'CS001', openSteps });
    await addTicket(db, 'T1', { handler: 'CS001', revision: 4, snapshot: snapshot('T1') });
    await addTicket(db, 'T2', { handler: 'CS001', revision: 2, snapshot: snapshot('T2', []) });
    await addTicket(db, 'T3', { handler: 'CS002', revision: 2, snapshot: snapshot('T3') });
    await addTicket(db, 'T4', { handler: 'CS001', revision: 2, snapshot: snapshot('T4'), closedAt: new Date() });
    const steps = () => db.select().from(schema.steps).orderBy(asc(schema.steps.id));
    const absence = await away('CS001', 'CS002');
    expect(await handOverTickets(db)).toBe(1);
    expect(await handOverTickets(db)).toBe(0);
    expect(await steps()).toMatchObject([
      {
        ...{ id: `absence:${absence.id}:T1:4`, ticket: 'T1', step: 'reassign', state: 'pending', seenRevision: 4 },
        ...{ command: { to: 'CS002' }, actorId: 'SV001', actor: { kind: 'staff', roles: ['supervisor'] } },
      },
    ]);
    // Refused, for the ticket had just changed: taken again, on the state that is seen now.
    await db.update(schema.steps).set({ state: 'refused' });
    expect(await handOverTickets(db)).toBe(0);
    await db.update(schema.tickets).set({ revision: 5 }).where(eq(schema.tickets.number, 'T1'));
    expect(await handOverTickets(db)).toBe(1);
    // It ends: nothing is handed over any more.
    await db.update(schema.steps).set({ state: 'refused' }).where(eq(schema.steps.state, 'pending'));
    await db.update(schema.tickets).set({ revision: 6 }).where(eq(schema.tickets.number, 'T1'));
    await db.transaction((tx) => changeAbsence(tx, absence.id, { to: new Date() }));
    expect(await handOverTickets(db)).toBe(0);
  });
});

test('G7: the choice in words, in both languages', () => {
  const choice: Choice = { choice: 'least-loaded', handler: 'CS007', open: 2, members: 4, full: 3 };
  expect(choiceText(choice, 'en')).toBe('3 of 4 at capacity; least loaded: CS007, 2 open');
  expect(choiceText(choice, 'zh')).toBe('4 人中 3 人已满;负载最低:CS007,在办 2 件');
  expect(choiceText({ ...choice, choice: 'elsewhere', skills: ['english', 'billing'] }, 'zh')).toBe(
    '需技能 english、billing;4 人中 3 人已满;其他组中负载最低:CS007,在办 2 件',
  );
});
