import { randomUUID } from 'node:crypto';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { type TestCentre, openCentre } from '../support/centre';
import { referenceEmergency } from '../support/references/emergency';
import { HOUR, MINUTE, inHours, pathsOf, systemOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

let serial = 0;
async function opened(category = 'account-safety') {
  const n = await c.people.register('CS001', exampleIntakes.emergency(serial++, category));
  await c.people.until(n, (t) => t.stage === 'alarming' && t.revision > 0);
  return n;
}
const done = (task: string) => ({ task, outcome: 'done', result: '已完成' });
const debrief = { cause: 'attack', course: '经过', lessons: '教训' };

describe('U1: an emergency', () => {
  it('goes its ordinary way, and is archived without a survey', async () => {
    const n = await referenceEmergency(c.people, serial++);
    await c.ended(n);
    const state = await c.state(n);
    expect(state).toMatchObject({ status: 'closed', outcome: 'satisfied', archived: true, breaches: 0 });
    expect(state.facts.tasks).toEqual(['freeze:done', 'call:done']);
    expect((await c.timeline(n)).some(({ data }) => data?.stage === 'surveying')).toBe(false);
    await c.saveHistory(n, 'emergency/ordinary');
  });

  it('is told at once on every channel; after 1, 3 and 5 minutes again, then to the next of the chain, until taken', async () => {
    const n = await opened();
    await paths.told(n, 'emergency-raised → SV001');
    await paths.told(n, 'emergency-raised → DM001');
    await c.eventually(async () => {
      const sent = await c.sent(n);
      expect(sent).toEqual(expect.arrayContaining(['emergency-raised → sms sent', 'emergency-raised → email sent']));
    });
    expect((await c.told(n)).some((line) => line === 'emergency-raised → TL001')).toBe(false);
    await c.advance(n, 5 * MINUTE + 1_000);
    await paths.told(n, 'emergency-raised → TL001');
    const alarms = async () => (await c.timeline(n)).filter((e) => e.kind === 'alarmed').map((e) => e.at);
    const at = await c.eventually(async () => {
      const at = await alarms();
      expect(at).toHaveLength(4);
      return at;
    });
    expect(at.map((when) => when - at[0]!)).toEqual([0, 1, 3, 5].map((minutes) => minutes * MINUTE));
    await c.advance(n, 10 * MINUTE);
    await paths.told(n, 'emergency-raised → CM001');
    await paths.entry(n, 'breached', { clock: 'command' });
    // Two at once: one commands, the other hears who.
    const outcomes = await Promise.all(['SV001', 'DM001'].map((who) => paths.refused(take(who, n, 'take-command'))));
    expect(outcomes.filter((code) => code === undefined)).toHaveLength(1);
    expect(outcomes).toContain('commanded');
    const quiet = (await alarms()).length;
    await c.advance(n, 20 * MINUTE);
    expect(await alarms()).toHaveLength(quiet);
    await take('SV001', n, 'cancel', { reason: '误报' });
    await c.ended(n);
    await c.saveHistory(n, 'emergency/nobody-came');
  });

  it('has its tasks from the first moment, each with an owner and a limit; one that is late is told, upward too', async () => {
    const n = await opened('system-fault');
    await paths.told(n, 'task-wanted → TD001');
    await paths.told(n, 'task-wanted → DM001');
    const { clocks } = await c.state(n);
    expect(
      clocks.filter(({ name }) => name === 'task').map(({ key, dueAt, startedAt }) => [key, dueAt - startedAt]),
    ).toEqual([
      ['task:standby', 5 * MINUTE],
      ['task:announce', 5 * MINUTE],
    ]);
    // The department's own system does its part before anybody commands.
    await paths.signal(n, 'complete-task', systemOf('TECH'), { task: 'standby', outcome: 'done' });
    await paths.entry(n, 'step', { step: 'complete-task', origin: 'signal' });
    expect(await paths.refused(take('DM001', n, 'complete-task', done('nothing')))).toBe('no-such-task');
    expect(await paths.refused(take('DM001', n, 'complete-task', done('standby')))).toBe('repeated');
    await c.advance(n, 11 * MINUTE);
    await paths.entry(n, 'breached', { clock: 'task', late: 'announce' });
    await paths.entry(n, 'escalated-up', { clock: 'task' });
    await paths.told(n, 'clock-escalated → SV001');
    await take('DM001', n, 'take-command');
    await take('DM001', n, 'complete-task', done('announce'));
    await paths.entry(n, 'clock-met-late', { clock: 'task' });
    await take('SV001', n, 'cancel', { reason: '演练结束' });
    await c.ended(n);
    await c.saveHistory(n, 'emergency/task-late');
  });

  it('is cleared only when every task is done, one added meanwhile too; who is not content gets it going again', async () => {
    const n = await opened();
    expect(await paths.refused(take('SV001', n, 'all-clear', { summary: '?' }))).toBe('not-open');
    await take('SV001', n, 'take-command');
    await expect(take('SV001', n, 'add-task', { dueAt: inHours(1), what: '通知银行' })).rejects.toMatchObject({
      ...{ status: 422, body: { errors: [{ field: 'owner' }] } },
    });
    const key = randomUUID();
    const added = { department: 'FIN', dueAt: inHours(1), what: '通知银行' };
    await c.people.take('SV001', n, 'add-task', added, key);
    await c.people.take('SV001', n, 'add-task', added, key); // the lost reply
    const { facts, departments } = await c.state(n);
    const tasks = facts.tasks as string[];
    expect(tasks).toHaveLength(3);
    expect(departments).toEqual([{ id: 'FIN', state: 'asked' }]);
    for (const task of ['freeze', 'call']) await take('SV001', n, 'complete-task', done(task));
    expect(await paths.refused(take('SV001', n, 'all-clear', { summary: '?' }))).toBe('tasks-open');
    const own = tasks.find((task) => !/^(freeze|call):/.test(task))!.replace(/:open$/, '');
    await take('FD001', n, 'complete-task', { task: own, outcome: 'not-needed', result: '银行已知悉' });
    await take('SV001', n, 'all-clear', { summary: '已恢复' });
    expect(await c.state(n)).toMatchObject({ stage: 'debriefing' });
    await c.advancePast(n, 'debrief');
    await paths.entry(n, 'breached', { clock: 'debrief' });
    await take('SV001', n, 'submit-debrief', debrief);
    await take('SV001', n, 'record-call-back', { satisfied: false, text: '仍有异常扣款' });
    expect(await c.state(n)).toMatchObject({ stage: 'responding', closedAt: null });
    await take('SV001', n, 'all-clear', { summary: '再次处理' });
    await take('SV001', n, 'submit-debrief', debrief);
    await take('SV001', n, 'skip', { stage: 'revisiting', reason: '客户无法联系' });
    await c.ended(n);
    await c.saveHistory(n, 'emergency/again');
  });

  it('is seen by whoever was called or has a task, and by no other outsider; they act in it', async () => {
    const n = await opened();
    const look = (staff: string) => paths.refused(c.people.ticket(n, staff) as Promise<unknown>);
    expect([await look('CM001'), await look('WD001')]).toEqual(['not-found', 'not-found']);
    await c.advance(n, 10 * MINUTE + 1_000); // the third of the chain is the committee
    await paths.told(n, 'emergency-raised → CM001');
    await c.people.ticket(n, 'CM001');
    await take('CM001', n, 'take-command');
    expect(await paths.refused(take('SV001', n, 'take-command'))).toBe('commanded');
    await take('CM001', n, 'add-task', { department: 'LOG', dueAt: inHours(1), what: '停止发货' });
    await take('SV001', n, 'add-task', { owner: 'KE001', dueAt: inHours(1), what: '发布知识' });
    for (const [who, i] of [
      ['WD001', 2],
      ['KE001', 3],
    ] as const) {
      const tasks = (await c.state(n)).facts.tasks as string[];
      await take(who, n, 'complete-task', done(tasks[i]!.replace(/:open$/, '')));
    }
    // Command goes from hand to hand without anybody being dispatched.
    await expect(take('SV001', n, 'reassign', { note: '无人' })).rejects.toMatchObject({ body: { code: 'required' } });
    await take('SV001', n, 'reassign', { to: 'DM001', note: '交接' });
    expect(await c.state(n)).toMatchObject({ handler: 'DM001', status: 'in-progress', facts: { commander: 'DM001' } });
    await take('SV001', n, 'cancel', { reason: '演练' });
    await c.ended(n);
    await c.saveHistory(n, 'emergency/handed-over');
  });

  it('taken over while it alarms: that is command; unattended, it is called ever more rarely', async () => {
    const [n, lonely] = [await opened(), await opened()];
    await take('SV001', n, 'take-over', { reason: '主管接警' });
    expect(await c.state(n)).toMatchObject({ stage: 'responding', facts: { commander: 'SV001' } });
    expect((await c.state(n)).clocks.find(({ key }) => key === 'command')?.state).toBe('met');
    await c.advance(lonely, 5 * HOUR);
    const alarms = (await c.timeline(lonely)).filter((e) => e.kind === 'alarmed').length;
    expect(alarms).toBeGreaterThan(8);
    expect(alarms).toBeLessThan(20);
    for (const one of [n, lonely]) {
      await take('SV001', one, 'cancel', { reason: '演练' });
      await c.ended(one);
    }
  });

  it('hands command to somebody else, and is sent back from the debrief', async () => {
    const n = await opened();
    await take('DM001', n, 'take-command');
    await take('SV001', n, 'take-over', { reason: '主管指挥' });
    await c.people.until(n, (t) => t.handler === 'SV001');
    for (const task of ['freeze', 'call']) await take('SV001', n, 'complete-task', done(task));
    await take('SV001', n, 'all-clear', { summary: '已恢复' });
    await take('SV001', n, 'send-back', { to: 'responding', reason: '又出现异常' });
    expect(await c.state(n)).toMatchObject({ stage: 'responding' });
    await c.advance(n, HOUR);
    await paths.entry(n, 'breached', { clock: 'progress' });
    await take('SV001', n, 'cancel', { reason: '演练' });
    await c.ended(n);
    await c.saveHistory(n, 'emergency/sent-back');
  });

  it('its plans are data: a bad one is refused field by field, a new version is for new emergencies only', async () => {
    const running = await opened();
    const put = (staff: string, body: object) =>
      c.people.request('CS001' === staff ? 'CS001' : staff, 'PUT', '/emergency-plans/account-safety', body);
    const { plans } = (
      await c.people.request<{ plans: Array<Record<string, unknown>> }>('CS001', 'GET', '/emergency-plans')
    ).body;
    const { id: _, version, updatedBy: __, updatedAt: ___, ...plan } = plans.find(({ id }) => id === 'account-safety')!;
    await expect(put('CS001', plan)).rejects.toMatchObject({ status: 403 });
    const bad = {
      ...plan,
      category: 'product',
      tasks: [
        { id: 'a', zh: '甲', en: 'A', owner: { kind: 'staff', id: 'CS999' }, limitMinutes: 5 },
        { id: 'a', zh: '乙', en: 'B', owner: { kind: 'role', role: 'supervisor' }, limitMinutes: 5 },
      ],
    };
    await expect(put('SV001', bad)).rejects.toMatchObject({
      status: 422,
      body: { errors: [{ field: 'category' }, { field: 'tasks.1.id' }, { field: 'tasks.0.owner.id' }] },
    });
    const task = {
      id: 'freeze',
      zh: '冻结',
      en: 'Freeze',
      owner: { kind: 'role', role: 'supervisor' },
      limitMinutes: 3,
    };
    const saved = await put('SV001', { ...plan, tasks: [task] });
    expect(saved.body).toMatchObject({ version: Number(version) + 1, updatedBy: 'SV001' });
    const next = await opened();
    expect((await c.state(next)).facts.tasks).toEqual(['freeze:open']);
    expect((await c.state(running)).facts.tasks).toEqual(['freeze:open', 'call:open']);
    for (const n of [running, next]) {
      await take('SV001', n, 'cancel', { reason: '演练' });
      await c.ended(n);
    }
  });
});
