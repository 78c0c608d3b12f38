import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { type NotificationDeps, createNotificationActivities, createResender } from '@duban/activities';
import type { Message } from '@duban/contracts';
import { findCustomerLink, retryDelivery, schema, secretHash, settleUnknown } from '@duban/database';
import { createEmailChannel, createInAppChannel, createSmsChannel } from '@duban/notification';
import { createLogger } from '@duban/platform';
import { asc, eq } from 'drizzle-orm';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { addStaff, addTicket, message } from '../support/fixtures';
import { startMailServer, startSmsGateway } from '../support/gateways';

let database: TestDatabase;
let sms: Awaited<ReturnType<typeof startSmsGateway>>;
let mail: Awaited<ReturnType<typeof startMailServer>>;
let deps: NotificationDeps;
let logged: string;

beforeEach(async () => {
  [database, sms, mail] = await Promise.all([createTestDatabase(), startSmsGateway(), startMailServer()]);
  logged = '';
  deps = {
    database,
    channels: {
      'in-app': createInAppChannel(),
      sms: createSmsChannel({ url: sms.url, timeoutMs: 1_000 }),
      email: createEmailChannel({ url: mail.url, from: 'duban@example.com', timeoutMs: 1_000 }),
    },
    log: createLogger('test', 'trace', { write: (line) => void (logged += line) }),
    publicUrl: 'https://duban.example/',
  };
  await database.db.insert(schema.departments).values({ id: 'TECH', nameZh: '技术部', nameEn: 'Engineering' });
  await addStaff(database.db, 'CS001', { phone: '13900000001' });
  await addTicket(database.db, 'T1');
});
afterEach(async () => {
  await Promise.all([sms.stop(), mail.stop()]);
  await database.drop();
});

const notify = (...messages: Message[]) => createNotificationActivities(deps).notify({ ticket: 'T1', messages });
const deliveries = () => database.db.select().from(schema.deliveries).orderBy(asc(schema.deliveries.key));
const inApp = () => database.db.select().from(schema.notifications).orderBy(asc(schema.notifications.key));
const delivery = async (key: string) =>
  (await database.db.select().from(schema.deliveries).where(eq(schema.deliveries.key, key)))[0]!;
const toStaff = (id = 'CS001'): Message['to'] => [{ kind: 'staff', id }];
const assigned = () => message('T1', { template: 'ticket-assigned', to: toStaff(), data: { priority: 'P1' } });
const SMS_KEY = 'T1:ticket-assigned:1:sms:CS001';

test('G8: the handler hears of a ticket in-app and by SMS; told again, still once', async () => {
  await notify(assigned());
  await notify(assigned());
  expect(await inApp()).toMatchObject([
    { key: 'T1:ticket-assigned:1:in-app:CS001', staff: 'CS001', data: { priority: 'P1' } },
  ]);
  expect(sms.received).toEqual([{ to: '13900000001', key: SMS_KEY, text: '工单 T1(P1)已派给您,请确认接收。' }]);
  expect(await deliveries()).toMatchObject([{ key: SMS_KEY, state: 'sent', providerId: 'sms-1', attempts: 1 }]);
});

describe('U1, G13: messages about a task of an emergency', () => {
  const owner = { kind: 'department', id: 'TECH', role: 'department-contact' } as const;
  const wanted = (task: string) => message('T1', { template: 'task-wanted', to: toStaff(), data: { task, dueAt: 1 } });
  const steps = { ticket: 'T1', actor: {}, actorId: 'SV001', origin: 'api', takenAt: new Date() };
  beforeEach(async () => {
    await database.db
      .update(schema.tickets)
      .set({ form: { tasks: [{ id: 'freeze', zh: '冻结账户', en: 'Freeze the account', limitMinutes: 5 }] } });
    const tasks = [{ id: 'freeze', owner, limitMs: 300_000 }];
    const command = { emergency: { plan: 'p:1', tasks, chain: [] } };
    await database.db.insert(schema.steps).values([
      { ...steps, id: 'start-1', step: 'start', command },
      { ...steps, id: 'add-1', step: 'add-task', command: { owner: 'CS001' }, material: { what: '通知银行' } },
    ]);
  });

  test.each([
    ['zh', 'freeze', '任务「冻结账户」'],
    ['en', 'freeze', 'your task "Freeze the account"'],
    ['zh', 'add-1', '任务「通知银行」'],
    ['zh', 'erased', '任务「erased」'],
  ])('the owner is told in %s what %s is', async (locale, task, words) => {
    await database.db.update(schema.staff).set({ locale });
    await notify(wanted(task));
    expect(sms.received.map(({ text }) => text)).toEqual([expect.stringContaining(words)]);
  });

  test('one that is late is named, with its owner', async () => {
    const data = { clock: 'task', late: 'freeze', dueAt: 1, limitMs: 300_000, stage: 'responding' };
    await notify(message('T1', { template: 'clock-breached', to: toStaff(), data }));
    expect(sms.received[0]!.text).toContain('应急任务「冻结账户」已超时');
    expect(sms.received[0]!.text).toContain('责任方 技术部');
  });
});

