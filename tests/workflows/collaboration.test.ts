import { randomUUID } from 'node:crypto';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { type TestCentre, openCentre } from '../support/centre';
import { DAY, HOUR, inHours, pathsOf, systemOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

async function attach(staff: string, n: string): Promise<string> {
  const { apiUrl } = c;
  const cookie = await (c.people as unknown as { cookieOf(staff: string): Promise<string> })['cookieOf'](staff);
  const response = await fetch(`${apiUrl}/api/v1/tickets/${n}/files`, {
    method: 'POST',
    headers: {
      ...{ cookie, 'content-type': 'application/octet-stream', 'x-file-name': 'log.txt' },
      'idempotency-key': randomUUID(),
    },
    body: 'ERR-500 at 10:00',
  });
  return ((await response.json()) as { id: string }).id;
}
const queueOf = async (staff: string) =>
  (
    await c.people.request<{ tickets: Array<{ number: string }> }>(staff, 'GET', '/tickets?queue=department')
  ).body.tickets.map((ticket) => ticket.number);

describe('G10: a department is asked for help from a ticket', () => {
  it('with a due time and attachments; it finds it in its list, answers there, and the handler hears of it', async () => {
    const { n, handler } = await paths.handled();
    const file = await attach(handler, n);
    expect(await queueOf('TD001')).not.toContain(n);
    await take(handler, n, 'request-help', {
      ...{ department: 'TECH', dueAt: inHours(4), attachments: [file], question: '请核对 10 点的登录日志' },
    });
    await paths.told(n, 'help-wanted → TD001');
    expect(await queueOf('TD001')).toContain(n);
    const state = await c.state(n);
    expect(state.departments).toEqual([{ id: 'TECH', state: 'helping' }]);
    const clock = state.clocks.find((k) => k.key === 'help:TECH')!;
    expect(Math.abs(clock.dueAt - clock.startedAt - 4 * HOUR)).toBeLessThan(60_000);
    const download = await c.people.request('TD001', 'GET', `/tickets/${n}/files`);
    expect(download.body).toMatchObject({ files: [{ id: file, name: 'log.txt' }] });

    // Whoever was not asked does not answer, nor for another one.
    expect(await paths.refused(take('TD001', n, 'give-help', { department: 'FIN', answer: '?' }))).toBe('not-yours');
    await take('TD001', n, 'give-help', { department: 'TECH', answer: '日志显示密码错误三次', attachments: [file] });
    await paths.told(n, `help-given → ${handler}`);
    const after = await c.state(n);
    expect(after.departments).toEqual([{ id: 'TECH', state: 'delivered' }]);
    expect(after.clocks.find((k) => k.key === 'help:TECH')?.state).toBe('met');
    const { body } = await c.people.request<{ entries: Array<{ step: { name: string; material: object } | null }> }>(
      ...(['SV001', 'GET', `/tickets/${n}/timeline`] as const),
    );
    expect(body.entries.find(({ step }) => step?.name === 'give-help')?.step?.material).toEqual({
      answer: '日志显示密码错误三次',
    });
    await paths.close(n, handler);
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'consultation/helped');
  });

  it('answered by its own system, with the text it stored before', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'request-help', { department: 'FIN', question: '请核对扣款' });
    const id = randomUUID();
    await paths.signal(n, 'give-help', systemOf('TECH'), { department: 'FIN' });
    await paths.entry(n, 'ignored', { step: 'give-help' });
    await paths.signal(n, 'give-help', systemOf('FIN'), { department: 'FIN' }, id);
    await paths.told(n, `help-given → ${handler}`);
    await paths.signal(n, 'give-help', systemOf('FIN'), { department: 'FIN' }, id);
    await paths.entry(n, 'ignored', { step: 'give-help', code: 'repeated' });
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
  });

  it('late: the contact is warned, then told with the head, then the supervisor', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'request-help', { department: 'TECH', question: '请协助' });
    const clock = await c.advancePast(n, 'help:TECH', 80);
    expect(clock.dueAt - clock.startedAt).toBe(DAY);
    await paths.told(n, 'clock-warning → TD001');
    await c.advancePast(n, 'help:TECH');
    const breached = await paths.entry(n, 'breached', { clock: 'help' });
    expect(breached.data).toMatchObject({ late: 'TECH' });
    await paths.told(n, 'clock-breached → TD002');
    await c.advance(n, 2 * HOUR);
    await paths.entry(n, 'escalated-up', { clock: 'help' });
    await paths.told(n, 'clock-escalated → SV001');
    await take('TD001', n, 'give-help', { department: 'TECH', answer: '抱歉晚了' });
    await paths.entry(n, 'clock-met-late', { clock: 'help' });
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
  });

  it('while it is open the ticket is not resolved; withdrawn, it is, and the department is told', async () => {
    const { n, handler } = await paths.handled();
    const ask = (department: string, more: object = {}) =>
      take(handler, n, 'request-help', { department, question: '请协助', ...more });
    await ask('TECH');
    expect(await paths.refused(ask('TECH'))).toBe('help-open');
    expect(await paths.refused(ask('OPS', { dueAt: inHours(31 * 24) }))).toBe('too-far');
    expect(await paths.refused(ask('OPS', { dueAt: inHours(-1) }))).toBe('in-the-past');
    expect(await paths.refused(take(handler, n, 'resolve', { result: '已处理' }))).toBe('help-open');
    await take(handler, n, 'withdraw-help', { department: 'TECH' });
    await paths.told(n, 'help-withdrawn → TD001');
    expect(await queueOf('TD001')).not.toContain(n);
    expect(await paths.refused(take(handler, n, 'withdraw-help', { department: 'TECH' }))).toBe('not-open');
    await take(handler, n, 'resolve', { result: '已处理' });
    await ask('TECH');
    expect(await paths.refused(take(handler, n, 'confirm-with-customer', { satisfied: true }))).toBe('help-open');
    // The customer need not wait for a department to leave.
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
    const state = await c.state(n);
    expect(state.departments).toEqual([{ id: 'TECH', state: 'released' }]);
    expect(state.clocks.find((k) => k.key === 'help:TECH')?.state).toBe('cancelled');
    expect((await c.told(n)).filter((line) => line === 'help-withdrawn → TD001')).toHaveLength(2);
    await c.saveHistory(n, 'consultation/help-withdrawn');
  });

  it('a department that is handed the matter as well keeps its part when it has helped', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'request-help', { department: 'FIN', question: '请核对' });
    await take(handler, n, 'hand-over', {
      ...{ to: 'department', department: 'FIN', problemType: 'billing', urgency: 'normal', note: '请答复' },
    });
    await paths.signal(n, 'give-help', systemOf('FIN'), { department: 'FIN' });
    await paths.told(n, `help-given → ${handler}`);
    expect((await c.state(n)).departments).toEqual([{ id: 'FIN', state: 'asked' }]);
    await paths.signal(n, 'provide-answer', systemOf('FIN'));
    await paths.told(n, `answer-provided → ${handler}`);
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
  });

  it('a complaint is not ended while a department is still asked', async () => {
    const n = await c.people.register('CS001', exampleIntakes.complaint(77));
    const handler = await c.people.handlerOf(n);
    await take(handler, n, 'confirm-receipt');
    await take(handler, n, 'request-help', { department: 'OPS', question: '请提供录音' });
    expect((await c.people.ticket(n)).snapshot?.openSteps).toContain('withdraw-help');
    await take('SV001', n, 'withdraw-help', { department: 'OPS', reason: '已有录音' });
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
  });
});
