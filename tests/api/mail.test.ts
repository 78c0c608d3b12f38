import { type Role } from '@duban/contracts';
import { schema } from '@duban/database';
import { createMailer, createOutbox, createSmsChannel, startMailListener } from '@duban/notification';
import { createLogger, replyAddress } from '@duban/platform';
import { eq } from 'drizzle-orm';
import { type SendMailOptions, createTransport } from 'nodemailer';
import { Webhook } from 'standardwebhooks';
import request from 'supertest';
import { startMailServer, startSmsGateway } from '../support/gateways';
import { type TestApi, numberOf, setProjection, startTestApi } from './support';

const SECRET = `whsec_${Buffer.from('only for the tests of mail').toString('base64')}`;
const KEY = 'only-for-tests-0123456789';
const MAILBOX = 'service@duban.example';
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const log = createLogger('mail-test', 'silent');

let api: TestApi;
let outside: Awaited<ReturnType<typeof startMailServer>>;
let gateway: Awaited<ReturnType<typeof startSmsGateway>>;
let listener: Awaited<ReturnType<typeof startMailListener>>;
let flush: () => Promise<number>;
let serial = 0;

beforeAll(async () => {
  api = await startTestApi({ env: { DUBAN_INBOUND_MAIL_SECRET: SECRET, DUBAN_SECRET: KEY } });
  [outside, gateway] = await Promise.all([startMailServer(), startSmsGateway()]);
  listener = await startMailListener({
    ...{ port: 0, host: '127.0.0.1', mailbox: MAILBOX, apiUrl: api.app, secret: SECRET, log },
  });
  flush = createOutbox({
    ...{ database: api.database, log, secret: KEY, mailbox: MAILBOX },
    mailer: createMailer({ url: outside.url, from: MAILBOX, timeoutMs: 1_000 }),
    sms: createSmsChannel({ url: gateway.url }),
  });
});
afterAll(async () => {
  await listener.stop();
  await Promise.all([outside.stop(), gateway.stop()]);
  await api.stop();
});

/** As a customer's mail server delivers it; the SMTP code where it is not taken. */
async function mail(options: SendMailOptions, port = listener.port): Promise<number> {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  const defaults = { to: MAILBOX, subject: '咨询', text: '您好', messageId: `<${++serial}@customer.example>` };
  return transport.sendMail({ ...defaults, ...options }).then(
    () => 250,
    (error: { responseCode?: number }) => error.responseCode ?? 0,
  );
}
const as = async (role: Role, method: 'get' | 'post' | 'put', path: string, body?: object, key?: string) => {
  const asked = request(api.app)[method](`/api/v1${path}`);
  return asked.set({ cookie: await api.cookieOf(role), 'idempotency-key': key ?? `mail-key-${++serial}` }).send(body);
};
const mails = async (query = '') =>
  (await as('agent', 'get', `/conversations?channel=email${query}`)).body.conversations;
const newest = async () => (await mails('&limit=1'))[0];
const messagesIn = async (id: string) => (await as('agent', 'get', `/conversations/${id}/messages`)).body.messages;
const noted = () => api.database.db.select().from(schema.inboundMails);
const header = (raw: string, name: string) =>
  new RegExp(`^${name}:(.*(?:\\r\\n[ \\t].*)*)`, 'im')
    .exec(raw)?.[1]
    ?.replace(/\r\n[ \t]+/g, ' ')
    .trim();
const lastSent = () => outside.received.at(-1)!;
/** A ticket whose customer can be written to. */
async function ticketOf(email: string, phone: string): Promise<string> {
  const number = await api.plant('consultation', {}, phone);
  const { customer } = (await as('supervisor', 'get', `/tickets/${number}`)).body;
  await as('agent', 'post', `/customers/${customer.id}/contacts`, { value: email });
  return number;
}