test('design 8: five attempts at once send once, and the record ends as sent', async () => {
  await Promise.allSettled(Array.from({ length: 5 }, () => notify(assigned())));
  expect(sms.received).toHaveLength(1);
  expect(await inApp()).toHaveLength(1);
  expect(await deliveries()).toMatchObject([{ state: 'sent' }]);
});

test('design 8: recipients settled once stay, whoever comes on duty before the retry', async () => {
  await addStaff(database.db, 'CS010', { roles: ['supervisor'], phone: '13900000010' });
  sms.answerWith(503);
  const breached = message('T1', { template: 'clock-breached', to: [{ kind: 'role', role: 'supervisor' }] });
  await expect(notify(breached)).rejects.toThrow('pending');
  await addStaff(database.db, 'CS011', { roles: ['supervisor'], phone: '13900000011' });
  await expect(notify(breached)).rejects.toThrow('pending');
  expect(new Set(sms.received.map((one) => one.to))).toEqual(new Set(['13900000010']));
  expect(await inApp()).toHaveLength(1);
});

test('retry: a gateway that answers 5xx, or is not there, leaves the delivery pending for Temporal to try again', async () => {
  sms.answerWith(503);
  await expect(notify(assigned())).rejects.toMatchObject({ type: 'DeliveryPending', nonRetryable: false });
  expect(await delivery(SMS_KEY)).toMatchObject({ state: 'pending', attempts: 1, lastError: 'gateway answered 503' });
  const url = sms.url;
  deps.channels.sms = createSmsChannel({ url: 'http://127.0.0.1:1/sms' });
  await expect(notify(assigned())).rejects.toThrow('pending');
  expect(await delivery(SMS_KEY)).toMatchObject({ state: 'pending', attempts: 2, lastError: 'ECONNREFUSED' });
  deps.channels.sms = createSmsChannel({ url });
  sms.answer = (_, response) => void response.end('sent');
  await notify(assigned());
  expect(await delivery(SMS_KEY)).toMatchObject({ state: 'sent', attempts: 3, providerId: null, lastError: null });
});

test('a refusal is final: recorded, and not thrown; the other recipients are served', async () => {
  await addStaff(database.db, 'CS002', { phone: '13900000002' });
  sms.answer = (_, response) => void response.writeHead(sms.received.at(-1)!.to.endsWith('1') ? 400 : 200).end('{}');
  await notify({ ...assigned(), to: [...toStaff(), ...toStaff('CS002')] });
  expect(await deliveries()).toMatchObject([
    { recipient: 'CS001', state: 'failed', lastError: 'gateway answered 400' },
    { recipient: 'CS002', state: 'sent' },
  ]);
  await notify(assigned());
  expect(sms.received).toHaveLength(2);
});

test.each([
  ['cut behind the request', (() => undefined) as () => void],
  ['never given', null],
])('design 8: an answer %s leaves the SMS unknown, never sent again by itself', async (_, cut) => {
  sms.answer = (request, response) => void (cut ? response.destroy() : request.resume());
  await notify(assigned());
  expect(await delivery(SMS_KEY)).toMatchObject({ state: 'unknown', attempts: 1 });
  await notify(assigned());
  expect(sms.received).toHaveLength(1);
});

