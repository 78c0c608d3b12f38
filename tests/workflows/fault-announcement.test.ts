import { randomUUID } from 'node:crypto';
import { announceFault, exampleFault } from '@duban/infra/local/demo-faults';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { taskQueues } from '@duban/contracts';
import { type TestCentre, openCentre } from '../support/centre';
import { HOUR, inHours, pathsOf, systemOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

async function announced(fault: object = exampleFault(), staff = 'DM001') {
  const n = await announceFault(c.people, fault, staff);
  await c.people.until(n, (t) => t.revision > 0);
  return n;
}
interface Shown {
  state: string;
  progress: string;
  expectedAt: string | null;
}
const shown = async (n: string, staff = 'CS001') =>
  (await c.people.request<Shown>(staff, 'GET', `/fault-announcements/${n}`)).body;

describe('a fault announcement (F2)', () => {
  it('is seen by every agent at once, kept up to date, and over; nobody is surveyed (F2)', async () => {
    const n = await announced();
    for (const agent of ['CS001', 'TS001', 'TL001', 'SV001']) await paths.told(n, `fault-published → ${agent}`);
    const { body } = await c.people.request<{ announcements: Array<{ number: string }> }>(
      ...(['CS002', 'GET', '/fault-announcements?open=true&area=east&service=network'] as const),
    );
    expect(body.announcements.map(({ number }) => number)).toEqual([n]);
    expect((await c.state(n)).status).toBe('in-progress');
    expect(await paths.refused(take('CS001', n, 'update-fault', { progress: 'x' }))).toBe('not-yours');
    expect(await paths.refused(take('DM001', n, 'update-fault', { progress: 'x', expectedAt: inHours(-1) }))).toBe(
      'in-the-past',
    );
    await take('OD001', n, 'update-fault', { progress: '熔接已完成一半' });
    expect(await shown(n)).toMatchObject({ state: 'open', progress: '熔接已完成一半' });
    await paths.told(n, 'fault-updated → CS003');
    await take('DM001', n, 'end-fault', { result: '已恢复' });
    expect(await shown(n)).toMatchObject({ state: 'over', progress: '熔接已完成一半' });
    await paths.told(n, 'fault-over → CS001');
    expect(await paths.refused(take('DM001', n, 'update-fault', { progress: 'x' }))).toBeDefined();
    await c.ended(n);
    expect(await c.people.ticket(n)).toMatchObject({ status: 'resolved', archived: true });
    await c.saveHistory(n, 'fault-announcement/over');
  });

  it('the system of operations updates and ends it by signal; another department’s is ignored (F2, D1)', async () => {
    const n = await announced();
    const material = { ticket: n, kind: 'update-fault', body: { progress: '备用线路已启用' } };
    const { body } = await c.people.request<{ id: string }>('DM001', 'POST', '/materials', material);
    await paths.signal(n, 'update-fault', systemOf('FIN'), {});
    await paths.entry(n, 'ignored', { step: 'update-fault', code: 'not-yours' });
    const expectedAt = Date.now() + 9 * HOUR;
    await paths.signal(n, 'update-fault', systemOf('OPS'), { expectedAt }, randomUUID(), body.id);
    await paths.entry(n, 'step', { step: 'update-fault', origin: 'signal' });
    await c.eventually(async () => expect(await shown(n)).toMatchObject({ progress: '备用线路已启用' }));
    expect(Date.parse((await shown(n)).expectedAt!)).toBe(expectedAt);
    await paths.signal(n, 'end-fault', systemOf('OPS'));
    await c.ended(n);
    expect((await shown(n)).state).toBe('over');
    await c.saveHistory(n, 'fault-announcement/by-signals');
  });

  it('without news for an hour the duty manager and the supervisor hear of it; a promise is warned of, and breached (F2, G13)', async () => {
    const n = await announced({ ...exampleFault(), expectedAt: inHours(3) });
    await c.advancePast(n, 'fault-update');
    await paths.entry(n, 'breached', { clock: 'fault-update', late: 'duty-manager' });
    await paths.told(n, 'clock-breached → DM001');
    await paths.told(n, 'clock-breached → SV001');
    await take('DM001', n, 'update-fault', { progress: '仍在抢修' });
    const running = (await c.state(n)).clocks.find(({ key }) => key === 'fault-update')!;
    expect(running).toMatchObject({ state: 'running' });
    expect(running.dueAt - running.startedAt).toBe(HOUR);
    await c.advancePast(n, 'recovery', 85);
    await paths.entry(n, 'warned', { clock: 'recovery' });
    await c.advancePast(n, 'recovery');
    await paths.entry(n, 'breached', { clock: 'recovery' });
    // Another promise is another run; the broken one stays broken.
    const later = new Date((await c.virtualNow(n)) + 5 * HOUR).toISOString();
    await take('SV001', n, 'update-fault', { progress: '更换设备', expectedAt: later });
    const state = await c.state(n);
    expect(state.earlierRuns?.recovery).toMatchObject({ breached: 1 });
    expect(state.clocks.find(({ key }) => key === 'recovery')).toMatchObject({ state: 'running', promised: true });
    await take('SV001', n, 'take-over', { reason: '接手' });
    await take('SV001', n, 'pause', { reason: '等待运营' });
    await take('SV001', n, 'continue', {});
    await take('SV001', n, 'end-fault', {});
    await c.ended(n);
    await c.saveHistory(n, 'fault-announcement/late');
  });

  it('published twice under one key it is one; without a promise none is watched (F2)', async () => {
    const key = randomUUID();
    const fault = { ...exampleFault(['south'], ['payment']), expectedAt: null, department: 'OPS' };
    const [first, second] = await Promise.all([
      announceFault(c.people, fault, 'OD001', key),
      announceFault(c.people, fault, 'OD001', key),
    ]);
    expect(second).toBe(first);
    await c.people.until(first, (t) => t.revision > 0);
    expect((await c.state(first)).clocks.map(({ key: clock }) => clock)).toEqual(['fault-update']);
    await take('OD001', first, 'end-fault', {});
    await c.ended(first);
    await c.saveHistory(first, 'fault-announcement/no-promise');
  });

  it('many customers call at once while it is published: each is inside it, and each hears of its end (F1, F2)', async () => {
    const before = await Promise.all(
      [0, 1, 2].map((i) => c.people.register('CS001', exampleIntakes.fault(i, 'west', 'payment'))),
    );
    const [announcement, ...during] = await Promise.all([
      announced(exampleFault(['west'], ['payment'])),
      ...[3, 4, 5, 6].map((i) => c.people.register('CS002', exampleIntakes.fault(i, 'west', 'payment'))),
    ]);
    const all = [...before, ...during];
    for (const n of all) await c.people.until(n, (t) => t.stage === 'awaiting-recovery');
    const { body } = await c.people.request<{ callers: object[] }>(
      ...(['SV001', 'GET', `/fault-announcements/${announcement}/callers`] as const),
    );
    expect(body.callers).toHaveLength(all.length);
    await take('DM001', announcement, 'end-fault', {});
    await c.ended(announcement);
    for (const n of all) {
      await c.people.until(n, (t) => t.stage === 'recovered');
      const told = (await c.sent(n)).filter((line) => line.startsWith('fault-recovered'));
      expect(told).toEqual(['fault-recovered → sms sent']);
    }
  });

  it('the week is summed up by kind, area and cause, and each department’s contact is told once (F3)', async () => {
    const today = new Date(Date.now() + 8 * HOUR);
    const monday = new Date(today.getTime() - ((today.getUTCDay() + 6) % 7) * 24 * HOUR).toISOString().slice(0, 10);
    for (const run of [1, 2])
      await c.client.workflow.execute('faultSummary', {
        ...{ workflowId: `summary-${run}`, taskQueue: taskQueues.orchestrator, args: [{ week: monday }] },
      });
    const { body } = await c.people.request<{
      reports: { count: number };
      rows: Array<{ category: string; area: string; cause: string; count: number }>;
    }>('TD001', 'GET', `/fault-summaries/${monday}`);
    expect(body.reports.count).toBe(7);
    expect(body.rows).toEqual([
      expect.objectContaining({
        ...{ category: 'fault-payment', area: 'west', cause: 'line', count: 7 },
        ...{ areaName: '西城区', causeLabel: '线路', categoryName: '故障-支付系统' },
      }),
    ]);
    const told = (await c.told(`faults-${monday}`)).sort();
    expect(told).toEqual(
      ['FD001', 'LD001', 'OD001', 'RV001', 'TD001', 'WD001'].map((id) => `fault-summary-ready → ${id}`),
    );
  });
});
