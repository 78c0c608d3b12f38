import { start as startService } from '@duban/api';
import { schema } from '@duban/database';
import request from 'supertest';
import { type TestApi, intakeOf, startTestApi } from './support';

let api: TestApi;
let cookie: string;
beforeAll(async () => {
  api = await startTestApi();
  cookie = await api.cookieOf('agent');
});
afterAll(() => api.stop());

/** A service of its own, as `npm start` would start it, to a Temporal that is not there. */
const serviceVariables = () => ({
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  DUBAN_SECRET: 'only-for-tests-0123456789',
  DUBAN_API_PORT: '0',
  LOG_LEVEL: 'silent',
});

const take = (body: object, key?: string, language = 'zh-CN') => {
  const call = request(api.app).post('/api/v1/tickets').set('cookie', cookie).set('accept-language', language);
  return (key ? call.set('idempotency-key', key) : call).send(body);
};

describe('intake (G1–G3)', () => {
  test('five requests at once under one key are one ticket, and later ones get the same answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => take(intakeOf('consultation', '13900000001'), 'same-key-0001')),
    );
    expect(answers.map((answer) => answer.status)).toEqual([201, 201, 201, 201, 201]);
    const numbers = new Set(answers.map((answer) => answer.body.number));
    expect(numbers.size).toBe(1);
    const tickets = await api.database.db.select().from(schema.tickets);
    expect(tickets.filter((ticket) => numbers.has(ticket.number))).toHaveLength(1);
    const again = await take(intakeOf('consultation', '13900000001'), 'same-key-0001');
    expect(again.status).toBe(201);
    expect(again.body).toEqual(answers[0]!.body);
    expect(again.get('location')).toBe(`/api/v1/tickets/${again.body.number}`);
  });

  test('the same after a restart: one ticket, whichever process is asked, with Temporal away, too', async () => {
    const body = intakeOf('consultation', '13900000003');
    const key = 'same-key-0003';
    const process = () => startService({ ...serviceVariables(), DATABASE_URL: api.database.url });
    const at = (port: number, content: object) =>
      request(`http://127.0.0.1:${port}`).post('/api/v1/tickets').set({ cookie, 'idempotency-key': key }).send(content);
    const first = await process();
    const answers = await Promise.all(Array.from({ length: 5 }, () => at(first.port, body)));
    await first.stop();
    const second = await process();
    try {
      const again = await Promise.all([at(second.port, body), at(second.port, body), take(body, key)]);
      expect([...answers, ...again].map((answer) => answer.status)).toEqual(Array(8).fill(201));
      const numbers = new Set([...answers, ...again].map((answer) => answer.body.number));
      expect(numbers.size).toBe(1);
      const tickets = await api.database.db.select().from(schema.tickets);
      const [number] = numbers;
      const { customer } = tickets.find((ticket) => ticket.number === number)!;
      expect(tickets.filter((ticket) => ticket.customer === customer)).toHaveLength(1);
      const other = await at(second.port, { ...body, subject: '别的事' });
      expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
    } finally {
      await second.stop();
    }
  });

  test('another body under the key is refused, and another person has keys of their own', async () => {
    await take(intakeOf('consultation'), 'same-key-0002');
    const other = await take({ ...intakeOf('consultation'), subject: '别的事' }, 'same-key-0002');
    expect(other.status).toBe(422);
    expect(other.body.code).toBe('idempotency-key-reused');
    const theirs = await request(api.app)
      .post('/api/v1/tickets')
      .set('cookie', await api.cookieOf('supervisor'))
      .set('idempotency-key', 'same-key-0002')
      .send({ ...intakeOf('consultation'), subject: '别的事' });
    expect(theirs.status).toBe(201);
  });

  test('numbers follow one another without a gap, also when intakes fail or repeat meanwhile', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        take(
          { ...intakeOf('consultation', `1370000${1000 + i}`), ...(i % 4 === 3 ? { category: 'nowhere' } : {}) },
          `gap-key-${i - (i % 2)}`,
        ),
      ),
    );
    const numbers = [...new Set(answers.filter((a) => a.status === 201).map((a) => Number(a.body.number)))].sort();
    expect(numbers.length).toBeGreaterThan(5);
    expect(numbers.at(-1)! - numbers[0]!).toBe(numbers.length - 1);
  });

  test('a customer is known by telephone, however it is written; a new one gets a number', async () => {
    const first = await take(intakeOf('consultation', '136 0000 0001'), 'customer-0001');
    const second = await take(intakeOf('consultation', '+86 13600000001'), 'customer-0002');
    expect(second.body.customer).toBe(first.body.customer);
    expect(first.body.customer).toMatch(/^C\d{6}\d{3,}$/);
    const anonymous = { ...intakeOf('consultation'), customer: { anonymous: true } };
    const third = await take(anonymous, 'customer-0003');
    expect(third.status).toBe(201);
    expect(third.body.customer).not.toBe(first.body.customer);
  });

  test('landlines are fine, other numbers are not', async () => {
    expect((await take(intakeOf('consultation', '010-62345678'), 'landline-01')).status).toBe(201);
    for (const [i, phone] of ['123', '138000012345', 'abc', '10086', '400-800-8888'].entries()) {
      const answer = await take(intakeOf('consultation', phone), `bad-phone-${i}`);
      expect([phone, answer.status]).toEqual([phone, 422]);
      expect(answer.body.errors).toEqual([expect.objectContaining({ field: 'customer.phone', code: 'phone' })]);
    }
  });

  test.each([
    ['zh-CN', '必填', '工号'],
    ['en', 'is required', ''],
  ])('field by field, in the language asked for: %s', async (language, required) => {
    const { subject: _, ...body } = intakeOf('consultation');
    const answer = await take(
      { ...body, channel: 'fax', strange: 1, customer: { name: '王' }, expectedAt: 'tomorrow' },
      'fields-00001',
      language,
    );
    expect(answer.status).toBe(422);
    expect(answer.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ type: 'about:blank', status: 422, code: 'invalid-fields' });
    expect(answer.body.traceId).toBe(answer.get('x-trace-id'));
    const errors = answer.body.errors as Array<{ field: string; code: string; message: string }>;
    expect(Object.fromEntries(errors.map((error) => [error.field, error.code]))).toEqual({
      subject: 'required',
      channel: 'not-allowed',
      strange: 'unknown-field',
      'customer.phone': 'required',
      expectedAt: 'instant',
    });
    expect(errors.find((error) => error.field === 'subject')!.message).toBe(required);
  });

  test('what the form cannot know is told field by field, too', async () => {
    const past = { ...intakeOf('consultation', '1'), category: 'complaint', expectedAt: '2020-01-01T00:00:00Z' };
    const answer = await take(past, 'semantic-001');
    expect(answer.body.errors.map((e: { field: string; code: string }) => [e.field, e.code])).toEqual([
      ['category', 'wrong-process'],
      ['customer.phone', 'phone'],
      ['expectedAt', 'in-the-past'],
    ]);
    const unknown = await take({ ...intakeOf('escalation'), departments: ['TECH', 'MOON'] }, 'semantic-002');
    expect(unknown.body.errors).toEqual([expect.objectContaining({ field: 'departments.1', code: 'unknown-id' })]);
  });

  test('a key is needed, a body must be JSON, an unknown process names itself', async () => {
    expect((await take(intakeOf('consultation'))).body.errors).toEqual([
      expect.objectContaining({ field: 'idempotency-key', code: 'required' }),
    ]);
    const broken = await request(api.app)
      .post('/api/v1/tickets')
      .set('cookie', cookie)
      .set('content-type', 'application/json')
      .send('{"a":');
    expect([broken.status, broken.body.code]).toEqual([400, 'bad-json']);
    const form = await request(api.app)
      .post('/api/v1/tickets')
      .set('cookie', cookie)
      .set('idempotency-key', 'form-000001')
      .type('form')
      .send({ a: 1 });
    expect([form.status, form.body.code]).toEqual([415, 'not-json']);
    const process = await take({ ...intakeOf('consultation'), process: 'party' }, 'process-0001');
    expect(process.body.errors).toEqual([expect.objectContaining({ field: 'process', code: 'not-allowed' })]);
    const big = await take({ ...intakeOf('consultation'), content: 'x'.repeat(300_000) }, 'big-00000001');
    expect([big.status, big.body.code]).toEqual([413, 'too-large']);
  });

  test("a caller's trace id is kept and returned", async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const answer = await take(intakeOf('consultation'), 'trace-000001').set(
      'traceparent',
      `00-${trace}-00f067aa0ba902b7-01`,
    );
    expect(answer.get('x-trace-id')).toBe(trace);
    const steps = await api.database.db.select().from(schema.steps);
    expect(steps.some((step) => step.trace === trace)).toBe(true);
  });
});