test('a supervisor settles what is unknown: sent again once, or taken as arrived; audited', async () => {
  const { db } = database;
  sms.answer = (_, response) => void response.destroy();
  await notify(assigned());
  sms.answer = (_, response) => void response.end('{"id":"second"}');
  const resend = createResender(deps);
  expect(await resend()).toBe(0);
  expect(await retryDelivery(db, SMS_KEY, 'CS010')).toBe(true);
  await notify(assigned()); // the workflow's own attempt leaves it to the resender
  expect(sms.received).toHaveLength(1);
  expect(await Promise.all([resend(), resend()])).toContain(1);
  expect(sms.received).toHaveLength(2);
  expect(await delivery(SMS_KEY)).toMatchObject({ state: 'sent', providerId: 'second' });
  expect(await retryDelivery(db, SMS_KEY, 'CS010')).toBe(false);

  await db.update(schema.deliveries).set({ state: 'unknown' });
  expect(await settleUnknown(db, SMS_KEY, 'sent', 'CS010')).toBe(true);
  expect(await settleUnknown(db, SMS_KEY, 'failed', 'CS010')).toBe(false);
  const actions = (await db.select().from(schema.audit)).map((row) => [row.actor, row.action, row.object]);
  expect(actions).toEqual([
    ['CS010', 'delivery:retried', 'T1'],
    ['CS010', 'delivery:settled-sent', 'T1'],
  ]);
});

describe('killed on the way (design 8)', () => {
  const crashAt = (point: string) =>
    new Promise<string | null>((resolve) => {
      const input = { ticket: 'T1', messages: [assigned()] };
      const args = ['--import', 'tsx', join(__dirname, 'notify-and-crash.ts')];
      const options = { cwd: join(__dirname, '../..'), env: { ...process.env, DUBAN_CRASH_AT: point } };
      const child = execFile(
        process.execPath,
        [...args, JSON.stringify({ url: database.url, smsUrl: sms.url, input })],
        options,
        () => resolve(child.signalCode),
      );
    });

  test('behind the send, before the record: unknown, and surfaced, not sent twice', async () => {
    expect(await crashAt('effect-done')).toBe('SIGKILL');
    expect(await delivery(SMS_KEY)).toMatchObject({ state: 'sending' });
    await notify(assigned());
    expect(await delivery(SMS_KEY)).toMatchObject({ state: 'unknown', lastError: 'interrupted while sending' });
    expect(sms.received).toHaveLength(1);
  });

  test('behind the record: sent, and the retry finds nothing to do', async () => {
    expect(await crashAt('effect-reported')).toBe('SIGKILL');
    await notify(assigned());
    expect(await deliveries()).toMatchObject([{ state: 'sent', attempts: 1 }]);
    expect(sms.received).toHaveLength(1);
    expect(await inApp()).toHaveLength(1);
  });
});

describe('customers', () => {
  const toCustomer: Message['to'] = [{ kind: 'customer' }];
  const linkIn = (text: string) =>
    /https:\/\/duban\.example\/([ps])\/([\w-]{43})/.exec(text)!.slice(1) as [string, string];

  test('G11, G12: the survey comes by SMS with an unguessable, expiring link of which only the digest is kept', async () => {
    const invitation = message('T1', { template: 'survey-invitation', to: toCustomer });
    sms.answerWith(500);
    await expect(notify(invitation)).rejects.toThrow('pending');
    sms.answer = (_, response) => void response.end('{}');
    await notify(invitation);
    await notify(invitation);
    expect(sms.received).toHaveLength(2); // one refused, one taken
    const { to, text } = sms.received[1]!;
    expect(to).toBe('13800001234');
    expect(text).toMatch(/^您好,.*T1/);
    const [path, token] = linkIn(text);
    expect(path).toBe('s');
    expect(await findCustomerLink(database.db, secretHash(token), 'survey')).toMatchObject({ ticket: 'T1' });
    expect(await findCustomerLink(database.db, secretHash(token), 'progress')).toBeUndefined();
    expect(JSON.stringify(await database.db.select().from(schema.customerLinks))).not.toContain(token);
    expect(logged).not.toContain(token);
  });

  test("G9, design 10: news carries the agent's own words from PostgreSQL, and none of them into the log", async () => {
    const step = {
      id: 's-1',
      ticket: 'T1',
      step: 'tell-progress',
      actor: {},
      actorId: 'CS001',
      origin: 'api',
      takenAt: new Date(),
    };
    const news = message('T1', { template: 'progress-told', to: toCustomer, data: { step: 's-1' } });
    await expect(notify(news)).rejects.toMatchObject({ type: 'MaterialPending' });
    expect(await deliveries()).toEqual([]);
    await database.db.insert(schema.steps).values({ ...step, material: { text: '技术团队正在排查系统接口问题' } });
    await notify(news);
    expect(sms.received[0]!.text).toMatch(/^您好,您的工单 T1 最新进展:技术团队正在排查系统接口问题 查看进度:https/);
    expect(linkIn(sms.received[0]!.text)[0]).toBe('p');
    for (const secret of ['13800001234', '王小明', '技术团队']) expect(logged).not.toContain(secret);
    expect(logged).toContain('T1:progress-told:1:sms:customer');
  });

  test('without a telephone, or answered by e-mail: e-mail, in the customer’s language; unreachable: noted', async () => {
    await addTicket(database.db, 'T2', {}, { phone: null, email: 'ann@example.com', locale: 'en' });
    await addTicket(database.db, 'T3', {}, { phone: null, anonymous: true });
    const { notify } = createNotificationActivities(deps);
    for (const ticket of ['T2', 'T3'])
      await notify({ ticket, messages: [message(ticket, { template: 'ticket-registered', to: toCustomer })] });
    expect(mail.received).toHaveLength(1);
    expect(mail.received[0]).toMatchObject({
      to: ['ann@example.com'],
      raw: expect.stringContaining('Subject: Your ticket T2'),
    });
    expect(logged).toContain('nobody could be told');
  });
});

