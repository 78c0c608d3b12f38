import { randomUUID } from 'node:crypto';
import { addAbsence, findPolicy, handOverTickets, publishPolicy, schema } from '@duban/database';
import type { ApiError } from '@duban/infra/local/centre';
import { demoStaff } from '@duban/infra/local/demo-data';
import { manual } from '@duban/policy/presets';
import { eq } from 'drizzle-orm';
import { type TestCentre, openCentre } from '../support/centre';
import { HOUR, MINUTE, pathsOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;
const modeOf = (id: string, mode: 'automatic' | 'pick-up' | 'manual') =>
  c.database.db.update(schema.groups).set({ mode }).where(eq(schema.groups.id, id));

beforeAll(async () => {
  c = await openCentre();
  const definition = structuredClone(manual);
  const { consultation, escalation } = definition.clocks;
  for (const [key, minutes] of [
    ['handling', 600],
    ['first-response', 20],
    ['accept', 4],
  ] as const)
    for (const rule of Object.values(consultation![key]!)) rule.target = { unit: 'businessTime', ms: minutes * MINUTE };
  for (const rule of Object.values(escalation!.approval!)) rule.target = { unit: 'businessTime', ms: HOUR };
  await publishPolicy(c.database.db, { id: 'manual', definition, activate: false });
  expect(await findPolicy(c.database.db, 'manual', 2)).toBeDefined();
}, 120_000);
afterAll(() => c?.close(), 60_000);

async function pooled(): Promise<string> {
  const { exampleIntakes } = await import('@duban/infra/local/seed-tickets');
  const n = await c.people.register('CS001', exampleIntakes.consultation(3, 'product', 'P2'));
  await paths.entry(n, 'queued', { mode: 'pick-up' });
  return n;
}

describe('G7: 抢单', () => {
  beforeAll(() => modeOf('consulting', 'pick-up'));
  afterAll(() => modeOf('consulting', 'automatic'));

  it('two at once: one gets it, the other a clear 409; it is received with that', async () => {
    const n = await pooled();
    await paths.told(n, 'pool-waiting → CS001');
    const pool = await c.people.request<{ tickets: Array<{ number: string }> }>('CS002', 'GET', '/tickets?queue=pool');
    expect(pool.body.tickets.map(({ number }) => number)).toContain(n);
    const outcomes = await Promise.allSettled(['CS001', 'CS002'].map((staff) => take(staff, n, 'pick-up')));
    const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as ApiError] : []));
    expect(lost).toHaveLength(1);
    expect(lost[0]).toMatchObject({ status: 409, body: { code: 'already-taken' } });
    const winner = outcomes[0]!.status === 'fulfilled' ? 'CS001' : 'CS002';
    expect(lost[0]!.body.title).toContain(demoStaff.find(({ id }) => id === winner)!.name);
    const ticket = await c.people.until(n, (t) => t.handler !== null);
    expect(ticket).toMatchObject({ handler: winner, status: 'in-progress' });
    const { body } = await c.people.request<{ entries: Array<{ kind: string; explanation?: string }> }>(
      ...(['SV001', 'GET', `/tickets/${n}/timeline`] as const),
    );
    const why = body.entries.find(({ kind }) => kind === 'assigned')!.explanation;
    expect(why).toMatch(new RegExp(`^${winner} 抢单,在办 \\d+ 件$`));
    // Later ones are told so, too; the pool is empty again.
    expect(await paths.refused(take('CS003', n, 'pick-up'))).toBe('already-taken');
    await paths.close(n, winner);
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'consultation/picked-up');
  });

  it('who does not belong to the group, or has no room, is told so', async () => {
    const n = await pooled();
    expect(await paths.refused(take('CS005', n, 'pick-up'))).toBe('not-in-group');
    await c.database.db.update(schema.staff).set({ capacity: 0 }).where(eq(schema.staff.id, 'CS003'));
    expect(await paths.refused(take('CS003', n, 'pick-up'))).toBe('at-capacity');
    await c.database.db.update(schema.staff).set({ capacity: 1000 }).where(eq(schema.staff.id, 'CS003'));
    await take('CS003', n, 'pick-up');
    await c.people.until(n, (t) => t.handler === 'CS003');
  });

  it('nobody wants it: the supervisor hears after the time for receipt, and dispatches by hand', async () => {
    const n = await pooled();
    await c.advance(n, 11 * MINUTE);
    await paths.told(n, 'waiting-for-assignment → SV001');
    await take('SV001', n, 'reassign', { to: 'CS004', note: '客户为VIP客户,需优先处理' });
    await c.people.until(n, (t) => t.handler === 'CS004' && t.status === 'awaiting-receipt');
    expect(await paths.refused(take('CS001', n, 'pick-up'))).toBe('not-open');
    await take('CS004', n, 'confirm-receipt');
    await paths.close(n, 'CS004');
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'consultation/pool-unwanted');
  });
});