describe('mail that comes in (G1)', () => {
  test('by SMTP: kept as text in the queue, its sender a customer, its files noted, and acknowledged once', async () => {
    const html = '<h1>订单</h1><script>alert(1)</script><p>物流 <b>三天</b>未更新</p>';
    const sent = {
      ...{
        from: '"何平" <He.Ping@customer.example>',
        subject: '物流查询',
        html,
        messageId: '<first@customer.example>',
      },
      ...{
        text: undefined,
        attachments: [
          { filename: '截图.png', content: PNG, contentType: 'text/html' },
          { filename: 'run.exe', content: Buffer.from('MZ\0\0'), contentType: 'image/png' },
        ],
      },
    };
    expect([await mail(sent), await mail(sent)]).toEqual([250, 250]);
    const [conversation, ...more] = await mails('&status=waiting');
    expect([conversation, more]).toEqual([expect.objectContaining({ subject: '物流查询', ticket: null }), []]);
    const [message, answer] = await messagesIn(conversation.id);
    expect(message).toMatchObject({
      ...{ direction: 'in', author: 'customer', automatic: false },
      attachments: [
        { name: '截图.png', type: 'image/png', sizeBytes: PNG.length, file: expect.any(String) },
        { name: 'run.exe', type: 'image/png', sizeBytes: 4, file: null },
      ],
    });
    const path = `/conversations/${conversation.id}/files/${message.attachments[0].file}`;
    const file = await as('agent', 'get', path);
    expect([file.status, file.get('content-disposition'), Buffer.compare(file.body, PNG)]).toEqual([
      ...[200, expect.stringContaining('attachment'), 0],
    ]);
    expect((await as('department-contact', 'get', path)).status).toBe(403);
    expect((await as('agent', 'get', path.replace(/f-.*/, 'f-0'))).status).toBe(404);
    expect(await api.database.db.select().from(schema.files)).toHaveLength(1);
    expect(message.text).toMatch(/物流 三天未更新/);
    expect(message.text).not.toMatch(/<|alert/);
    expect(answer).toMatchObject({ author: 'system', automatic: true, state: 'pending' });
    const customer = (await as('agent', 'get', `/customers/${conversation.customer}`)).body;
    expect(customer).toMatchObject({ name: '何平', email: 'h***@customer.example', anonymous: false });
    await flush();
    expect(outside.received).toHaveLength(1);
    const { raw, to } = lastSent();
    expect(to).toEqual(['he.ping@customer.example']);
    expect(header(raw, 'Auto-Submitted')).toBe('auto-replied');
    expect(header(raw, 'In-Reply-To')).toBe('<first@customer.example>');
    expect(header(raw, 'Reply-To')).toBe(replyAddress(KEY, MAILBOX, conversation.id));
    expect((await messagesIn(conversation.id))[1].state).toBe('sent');
  });

  test('an agent answers; the customer’s answer comes back into the thread, and its ticket’s handler hears of it', async () => {
    await mail({ from: 'zhao@customer.example', subject: '发票抬头' });
    const { id, customer } = await newest();
    const reply = await as('agent', 'post', `/conversations/${id}/messages`, { text: '请提供抬头' }, 'mail-reply-1');
    const again = await as('agent', 'post', `/conversations/${id}/messages`, { text: '请提供抬头' }, 'mail-reply-1');
    expect([reply.status, again.body.id]).toEqual([201, reply.body.id]);
    expect(await newest()).toMatchObject({ id, status: 'open', agent: numberOf('agent') });
    await flush();
    const { raw } = lastSent();
    expect(header(raw, 'Subject')).toBe(`=?UTF-8?B?${Buffer.from('Re: 发票抬头').toString('base64')}?=`);
    expect(header(raw, 'Auto-Submitted')).toBeUndefined();
    const replyTo = header(raw, 'Reply-To')!;
    expect(await mail({ from: 'Zhao@customer.example', to: replyTo.toUpperCase(), text: '某某公司' })).toBe(250);
    expect((await messagesIn(id)).map((m: { text: string }) => m.text)).toEqual(
      expect.arrayContaining(['您好', '请提供抬头', '某某公司']),
    );
    const intake = {
      process: 'consultation',
      category: 'consultation',
      channel: 'email',
      subject: '发票',
      content: '抬头',
    };
    const taken = await as('agent', 'post', '/tickets', { ...intake, customer: { id: customer }, conversation: id });
    expect(taken.status).toBe(201);
    const number = taken.body.number as string;
    await setProjection(api.database, number, 'consultation', {});
    await as('agent', 'post', `/conversations/${id}/messages`, { text: '已开具' });
    await flush();
    expect(header(lastSent().raw, 'Reply-To')).toBe(replyAddress(KEY, MAILBOX, number));
    await as('agent', 'post', `/conversations/${id}/close`);
    await mail({ from: 'zhao@customer.example', to: replyAddress(KEY, MAILBOX, number), text: '谢谢' });
    expect(await newest()).toMatchObject({ id, status: 'waiting', ticket: number });
    const { notifications } = (await as('agent', 'get', '/notifications?unread=true')).body;
    expect(notifications).toEqual([expect.objectContaining({ ticket: number, template: 'message-received' })]);
    // Everything of the ticket in one list, a page at a time.
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await as('agent', 'get', `/tickets/${number}/messages?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.messages.map((entry: { message: { text: string } }) => entry.message.text));
      if (!(cursor = body.next)) break;
    }
    const all = (await messagesIn(id)).map((m: { text: string }) => m.text);
    expect(seen).toEqual(all.reverse());
  });

  test('a forged token counts for nothing; a stranger with a real one begins anew; another customer is refused', async () => {
    const number = await ticketOf('owner@customer.example', '13944440001');
    const good = replyAddress(KEY, MAILBOX, number);
    const forged = replyAddress('some other secret 0123', MAILBOX, number);
    expect(await mail({ from: 'owner@customer.example', to: forged, text: '伪造' })).toBe(250);
    expect(await newest()).toMatchObject({ ticket: null });
    expect(await mail({ from: 'stranger@elsewhere.example', to: good, text: '转发' })).toBe(250);
    expect(await newest()).toMatchObject({ ticket: null });
    await ticketOf('thief@customer.example', '13944440002');
    const before = (await mails('&limit=100')).length;
    expect(await mail({ from: 'thief@customer.example', to: good, text: '这是我的工单' })).toBe(550);
    expect((await mails('&limit=100')).length).toBe(before);
    expect(await mail({ from: 'owner@customer.example', to: good, text: '真的' })).toBe(250);
    expect(await newest()).toMatchObject({ ticket: number });
    const tokens = (await noted()).map(({ token, outcome }) => `${token} ${outcome}`);
    expect(tokens).toEqual(expect.arrayContaining(['forged new', 'foreign new', 'foreign refused', 'good threaded']));
    const audited = await api.database.db.select().from(schema.audit).where(eq(schema.audit.actor, 'mail'));
    expect(audited.map(({ action }) => action).sort()).toEqual([
      ...['mail:foreign-token', 'mail:foreign-token', 'mail:forged-token'],
    ]);
  });

  test('what machines write is recorded and not answered; our own mail that comes back is noted alone', async () => {
    await flush();
    const before = outside.received.length;
    const automatic: SendMailOptions[] = [
      { headers: { 'Auto-Submitted': 'auto-replied' } },
      { headers: { Precedence: 'bulk' } },
      { headers: { 'X-Auto-Response-Suppress': 'All' } },
      { envelope: { from: '', to: MAILBOX } },
    ];
    for (const [i, options] of automatic.entries()) {
      expect(await mail({ from: `robot${i}@elsewhere.example`, text: '我不在办公室', ...options })).toBe(250);
      const { id, status } = await newest();
      expect([i, status]).toEqual([i, 'closed']);
      expect(await messagesIn(id)).toEqual([expect.objectContaining({ automatic: true, text: '我不在办公室' })]);
    }
    const number = await ticketOf('away@customer.example', '13944440003');
    await as('agent', 'post', `/tickets/${number}/messages`, { channel: 'email', text: '请确认' });
    await flush();
    const thread = await newest();
    const to = replyAddress(KEY, MAILBOX, number);
    await mail({ from: 'away@customer.example', to, text: '外出', headers: { 'Auto-Submitted': 'auto-replied' } });
    await mail({ from: 'mailer-daemon@elsewhere.example', to, text: '无法投递', envelope: { from: '', to } });
    expect(await newest()).toMatchObject({ id: thread.id, status: 'closed' });
    expect((await messagesIn(thread.id)).map((m: { author: string }) => m.author)).toEqual([
      ...[numberOf('agent'), 'customer', 'system'],
    ]);
    // The next answer goes to the customer, not to the postmaster.
    await as('agent', 'post', `/conversations/${thread.id}/messages`, { text: '再次请您确认' });
    await flush();
    expect(lastSent().to).toEqual(['away@customer.example']);
    const count = (await mails('&limit=100')).length;
    const own = header(lastSent().raw, 'Message-ID')!;
    expect(await mail({ from: 'away@customer.example', to, messageId: own })).toBe(250);
    expect(await mail({ from: MAILBOX, text: '自己' })).toBe(250);
    expect((await mails('&limit=100')).length).toBe(count);
    expect((await noted()).filter(({ outcome }) => outcome === 'loop')).toHaveLength(2);
    await flush();
    expect(outside.received.length).toBe(before + 2);
  });

  test('by rule new mail is a ticket at once, and no mail is answered that the administrator does not want answered', async () => {
    const rules = { mailCategory: 'consultation', mailAcknowledged: false, chatCategory: null };
    await as('administrator', 'put', '/channel-rules', rules);
    const sent = {
      from: '"钱进" <qian@customer.example>',
      subject: '退款',
      text: '何时到账',
      messageId: '<rule@c.example>',
    };
    expect([await mail(sent), await mail(sent)]).toEqual([250, 250]);
    const { id, ticket } = await newest();
    expect((await as('supervisor', 'get', `/tickets/${ticket}`)).body).toMatchObject({
      ...{ channel: 'email', subject: '退款', content: '何时到账', createdBy: 'customer' },
    });
    expect(await messagesIn(id)).toHaveLength(1);
    const ofMail = (await api.database.db.select().from(schema.tickets)).filter(({ channel }) => channel === 'email');
    expect(ofMail.filter(({ subject }) => subject === '退款')).toHaveLength(1);
    await as('administrator', 'put', '/channel-rules', { ...rules, mailCategory: null });
  });

  test('a provider’s webhook with fields; the signature is of these bytes and fresh', async () => {
    const body = JSON.stringify({
      envelope: { from: 'sun@customer.example', to: [MAILBOX] },
      mail: { from: 'sun@customer.example', subject: '预约', text: '想改时间', headers: { 'Auto-Submitted': 'no' } },
    });
    const post = (text: string, secret = SECRET) =>
      request(api.app)
        .post('/api/v1/inbound/email')
        .set({
          'content-type': 'application/json',
          'webhook-id': 'msg-1',
          'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
          'webhook-signature': new Webhook(secret).sign('msg-1', new Date(), body),
        })
        .send(text);
    const wrong = `whsec_${Buffer.from('not the secret of ours').toString('base64')}`;
    expect((await post(body, wrong)).body.code).toBe('bad-signature');
    expect((await post(body.replace('想改', '不改'))).body.code).toBe('bad-signature');
    expect((await post(body)).body).toMatchObject({ outcome: 'new', repeated: false, automatic: false });
    expect((await post(body)).body).toMatchObject({ outcome: 'new', repeated: true });
  });

  test('the listener takes mail for the centre only, no larger than said, and nothing that the API did not keep', async () => {
    expect(await mail({ from: 'a@customer.example', to: 'someone@else.example' })).toBe(550);
    expect(await mail({ from: 'a@customer.example', text: 'x'.repeat(11 * 1024 * 1024) })).toBe(552);
    const cut = await startMailListener({
      ...{ port: 0, host: '127.0.0.1', mailbox: MAILBOX, apiUrl: 'http://127.0.0.1:1', secret: SECRET, log },
    });
    expect(await mail({ from: 'a@customer.example' }, cut.port)).toBe(451);
    await cut.stop();
  });
});

describe('what agents send (G1; design 8)', () => {
  test('from a ticket by e-mail or SMS, once for a key; two at once are one thread; without an address it is refused', async () => {
    const number = await ticketOf('wei@customer.example', '13944440010');
    const write = (channel: string, text: string, key?: string) =>
      as('agent', 'post', `/tickets/${number}/messages`, { channel, text }, key);
    const both = await Promise.all([
      write('email', '方案一', 'from-ticket-1'),
      write('email', '方案一', 'from-ticket-1'),
    ]);
    expect([both[0]!.status, both[1]!.body.id]).toEqual([201, both[0]!.body.id]);
    const more = await Promise.all([write('email', '方案二'), write('sms', '请查收邮件')]);
    expect(more[0]!.body.conversation).toBe(both[0]!.body.conversation);
    await flush();
    expect(gateway.received.at(-1)).toMatchObject({ to: '+8613944440010', text: '请查收邮件' });
    expect(header(lastSent().raw, 'Reply-To')).toBe(replyAddress(KEY, MAILBOX, number));
    const { messages } = (await as('agent', 'get', `/tickets/${number}/messages`)).body;
    expect(messages.map((m: { kind: string; message: { state: string } }) => [m.kind, m.message.state]).sort()).toEqual(
      [
        ...[
          ['email', 'sent'],
          ['email', 'sent'],
          ['sms', 'sent'],
        ],
      ],
    );
    const bare = await api.plant('consultation', {}, '13944440011');
    const refused = await as('agent', 'post', `/tickets/${bare}/messages`, { channel: 'email', text: '?' });
    expect(refused.body).toMatchObject({ status: 409, code: 'no-address' });
    expect((await as('auditor', 'post', `/tickets/${number}/messages`, { channel: 'sms', text: '?' })).status).toBe(
      403,
    );
  });

  test('what was certainly not sent is tried again; what perhaps was is for a person to decide', async () => {
    const number = await ticketOf('lu@customer.example', '13944440020');
    const write = async (text: string) =>
      (await as('agent', 'post', `/tickets/${number}/messages`, { channel: 'email', text })).body.id as number;
    const state = async (id: number) =>
      (await api.database.db.select().from(schema.messages).where(eq(schema.messages.id, id)))[0]!.state;
    const due = () => api.database.db.update(schema.messages).set({ nextAttemptAt: new Date(0) });
    outside.refuse = 451;
    const late = await write('稍后');
    await flush();
    expect(await state(late)).toBe('pending');
    outside.refuse = 0;
    await due();
    await Promise.all([flush(), flush()]);
    expect(await state(late)).toBe('sent');
    const before = outside.received.length;
    outside.hangUp = true;
    const lost = await write('中断');
    await flush();
    expect(await state(lost)).toBe('unknown');
    outside.hangUp = false;
    await due();
    await flush();
    expect(outside.received.length).toBe(before);
    expect((await as('agent', 'post', `/messages/${lost}/retry`)).status).toBe(403);
    expect((await as('supervisor', 'post', `/messages/${lost}/retry`)).status).toBe(204);
    await flush();
    expect([await state(lost), outside.received.length]).toEqual(['sent', before + 1]);
    expect((await as('supervisor', 'post', `/messages/${lost}/retry`)).body.code).toBe('not-undecided');
    // A sender that was killed half-way.
    const killed = await write('被杀');
    await api.database.db
      .update(schema.messages)
      .set({ state: 'sending', updatedAt: new Date(Date.now() - 3_600_000) })
      .where(eq(schema.messages.id, killed));
    await flush();
    expect(await state(killed)).toBe('unknown');
  });
});
