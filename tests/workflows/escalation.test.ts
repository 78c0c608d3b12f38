import { type TestCentre, openCentre } from '../support/centre';
import { HOUR, inHours, pathsOf, systemOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

const acknowledge = (department: string, hours = 20) => ({
  ...{ department, rank: 'specialist', expectedAt: inHours(hours), contact: '林海涛', phone: '8801' },
});

async function approved(departments: string[] = ['TECH'], committee = false) {
  const { n, handler } = await paths.escalation();
  await take('SV001', n, 'approve', { departments, committee });
  return { n, handler };
}

async function told(n: string, handler: string) {
  await take(handler, n, 'tell-customer', { accepted: true, form: 'phone', text: '客户接受' });
  await c.ended(n);
}

describe('E1–E5: a cross-department escalation', () => {
  it('E2–E5: two departments in parallel, one by its own system; progress, result, 已解决', async () => {
    const { n, handler } = await approved(['TECH', 'FIN']);
    await paths.told(n, 'department-asked → TD001');
    await paths.told(n, 'department-asked → FD001');
    await take('TD001', n, 'acknowledge', acknowledge('TECH'));
    await paths.signal(n, 'acknowledge', systemOf('FIN'), {
      department: 'FIN',
      rank: 'manager',
      expectedAt: Date.now() + 10 * HOUR,
    });
    await c.people.until(n, (t) => t.snapshot!.clocks.find((k) => k.key === 'expected:FIN')?.state === 'running');
    await take('TD001', n, 'report-progress', { text: '技术团队正在排查系统接口问题' });
    await paths.told(n, `progress-told → ${handler}`);
    await take(handler, n, 'tell-progress', {
      form: 'sms',
      text: '技术团队正在排查系统接口问题,预计明日12点前给出方案',
    });
    await c.eventually(async () => expect(await c.sent(n)).toContain('progress-told → sms sent'));
    await take('TD001', n, 'deliver-result', { department: 'TECH', result: '接口已修复' });
    expect((await c.people.ticket(n)).stage).toBe('cooperating');
    await paths.signal(n, 'deliver-result', systemOf('FIN'), { department: 'FIN' });
    await c.people.until(n, (t) => t.stage === 'telling');
    await told(n, handler);
    expect(await c.people.ticket(n)).toMatchObject({ status: 'resolved', archived: true });
    await c.saveHistory(n, 'escalation/two-departments');
  });

  it('E3: silence → reminded at half and 80 %, the head at two hours, the committee an hour later', async () => {
    const { n, handler } = await approved();
    const clock = await c.advancePast(n, 'acknowledge:TECH', 50);
    expect(clock.dueAt - clock.startedAt).toBe(2 * HOUR);
    await paths.entry(n, 'reminded', { clock: 'acknowledge', late: 'TECH' });
    await c.advancePast(n, 'acknowledge:TECH', 80);
    await c.eventually(async () => {
      const early = (await c.timeline(n)).filter(
        (e) => (e.kind === 'reminded' || e.kind === 'warned') && e.data?.clock === 'acknowledge',
      );
      expect(early).toHaveLength(2);
    });
    await c.advancePast(n, 'acknowledge:TECH');
    await paths.told(n, 'clock-breached → TD002');
    await c.advance(n, HOUR);
    await paths.told(n, 'clock-escalated → CM001');
    await take('TD001', n, 'acknowledge', { ...acknowledge('TECH'), expectedAt: inHours(30) });
    await paths.entry(n, 'clock-met-late', { clock: 'acknowledge' });
    await take('TD001', n, 'deliver-result', { department: 'TECH', result: '完成' });
    await told(n, handler);
    await c.saveHistory(n, 'escalation/acknowledged-late');
  });

  it('E2: the approval has a limit; to the committee alone, which rules', async () => {
    const { n, handler } = await paths.escalation();
    await c.advancePast(n, 'approval');
    await paths.entry(n, 'breached', { clock: 'approval' });
    await paths.told(n, 'clock-breached → SV001');
    await take('SV001', n, 'approve', { committee: true });
    expect((await c.people.ticket(n)).stage).toBe('ruling');
    await c.advancePast(n, 'ruling');
    await paths.entry(n, 'breached', { clock: 'ruling', late: 'committee' });
    await take('CM001', n, 'record-ruling', {
      department: 'OPS',
      dueAt: inHours(24 * 9),
      minutes: '会议纪要:由运营部负责',
    });
    await paths.told(n, 'ruling-recorded → OD001');
    await take('OD001', n, 'deliver-result', { department: 'OPS', result: '完成' });
    await told(n, handler);
    await c.saveHistory(n, 'escalation/committee');
  });

  it('E4: a dispute → the committee rules, all are told, the responsible department has a deadline', async () => {
    const { n, handler } = await approved(['TECH', 'FIN']);
    await take('TD001', n, 'acknowledge', acknowledge('TECH'));
    await paths.signal(n, 'raise-dispute', systemOf('FIN'), { department: 'FIN' });
    await c.people.until(n, (t) => t.stage === 'ruling');
    await paths.told(n, 'dispute-raised → CM001');
    expect(await paths.refused(take('TD001', n, 'deliver-result', { department: 'TECH', result: 'x' }))).toBe(
      'not-open',
    );
    await take('CM002', n, 'record-ruling', { department: 'FIN', dueAt: inHours(30), minutes: '由财务部负责' });
    for (const person of ['FD001', 'TD001', 'CM001', 'SV001']) await paths.told(n, `ruling-recorded → ${person}`);
    const { departments } = await c.state(n);
    expect(departments).toContainEqual({ id: 'TECH', state: 'released', expectedAt: expect.any(Number) });
    await c.advancePast(n, 'expected:FIN');
    await paths.entry(n, 'breached', { clock: 'expected', late: 'FIN' });
    await paths.told(n, 'clock-breached → FD002');
    await take('FD001', n, 'deliver-result', { department: 'FIN', result: '已退款' });
    await told(n, handler);
    await c.saveHistory(n, 'escalation/dispute');
  });

  it('E5: the customer refuses → back to the departments', async () => {
    const { n, handler } = await approved();
    await take('TD001', n, 'acknowledge', acknowledge('TECH'));
    await take('TD001', n, 'deliver-result', { department: 'TECH', result: '方案一' });
    await take(handler, n, 'tell-customer', { accepted: false, form: 'phone', text: '客户不接受' });
    expect((await c.people.ticket(n)).stage).toBe('cooperating');
    await paths.told(n, 'result-refused → TD001');
    await take('TD001', n, 'deliver-result', { department: 'TECH', result: '方案二' });
    await c.advancePast(n, 'tell-customer');
    await paths.entry(n, 'breached', { clock: 'tell-customer' });
    await told(n, handler);
    await c.saveHistory(n, 'escalation/refused-once');
  });

  it('G9: the customer hears daily; else the handler is reminded, then the supervisor', async () => {
    const { n, handler } = await approved();
    await take('TD001', n, 'acknowledge', acknowledge('TECH', 90));
    const clock = await c.advancePast(n, 'customer-progress');
    expect(clock.dueAt - clock.startedAt).toBe(24 * HOUR);
    await paths.told(n, `clock-breached → ${handler}`);
    await c.advance(n, 2 * HOUR);
    await paths.entry(n, 'escalated-up', { clock: 'customer-progress' });
    await take('CS002', n, 'urge', {});
    await take('SV001', n, 'reassign', { to: 'CS003', note: '请跟进' });
    await take('CS003', n, 'tell-progress', { form: 'phone', text: '正在排查' });
    await take('CS003', n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'escalation/customer-not-told');
  });

  it('E5: from a consultation, linked both ways; its end is told and the consultation goes on', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'escalate', {
      ...{
        reasonKind: 'several-departments',
        departments: ['TECH'],
        reason: '涉及多部门',
        description: 'd',
        tried: 't',
        expected: 'e',
      },
    });
    const linked = (await paths.entry(n, 'linked')).data!.ticket as string;
    await c.people.until(linked, (t) => t.stage === 'approving' && t.revision > 0);
    expect((await c.state(linked)).links).toContainEqual({ ticket: n, kind: 'escalated-from', open: true });
    await take('SV001', linked, 'approve', { departments: ['TECH'] });
    await take('TD001', linked, 'acknowledge', acknowledge('TECH'));
    await take('TD001', linked, 'deliver-result', { department: 'TECH', result: '完成' });
    await told(linked, handler);
    await paths.entry(n, 'link-changed', { outcome: 'resolved' });
    await paths.close(n, handler);
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'consultation/escalated');
    await c.saveHistory(linked, 'escalation/from-consultation');
  });

  it('refuses what is not asked, not theirs, repeated or past', async () => {
    const { n } = await approved();
    const wrong = (input: object, staff = 'TD001') =>
      paths.refused(take(staff, n, 'acknowledge', { ...acknowledge('TECH'), ...input }));
    expect(await wrong({ department: 'LEGAL' })).toBe('not-yours');
    expect(await wrong({ expectedAt: inHours(-1) })).toBe('in-the-past');
    expect(await paths.refused(take('FD001', n, 'acknowledge', acknowledge('FIN')))).toBe('not-found');
    await take('TD001', n, 'acknowledge', acknowledge('TECH'));
    expect(await wrong({})).toMatch(/repeated|not-open/);
    expect(await paths.refused(take('SV001', n, 'approve', { departments: ['FIN'] }))).toBe('not-open');
    await take('CS001', n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'escalation/withdrawn');
  });
});
