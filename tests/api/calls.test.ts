import { type Role } from '@duban/contracts';
import { schema } from '@duban/database';
import { eq } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import request from 'supertest';
import { type TestApi, follow, intakeOf, numberOf, startTestApi } from './support';

const SECRET = `whsec_${Buffer.from('only for the tests of calls').toString('base64')}`;
const AGENT = numberOf('agent');
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ env: { DUBAN_TELEPHONY_SECRET: SECRET } });
  const { db } = api.database;
  await db.update(schema.staff).set({ extension: '8801' }).where(eq(schema.staff.id, AGENT));
  await db
    .update(schema.staff)
    .set({ extension: '8802' })
    .where(eq(schema.staff.id, numberOf('after-sales')));
});
afterAll(() => api.stop());

let serial = 0;
const BASE = Date.parse('2026-03-02T02:00:00Z');
const at = (seconds: number) => new Date(BASE + seconds * 1000).toISOString();

interface Sent {
  id?: string;
  secret?: string;
  signedAt?: Date;
  body?: string;
}
function signed(payload: object, { id = `evt-${++serial}`, secret = SECRET, signedAt = new Date(), body }: Sent = {}) {
  const text = JSON.stringify(payload);
  return request(api.app)
    .post('/api/v1/inbound/calls')
    .set({
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(signedAt.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, signedAt, text),
    })
    .send(body ?? text);
}
const event = (type: string, call: string, seconds: number, more: object = {}, sent: Sent = {}) =>
  signed(
    {
      ...{ type: `call.${type}`, timestamp: at(seconds) },
      data: { call, direction: 'inbound', phone: '13922220001', ...more },
    },
    sent,
  );
const as = async (role: Role, method: 'get' | 'post' | 'patch', path: string, body?: object, headers: object = {}) => {
  const asked = request(api.app)[method](`/api/v1${path}`);
  return asked.set({ cookie: await api.cookieOf(role), ...headers }).send(body);
};

const listen = async (role: Role) => follow(`${api.app}/api/v1/events`, await api.cookieOf(role));

