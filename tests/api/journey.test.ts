import { randomUUID } from 'node:crypto';
import { createApiToken, createCustomerLink } from '@duban/database';
import { ApiError } from '@duban/infra/local/centre';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { type TestCentre, openCentre } from '../support/centre';
import { pathsOf } from '../workflows/support';

let c: TestCentre;
const paths = pathsOf(() => c);
beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

/** A step by plain HTTP, with all that its answer has. */
async function post(path: string, headers: Record<string, string>, body: object = {}) {
  const response = await fetch(`${c.apiUrl}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function failure(work: Promise<unknown>): Promise<ApiError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw error ?? new Error('not refused');
  return error;
}

describe('the API before real workflows', () => {
  test('what is not open is refused in words of the language asked for, and changes nothing', async () => {
    const { n, handler } = await paths.handled();
    const before = await c.people.ticket(n);
    const refused = (language: string) =>
      failure(
        c.people.request(handler, 'POST', `/tickets/${n}/steps/confirm-receipt`, {}, { 'accept-language': language }),
      );
    const [zh, en] = [await refused('zh-CN'), await refused('en')];
    expect([zh.status, zh.body.code, en.body.code]).toEqual([409, 'not-open', 'not-open']);
    expect(zh.body.title).toBe('当前环节「处理」不能执行「确认接收」');
    expect(en.body.title).toBe('"Confirm receipt" is not open at stage "Handling"');
    expect((await c.people.ticket(n)).revision).toBe(before.revision);
  });

  test('a reassignment on stale sight is refused', async () => {
    const { n, handler } = await paths.handled();
    const { revision } = await c.people.ticket(n);
    await paths.take(handler, n, 'reply', { channel: 'phone', text: '已回复' });
    const stale = await failure(
      c.people.request(
        'SV001',
        'POST',
        `/tickets/${n}/steps/reassign`,
        { group: undefined, note: '改派' },
        { 'if-match': `"${revision}"` },
      ),
    );
    expect([stale.status, stale.body.code]).toEqual([409, 'stale']);
  });

  test('the same step under one key, at once and later, is taken once; its answer has the new state', async () => {
    const { n, handler } = await paths.handled();
    const key = randomUUID();
    const reply = () =>
      c.people.request<{ step: string; ticket: { revision: number; statusLabel: string; openSteps: string[] } }>(
        handler,
        'POST',
        `/tickets/${n}/steps/reply`,
        { channel: 'phone', text: '已回复' },
        { 'idempotency-key': key },
      );
    const answers = await Promise.all([reply(), reply(), reply()]);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map((answer) => answer.body.step)).size).toBe(1);
    expect(answers[0]!.body.ticket).toMatchObject({ statusLabel: '处理中' });
    expect(answers[0]!.body.ticket.openSteps).toContain('resolve');
    const taken = (await c.timeline(n)).filter((entry) => entry.step === answers[0]!.body.step);
    expect(taken).toHaveLength(1);
  });

  test("a department's system acknowledges and delivers with its token, from E2 to E5", async () => {
    const { n } = await paths.escalation();
    await paths.take('SV001', n, 'approve', { departments: ['TECH'] });
    const token = await createApiToken(c.database.db, {
      ...{ id: 'token-tech', name: '技术部系统', department: 'TECH', expiresAt: null },
      scopes: ['tickets:read', 'steps:take'],
    });
    const headers = { authorization: `Bearer ${token}` };
    const early = await post(`/tickets/${n}/steps/acknowledge`, headers, {
      ...{ department: 'TECH', rank: 'manager', expectedAt: '2020-01-01T00:00:00Z', contact: '李工' },
    });
    expect([early.status, early.body.code]).toEqual([409, 'in-the-past']);
    const acknowledged = await post(`/tickets/${n}/steps/acknowledge`, headers, {
      ...{ department: 'TECH', rank: 'manager', expectedAt: '2099-01-01T00:00:00Z', contact: '李工' },
    });
    expect(acknowledged).toMatchObject({ status: 200, body: { state: 'applied' } });
    expect((await post(`/tickets/${n}/steps/approve`, headers, { committee: true })).status).toBe(403);
    const delivered = await post(`/tickets/${n}/steps/deliver-result`, headers, {
      department: 'TECH',
      result: '已修复',
    });
    expect(delivered.status).toBe(200);
    const { entries } = (
      await c.people.request<{ entries: Array<Record<string, unknown>> }>('SV001', 'GET', `/tickets/${n}/timeline`)
    ).body;
    const steps = entries.flatMap(({ step }) => (step ? [(step as { label: string }).label] : []));
    expect(steps).toEqual(expect.arrayContaining(['批准升级', '部门确认接收', '反馈结果']));
  });

  test('the customer urges and confirms by their link, and answers the survey', async () => {
    const { n, handler } = await paths.handled();
    const link = (purpose: 'progress' | 'survey') =>
      createCustomerLink(c.database.db, { ticket: n, purpose, lastsMs: 3_600_000 });
    const progress = await link('progress');
    expect((await post(`/public/progress/${progress}/steps/urge`, {})).body).toMatchObject({ state: 'applied' });
    await paths.take(handler, n, 'resolve', { result: '已处理' });
    const confirmed = await post(`/public/progress/${progress}/steps/confirm-with-customer`, {}, { satisfied: true });
    expect(confirmed).toMatchObject({ status: 200, body: { state: 'applied' } });
    expect(Object.keys(confirmed.body)).toEqual(['step', 'state']);
    await c.people.until(n, (ticket) => ticket.stage === 'surveying');
    const survey = await post(`/public/survey/${await link('survey')}`, {}, { grade: 'satisfied', efficiency: 5 });
    expect(survey.status).toBe(200);
    await c.ended(n);
    const again = await post(`/public/progress/${progress}/steps/urge`, {});
    expect([again.status, again.body.code]).toEqual([409, 'closed']);
  });

  test('an archived ticket is reopened as a linked one that its workflow takes up', async () => {
    const { n, handler } = await paths.handled();
    await paths.close(n, handler);
    await paths.survey(n);
    await c.ended(n);
    await c.people.until(n, (ticket) => ticket.archived);
    const reopened = await c.people.request<{ linked: string }>('CS001', 'POST', `/tickets/${n}/steps/reopen`, {
      reason: '问题再次出现',
    });
    const { linked } = reopened.body;
    expect(await c.people.handlerOf(linked)).toBe(handler);
    expect(await c.state(linked)).toMatchObject({ links: [{ ticket: n, kind: 'reopens' }] });
  });

  test('a trace id goes from the request into step, audit and timeline', async () => {
    const trace = 'aaaabbbbccccddddeeeeffff00001111';
    const { body } = await c.people.request<{ number: string }>(
      'CS001',
      'POST',
      '/tickets',
      exampleIntakes.complaint(7),
      {
        'idempotency-key': randomUUID(),
        traceparent: `00-${trace}-00f067aa0ba902b7-01`,
      },
    );
    await c.people.handlerOf(body.number);
    const rows = await c.database
      .sql`select trace from steps where ticket = ${body.number} union all select trace from audit where object = ${body.number}`;
    expect(rows.length).toBeGreaterThan(1);
    expect(new Set(rows.map((row) => row.trace))).toEqual(new Set([trace]));
  });
});
