import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { type NotificationDeps, createFaultCallerActivities } from '@duban/activities';
import type { TellCallersInput } from '@duban/contracts';
import { attachedAfter, schema } from '@duban/database';
import { createSmsChannel } from '@duban/notification';
import { createLogger } from '@duban/platform';
import { sql } from 'drizzle-orm';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { addTicket } from '../support/fixtures';
import { startSmsGateway } from '../support/gateways';

const CALLERS = 2_000;
const FAULT = '20261122000001';
/** As many as are told at a time: what a killed process had under way is not known to have been sent. */
const UNDER_WAY = 8;

let database: TestDatabase;
let sms: Awaited<ReturnType<typeof startSmsGateway>>;
let deps: NotificationDeps;

beforeEach(async () => {
  [database, sms] = await Promise.all([createTestDatabase(), startSmsGateway()]);
  deps = {
    ...{ database, channels: { sms: createSmsChannel({ url: sms.url }) }, log: createLogger('test', 'silent') },
    publicUrl: 'https://duban.example',
  };
  await addTicket(database.db, FAULT, { process: 'fault-announcement', category: 'fault-announcement' });
  await database.db.insert(schema.faultAnnouncements).values({
    ...{ ticket: FAULT, areas: ['east'], services: ['network'], causeKind: 'line', publishedBy: 'DM001' },
    ...{ cause: '光缆被挖断', progress: '抢修中' },
  });
});
afterEach(async () => {
  await sms.stop();
  await database.drop();
});

/** Reports that wait for the announcement, as their workflows would have shown them. */
async function attach(count: number): Promise<void> {
  await database.db.execute(sql`
    insert into customers (id, name, phone, created_at)
    select 'C' || n, '客户' || n, '+86138' || lpad(n::text, 8, '0'), now() from generate_series(1, ${count}::int) n`);
  await database.db.execute(sql`
    insert into tickets (number, process, type, category, priority, customer_id, channel, subject, content, created_by,
      created_at, policy_id, policy_version, revision, stage, snapshot)
    select '30261122' || lpad(n::text, 6, '0'), 'fault', 'outage', 'fault-network', 'P2', 'C' || n, 'phone', '断网',
      '断网', 'CS001', now(), 'manual', 1, 2, 'awaiting-recovery', jsonb_build_object('facts',
      jsonb_build_object('announcement', ${FAULT}::text)) from generate_series(1, ${count}::int) n`);
  await database.db.execute(sql`
    insert into fault_attachments (announcement, ticket, how)
    select ${FAULT}, number, 'intake' from tickets where process = 'fault'`);
}
const input = (revision: number, more: Partial<TellCallersInput> = {}): TellCallersInput => ({
  ...{ announcement: FAULT, revision, template: 'fault-recovered', data: {}, ...more },
});
const tell = (wish: TellCallersInput) => createFaultCallerActivities(deps).tellCallers(wish);
async function states(): Promise<Record<string, number>> {
  const rows = await database.db.execute<{ state: string; n: number }>(
    sql`select state, count(*)::int as n from deliveries group by state`,
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

test('2,000 callers are told once each, though whoever tells them is killed on the way and begins anew (F1)', async () => {
  await attach(CALLERS);
  await new Promise<void>((resolve) => {
    const args = ['--import', 'tsx', join(__dirname, 'tell-callers.ts')];
    const program = JSON.stringify({ url: database.url, smsUrl: sms.url, input: input(1) });
    const child = execFile(process.execPath, [...args, program], { cwd: join(__dirname, '../..') }, () => {
      clearInterval(watching);
      resolve();
    });
    const watching = setInterval(() => void (sms.received.length > CALLERS / 3 && child.kill('SIGKILL')), 5);
  });
  const before = sms.received.length;
  expect(before).toBeGreaterThan(CALLERS / 3);
  expect(before).toBeLessThan(CALLERS);
  await tell(input(1));
  await tell(input(1));
  const { sent = 0, unknown = 0, ...others } = await states();
  expect(others).toEqual({});
  expect(sent + unknown).toBe(CALLERS);
  expect(unknown).toBeLessThanOrEqual(UNDER_WAY);
  expect(new Set(sms.received.map(({ key }) => key)).size).toBe(sms.received.length);
  expect(new Set(sms.received.map(({ to }) => to)).size).toBe(sms.received.length);
  expect(sms.received.length).toBeGreaterThanOrEqual(CALLERS - UNDER_WAY);
}, 90_000);

test('each piece of news is told once for its number; what could not be sent is tried again (F1)', async () => {
  await attach(20);
  sms.answerWith(503);
  const dueAt = Date.parse('2026-11-22T18:00:00+08:00');
  const postponed = input(1, { template: 'fault-postponed', data: { dueAt } });
  await expect(tell(postponed)).rejects.toMatchObject({ type: 'DeliveryPending' });
  sms.answer = (_, response) => void response.end('{"id":"1"}');
  sms.received.length = 0;
  await tell(postponed);
  await tell(postponed);
  expect(sms.received).toHaveLength(20);
  expect(sms.received[0]!.text).toContain('预计恢复时间调整为 2026-11-22 18:00');
  await tell(input(2));
  expect(sms.received).toHaveLength(40);
});

test('who has left the fault since is not told of it any more (F1)', async () => {
  await attach(3);
  await database.db.execute(sql`update tickets set closed_at = now() where number = '30261122000001'`);
  await database.db.execute(
    sql`update tickets set snapshot = '{"facts":{"announcement":null}}' where number = '30261122000002'`,
  );
  expect((await attachedAfter(database.db, FAULT, '', 10)).map(({ ticket }) => ticket)).toEqual(['30261122000003']);
  await tell(input(1));
  expect(sms.received.map(({ to }) => to)).toEqual(['+8613800000003']);
});