describe('events of the telephone system (P3)', () => {
  test('only with a good and fresh signature over these very bytes', async () => {
    const ringing = { type: 'call.ringing', timestamp: at(0), data: { call: 'x', direction: 'inbound', phone: null } };
    const wrong = `whsec_${Buffer.from('somebody else entirely').toString('base64')}`;
    const codes = [
      (await signed(ringing, { secret: wrong })).body.code,
      (await signed(ringing, { signedAt: new Date(Date.now() - 10 * 60_000) })).body.code,
      (await signed(ringing, { body: JSON.stringify({ ...ringing, type: 'call.ended' }) })).body.code,
      (await request(api.app).post('/api/v1/inbound/calls').send(ringing)).body.code,
    ];
    expect(codes).toEqual(Array.from({ length: 4 }, () => 'bad-signature'));
    const malformed = await signed({ ...ringing, type: 'call.exploded' });
    expect(malformed.body.errors).toEqual([expect.objectContaining({ field: 'type', code: 'not-allowed' })]);
    expect(await api.database.db.select().from(schema.calls)).toEqual([]);
  });

  test('ringing pops up at that agent and nobody else; its data show who calls and what there was before', async () => {
    const number = (await api.plant('consultation', {}, '13922220001')) as string;
    const [mine, theirs] = [await listen('agent'), await listen('after-sales')];
    const { body } = await event('ringing', 'pbx-1', 0, { extension: '8801' });
    await mine.until('event: call');
    const told = /event: call\ndata: (.*)/.exec(mine.heard.text)![1]!;
    expect(JSON.parse(told)).toMatchObject({
      call: body.call,
      event: 'ringing',
      customer: expect.stringMatching(/^C/),
    });
    expect(told).not.toMatch(/1392222/);
    await event('ringing', 'pbx-other', 0, { extension: '8802', phone: null });
    await theirs.until('event: call');
    expect(theirs.heard.text.match(/event: call/g)).toHaveLength(1);
    expect(theirs.heard.text).not.toContain(body.call);
    mine.stop();
    theirs.stop();
    const pop = await as('agent', 'get', `/calls/${body.call}/screen-pop`);
    expect(pop.body).toMatchObject({
      caller: { name: '王小明', recording: null },
      openTickets: [{ number }],
      recentTickets: [{ number }],
      ...{ recentCalls: [], recentConversations: [] },
    });
    expect(pop.text).not.toContain('13922220001');
    expect((await as('department-contact', 'get', `/calls/${body.call}/screen-pop`)).status).toBe(403);
  });

  test('the record is the same in whatever order the events come, however often', async () => {
    const story = (call: string) =>
      [
        ['ringing', 0, { extension: '8802' }],
        ['ringing', 5, { extension: '8801' }],
        ['answered', 12, { extension: '8801' }],
        ['ended', 72, {}],
        ['recording', 80, { recording: 's3://recordings/1' }],
      ].map(([type, seconds, more], i) => ({ type, seconds, more, id: `${call}-${i}` }) as never) as Array<{
        type: string;
        seconds: number;
        more: object;
        id: string;
      }>;
    const play = async (call: string, order: number[]) => {
      for (const i of order) {
        const { type, seconds, more, id } = story(call)[i]!;
        expect((await event(type, call, seconds, more, { id })).status).toBe(200);
      }
      const rows = await api.database.db.select().from(schema.calls).where(eq(schema.calls.externalId, call));
      expect(rows).toHaveLength(1);
      return (await as('agent', 'get', `/calls/${rows[0]!.id}`)).body;
    };
    const records = [await play('in-order', [0, 1, 2, 3, 4]), await play('backwards', [4, 3, 2, 1, 0, 2, 3])];
    for (const record of records)
      expect(record).toMatchObject({
        ...{ agent: AGENT, extension: '8801', phone: '139****0001', answerMs: 12_000, durationMs: 60_000 },
        ...{ answeredInTime: true, ringingAt: at(0), recording: 's3://recordings/1' },
      });
    const twice = await event('ended', 'in-order', 999, {}, { id: 'in-order-3' });
    expect(twice.body.fresh).toBe(false);
    expect((await as('agent', 'get', `/calls/${records[0].id}`)).body.endedAt).toBe(at(72));
    const together = await Promise.all(
      ['a', 'a', 'b'].map((id) => event('ringing', 'race', 3, { extension: '8801' }, { id: `race-${id}` })),
    );
    expect(together.filter(({ body }) => body.fresh)).toHaveLength(2);
    expect(new Set(together.map(({ body }) => body.call)).size).toBe(1);
  });

  test('three rings are 15 s; missed calls count, by day and agent', async () => {
    const day = Date.parse('2026-03-20T16:30:00Z');
    const play = async (call: string, answerMs: number | null, extension = '8801') => {
      const moment = (ms: number) => new Date(day + ms).toISOString();
      const send = (type: string, ms: number) =>
        signed({
          ...{ type: `call.${type}`, timestamp: moment(ms) },
          data: { call, direction: 'inbound', phone: '13922220002', extension },
        });
      await send('ringing', 0);
      if (answerMs !== null) await send('answered', answerMs);
      await send('ended', 60_000);
    };
    await play('edge', 15_000);
    await play('late', 15_001);
    await play('missed', null);
    await play('other', 1_000, '8802');
    // 00:30 in Shanghai: the next day there.
    const rates = await as('supervisor', 'get', '/call-answer-rates?from=2026-03-21&to=2026-03-21');
    expect(rates.body.days).toEqual([
      { day: '2026-03-21', agent: AGENT, rung: 3, answered: 2, inTime: 1, meanAnswerMs: 15_001 },
      { day: '2026-03-21', agent: numberOf('after-sales'), rung: 1, answered: 1, inTime: 1, meanAnswerMs: 1_000 },
    ]);
    expect((await as('supervisor', 'get', '/call-answer-rates?from=2026-03-20&to=2026-03-20')).body.days).toEqual([]);
    const missed = await as('agent', 'get', '/calls?missed=true&from=2026-03-20T00:00:00Z&limit=1');
    expect(missed.body.calls).toEqual([expect.objectContaining({ answeredAt: null, answeredInTime: false })]);
    expect((await as('agent', 'get', '/call-answer-rates?from=2026-03-21&to=2026-03-21')).status).toBe(403);
  });

  test('an unknown caller who is answered gets a profile, one who hung up does not (G1)', async () => {
    const holders = async () =>
      (await api.database.db.select().from(schema.customers).where(eq(schema.customers.phone, '+8613922220003'))).map(
        ({ anonymous }) => anonymous,
      );
    await event('ringing', 'new-1', 0, { phone: '13922220003' });
    await event('ended', 'new-1', 30, { phone: '13922220003' });
    expect(await holders()).toEqual([]);
    await event('answered', 'new-2', 40, { phone: '13922220003', extension: '8801' });
    expect(await holders()).toEqual([true]);
    await event('answered', 'new-3', 50, { phone: '13922220003', extension: '8801' });
    expect(await holders()).toEqual([true]);
  });

  test('a recording is not kept against the customer’s will', async () => {
    await event('answered', 'rec-1', 0, { phone: '13922220004', extension: '8801' });
    const { body } = await event('recording', 'rec-1', 9, { phone: '13922220004', recording: 'rec/1' });
    const record = () => as('agent', 'get', `/calls/${body.call}`);
    const { customer, recording } = (await record()).body;
    expect(recording).toBe('rec/1');
    await as('agent', 'post', `/customers/${customer}/consents`, { given: false, how: 'spoken', call: body.call });
    expect((await record()).body).toMatchObject({ recording: null, recordingWithheld: true });
    const later = await event('recording', 'rec-2', 99, { phone: '13922220004', recording: 'rec/2' });
    expect((await as('agent', 'get', `/calls/${later.body.call}`)).body).toMatchObject({
      ...{ recording: null, recordingWithheld: true },
    });
  });
});