describe('G5: move this ticket to the new version', () => {
  it('running clocks keep the time they have used; the timeline has old and new version', async () => {
    const { n, handler } = await paths.handled();
    await c.advance(n, 10 * MINUTE);
    const before = await c.state(n);
    const due = (key: string, of = before) => of.clocks.find((clock) => clock.key === key)!;
    expect(due('first-response').dueAt - due('first-response').startedAt).toBe(30 * MINUTE);
    expect(await paths.refused(take('SV001', n, 'move-policy', { to: 'manual:1' }))).toBe('same-policy');
    expect(await paths.refused(take('SV001', n, 'move-policy', { to: 'manual:9' }))).toBe('invalid-fields');
    expect(await paths.refused(take(handler, n, 'move-policy', { to: 'manual:2' }))).toBe('not-yours');
    await take('SV001', n, 'move-policy', { to: 'manual:2', note: '按新版时限' });
    await paths.entry(n, 'policy-moved', { from: 'manual:1', to: 'manual:2' });
    const after = await c.state(n);
    expect(after.policy).toEqual({ id: 'manual', version: 2 });
    const moved = due('first-response', after);
    expect(moved.startedAt).toBe(due('first-response').startedAt);
    expect(Math.abs(moved.dueAt - moved.startedAt - 20 * MINUTE)).toBeLessThan(1000);
    expect(Math.abs(due('handling', after).dueAt - due('handling').startedAt - 600 * MINUTE)).toBeLessThan(1000);
    const [row] = await c.database.db.select().from(schema.tickets).where(eq(schema.tickets.number, n));
    expect(row).toMatchObject({ policy: 'manual', policyVersion: 2 });
    // Late by the new version's twenty minutes.
    await c.advance(n, 11 * MINUTE);
    await paths.entry(n, 'breached', { clock: 'first-response' });
    await paths.close(n, handler);
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'consultation/policy-moved');
  });

  it('receipt that is due sooner is missed sooner', async () => {
    const { n, handler } = await paths.consultation();
    await take('SV001', n, 'move-policy', { to: 'manual:2' });
    await paths.entry(n, 'policy-moved');
    await c.advance(n, 10 * MINUTE); // 4 for receipt, 5 until the ticket is dispatched again
    await paths.entry(n, 'redispatched', { handler });
  });

  it('an administrator moves tickets that they may not read; each answers for itself, again the same', async () => {
    const { n } = await paths.handled();
    const { n: e } = await paths.escalation();
    const move = (key: string, tickets: string[]) =>
      c.people.request<{ tickets: Array<{ number: string; state: string; refusal: string | null }> }>(
        ...(['AD001', 'POST', '/policies/manual/versions/2/move', { tickets }, { 'idempotency-key': key }] as const),
      );
    const key = randomUUID();
    const numbers = [n, e, '20200101000001'];
    const first = await move(key, numbers);
    expect(first.body.tickets.map(({ state }) => state)).toEqual(['moved', 'moved', 'not-found']);
    for (const moved of [n, e]) await paths.entry(moved, 'policy-moved', { to: 'manual:2' });
    expect((await move(key, numbers)).body).toEqual(first.body);
    const again = await move(randomUUID(), [n]);
    expect(again.body.tickets).toEqual([{ number: n, state: 'refused', refusal: expect.stringContaining('manual:2') }]);
    expect((await c.timeline(n)).filter(({ kind }) => kind === 'policy-moved')).toHaveLength(1);
    const approval = (await c.state(e)).clocks.find(({ key }) => key === 'approval')!;
    expect(Math.abs(approval.dueAt - approval.startedAt - HOUR)).toBeLessThan(1000);
    await take('SV001', e, 'reject', { reason: '可自行处理' });
    await c.ended(e);
    await c.saveHistory(e, 'escalation/policy-moved');
  });
});

it('G7: an absent person’s open tickets go to the substitute', async () => {
  const { n, handler } = await paths.handled();
  const substitute = handler === 'CS006' ? 'CS005' : 'CS006';
  const span = { from: new Date(Date.now() - 1000), to: new Date(Date.now() + HOUR) };
  await c.database.db.transaction((tx) =>
    addAbsence(tx, { ...span, staff: handler, substitute, kind: 'sick', createdBy: 'SV001' }),
  );
  await handOverTickets(c.database.db);
  await c.people.until(n, (t) => t.handler === substitute);
  await paths.entry(n, 'assigned', { handler: substitute, choice: 'by-hand' });
});