describe('who is told', () => {
  const told = async () => (await inApp()).map((row) => row.staff);

  test('a role: those on duty, or everyone when nobody is; the committee always everyone; nobody who left', async () => {
    const { db } = database;
    await addStaff(db, 'CS010', { roles: ['supervisor'] });
    await addStaff(db, 'CS011', { roles: ['supervisor', 'committee-member'], onDuty: false });
    await addStaff(db, 'CS012', { roles: ['team-leader'], onDuty: false });
    await addStaff(db, 'CS013', { roles: ['committee-member'] });
    await addStaff(db, 'CS014', { roles: ['committee-member'], active: false });
    const to = (role: 'supervisor' | 'team-leader' | 'committee-member', n: number) =>
      message('T1', { key: `T1:urged:${n}`, template: 'urged', to: [{ kind: 'role', role }], data: { urges: 1 } });
    await notify(to('supervisor', 1));
    expect(await told()).toEqual(['CS010']);
    await notify(to('team-leader', 2));
    expect(await told()).toEqual(['CS010', 'CS012']);
    await notify(to('committee-member', 3));
    expect(await told()).toEqual(['CS010', 'CS012', 'CS011', 'CS013']);
  });

  test('E3: a department: its contacts in-app, by SMS and e-mail; without one, its head', async () => {
    const { db } = database;
    const member = { department: 'TECH', onDuty: false };
    await addStaff(db, 'CS021', { ...member, roles: ['department-head'], email: 'head@example.com' });
    const asked = (n: number) =>
      message('T1', {
        key: `T1:department-asked:${n}`,
        template: 'department-asked',
        to: [{ kind: 'department', id: 'TECH', role: 'department-contact' }],
        data: { dueAt: Date.UTC(2026, 0, 31, 6, 5) },
      });
    await notify(asked(1));
    expect(mail.received.map((one) => one.to)).toEqual([['head@example.com']]);
    const own = { email: 'contact@example.com', phone: '13900000020' };
    await addStaff(db, 'CS020', { ...member, ...own, roles: ['department-contact'] });
    await notify(asked(2));
    expect(mail.received.map((one) => one.to)).toEqual([['head@example.com'], ['contact@example.com']]);
    expect(sms.received).toMatchObject([{ to: '13900000020', text: expect.stringContaining('2026-01-31 14:05') }]);
    expect(await told()).toEqual(['CS021', 'CS020']);
  });

  test('E3: e-mail by SMTP: 4xx is tried again, 5xx is final, a line that breaks is unknown', async () => {
    await addStaff(database.db, 'CS020', { department: 'TECH', roles: ['department-contact'], email: 'c@example.com' });
    const asked = (n: number) =>
      message('T1', {
        key: `T1:handed-over:${n}`,
        template: 'handed-over',
        to: [{ kind: 'department', id: 'TECH', role: 'department-contact' }],
      });
    mail.refuse = 451;
    await expect(notify(asked(1))).rejects.toThrow('pending');
    mail.refuse = 0;
    await notify(asked(1));
    mail.refuse = 554;
    await notify(asked(2));
    mail.refuse = 0;
    mail.hangUp = true;
    await notify(asked(3));
    mail.hangUp = false;
    deps.channels.email = createEmailChannel({ url: 'smtp://127.0.0.1:1', from: 'duban@example.com' });
    await expect(notify(asked(4))).rejects.toThrow('pending');
    const states = (await deliveries()).map((row) => row.state);
    expect(states).toEqual(['sent', 'failed', 'unknown', 'pending']);
    expect(mail.received).toHaveLength(1);
    expect(mail.received[0]!.raw).toMatch(/Message-ID: <[0-9a-f]{40}@duban>/);
  });
});