describe('call records (P3)', () => {
  test('written down by hand once; its number finds the customer; others of the desk may not change it', async () => {
    await api.plant('consultation', {}, '13922220005');
    const body = {
      direction: 'outbound',
      phone: '139 2222 0005',
      startedAt: at(0),
      answeredAt: at(8),
      endedAt: at(68),
    };
    const post = (more: object = {}, key = 'manual-call-1') =>
      as('agent', 'post', '/calls', { ...body, ...more }, { 'idempotency-key': key });
    const [first, second] = await Promise.all([post(), post()]);
    expect([first.status, second.body.id]).toEqual([201, first.body.id]);
    expect(first.body).toMatchObject({ agent: AGENT, durationMs: 60_000, customer: expect.stringMatching(/^C/) });
    const wrong = await post({ endedAt: at(-5), ticket: '20990101000001' }, 'manual-call-2');
    expect(wrong.body.errors).toEqual([expect.objectContaining({ field: 'endedAt', code: 'malformed' })]);
    const elsewhere = await post({ ticket: '20990101000001' }, 'manual-call-3');
    expect(elsewhere.body.errors).toEqual([expect.objectContaining({ field: 'ticket', code: 'unknown-id' })]);
    const note = { note: '已告知处理进度', category: 'consultation' };
    expect((await as('after-sales', 'patch', `/calls/${first.body.id}`, note)).status).toBe(403);
    expect((await as('agent', 'patch', `/calls/${first.body.id}`, note)).body).toMatchObject(note);
    expect((await as('supervisor', 'patch', `/calls/${first.body.id}`, { note: '复核' })).status).toBe(200);
  });

  test('a ticket names the call it came from, which is tied to it, once (G1)', async () => {
    const { body } = await event('answered', 'intake-1', 0, { phone: '13922220006', extension: '8801' });
    const intake = (key: string) =>
      as(...(['agent', 'post', '/tickets', { ...intakeOf('consultation', '13922220006'), call: body.call }] as const), {
        'idempotency-key': key,
      });
    const [one, same] = await Promise.all([intake('call-intake-1'), intake('call-intake-1')]);
    expect([one.status, same.body.number]).toEqual([201, one.body.number]);
    expect((await as('agent', 'get', `/calls/${body.call}`)).body.ticket).toBe(one.body.number);
    expect((await intake('call-intake-2')).body.errors).toEqual([
      expect.objectContaining({ field: 'call', code: 'unknown-id' }),
    ]);
    const messages = await as('agent', 'get', `/tickets/${one.body.number}/messages`);
    expect(messages.body.messages).toEqual([expect.objectContaining({ kind: 'call' })]);
    const ticket = await as('agent', 'get', `/tickets/${one.body.number}`);
    expect(ticket.body.form).not.toHaveProperty('call');
  });

  test('pages of calls follow one another without gap or repetition', async () => {
    const seen: string[] = [];
    for (let cursor = '', i = 0; i < 50; i++) {
      const page = await as('auditor', 'get', `/calls?limit=3${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.body.calls.map((c: { id: string }) => c.id));
      if (!page.body.next) break;
      cursor = page.body.next;
    }
    const all = await api.database.db.select({ id: schema.calls.id }).from(schema.calls);
    expect([...seen].sort()).toEqual(all.map((row) => row.id).sort());
    expect((await as('auditor', 'get', '/calls?cursor=nonsense')).status).toBe(400);
  });
});
