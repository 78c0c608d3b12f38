import { Client, Connection } from '@temporalio/client';
import { type Process, type Role, type Snapshot, processes, roleNames } from '@duban/contracts';
import {
  createApiToken,
  createCustomerLink,
  createStaff,
  projectionOf,
  publishPolicy,
  putCategory,
  putDepartment,
  putFaultScope,
  putGroup,
  putServiceKind,
  schema,
  setInitialPassword,
} from '@duban/database';
import { type Logger, createLogger } from '@duban/platform';
import { intakeSchema } from '@duban/contracts/schemas';
import { manual } from '@duban/policy/presets';
import { apiEnvironment, createApp, listen, listenForEvents } from '@duban/api';
import { openFileStore } from '@duban/files';
import { createDelivery } from '@duban/api/delivery';
import { eq } from 'drizzle-orm';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import request from 'supertest';
import { type TestDatabase, createTestDatabase } from '../support/database';

export const PASSWORD = 'correct-horse-battery';

/** An API over a database of its own. Temporal is away unless a client is lent: steps stay pending. */
export interface TestApi {
  /** Its address, for supertest. */
  app: string;
  database: TestDatabase;
  /** Where its attachments are. */
  filesDir: string;
  /** The session cookie of the member of staff who has exactly this role. */
  cookieOf(role: Role): Promise<string>;
  login(staff: string, password?: string): Promise<string>;
  tokenOf(department: string, scopes: string[]): Promise<string>;
  /** A ticket by the API's own intake, with a projection as its workflow would have written it. */
  plant(process: Process, state?: Partial<Snapshot>, phone?: string): Promise<string>;
  link(ticket: string, purpose: 'progress' | 'survey'): Promise<string>;
  stop(): Promise<void>;
}

/** Processes whose tickets people register; those of the others are planted in their place. */
const registered = new Set<string>(intakeSchema.options.map(({ shape }) => shape.process.value));

export const numberOf = (role: Role) => `X${String(roleNames.indexOf(role) + 1).padStart(3, '0')}`;

export async function startTestApi(
  options: { client?: Client; env?: Record<string, string>; log?: Logger } = {},
): Promise<TestApi> {
  const database = await createTestDatabase();
  const filesDir = mkdtempSync(join(tmpdir(), 'duban-files-'));
  const { db } = database;
  await seed(database);
  const env = apiEnvironment.parse({
    DATABASE_URL: database.url,
    DUBAN_SECRET: 'only-for-tests-0123456789',
    DUBAN_FILES_DIR: filesDir,
    ...options.env,
  });
  const connection = options.client ? undefined : Connection.lazy({ address: '127.0.0.1:1', interceptors: [] });
  const client = options.client ?? new Client({ connection });
  const log = options.log ?? createLogger('api-test', 'silent');
  const delivery = createDelivery({
    database,
    client,
    log,
    attemptMs: 300,
    answerWithinMs: options.client ? 5_000 : 100,
  });
  const events = await listenForEvents(database, log);
  const deps = { db, database, client, delivery, events, files: await openFileStore(env), env, log };
  const express = createApp(deps, { registry: new Registry(), checks: {}, checkAnswers: true });
  const server = await listen(express, 0, '127.0.0.1');
  const app = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cookies = new Map<string, Promise<string>>();

  async function login(staff: string, password = PASSWORD): Promise<string> {
    const response = await request(app).post('/api/v1/session').send({ staff, password });
    if (response.status !== 201) throw new Error(`login of ${staff}: ${response.status} ${response.text}`);
    return (response.get('set-cookie') ?? [])[0]!.split(';')[0]!;
  }

  let serial = 0;
  const api: TestApi = {
    app,
    database,
    filesDir,
    login,
    cookieOf(role) {
      const number = numberOf(role);
      if (!cookies.has(number)) cookies.set(number, login(number));
      return cookies.get(number)!;
    },
    tokenOf: (department, scopes) =>
      createApiToken(db, { id: `token-${++serial}`, name: 'test', department, scopes, expiresAt: null }),
    async plant(process, state = {}, phone) {
      const response = await request(app)
        .post('/api/v1/tickets')
        .set('cookie', await api.cookieOf('agent'))
        .set('idempotency-key', `plant-${++serial}-${Math.random()}`)
        .send(intakeOf(registered.has(process) ? process : 'consultation', phone));
      if (response.status !== 201) throw new Error(response.text);
      const number = response.body.number as string;
      await db.update(schema.tickets).set({ process }).where(eq(schema.tickets.number, number));
      await setProjection(database, number, process, state);
      return number;
    },
    link: (ticket, purpose) => createCustomerLink(db, { ticket, purpose, lastsMs: 3_600_000 }),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await events.stop();
      await delivery.stop();
      await connection?.close();
      await database.drop();
      rmSync(filesDir, { recursive: true, force: true });
    },
  };
  return api;
}

/** Writes what a workflow's answer would have: state of a ticket that was received and is being handled. */
export async function setProjection(
  { db }: TestDatabase,
  ticket: string,
  process: Process,
  state: Partial<Snapshot>,
): Promise<void> {
  const snapshot: Snapshot = {
    ...{ ticket, process, revision: 3, stage: 'handling', status: 'in-progress', priority: 'P2', group: 'desk' },
    ...{ handler: numberOf('agent'), assignment: 1, supporters: [], departments: [], clocks: [], openSteps: ['reply'] },
    ...{ overdue: false, nearlyOverdue: false, breaches: 0, nextDueAt: null, urges: 0, links: [], facts: {} },
    ...{ startedAt: Date.now(), closedAt: null, archived: false },
    ...state,
  };
  await db.update(schema.tickets).set(projectionOf(snapshot)).where(eq(schema.tickets.number, ticket));
  await db
    .update(schema.steps)
    .set({ state: 'applied', revision: 1 })
    .where(eq(schema.steps.id, await startOf(db, ticket)));
}

async function startOf(db: TestDatabase['db'], ticket: string): Promise<string> {
  const rows = await db.select({ id: schema.steps.id }).from(schema.steps).where(eq(schema.steps.ticket, ticket));
  return rows[0]!.id;
}

export function intakeOf(process: Process, phone = '13800001234'): Record<string, unknown> {
  const common = {
    process,
    category: process,
    channel: 'phone',
    customer: { name: '王小明', title: 'mr', phone },
    subject: '登录失败',
    content: '用户反映登录页面提示系统错误,无法进入账户。',
  };
  if (process === 'complaint')
    return {
      ...common,
      occurredAt: '2026-01-02T08:00:00+08:00',
      cause: '多次未处理',
      persons: '客服',
      demands: ['apology'],
    };
  if (process === 'acceptance') return { ...common, service: 'certificate', form: { purpose: '签证' } };
  if (process === 'fault')
    return { ...common, area: 'home', service: 'line', symptom: '灯不亮', occurredAt: '2026-01-02T08:00:00+08:00' };
  if (process === 'technical-support') return { ...common, symptom: '反复重启' };
  if (process === 'escalation') return { ...common, reason: '涉及多个部门', tried: '重启', expected: '修复' };
  return common;
}

async function seed({ db }: TestDatabase): Promise<void> {
  for (const [id, nameZh, nameEn] of [
    ['TECH', '技术部', 'Technology'],
    ['LEGAL', '法务部', 'Legal'],
  ] as const)
    await putDepartment(db, { id, nameZh, nameEn });
  for (const role of roleNames) {
    const id = numberOf(role);
    const department = role.startsWith('department-') ? 'TECH' : null;
    await createStaff(db, { id, name: `员工${id}`, roles: [role], department });
  }
  // One hash for all: hashing is slow by design.
  const { password } = await setInitialPassword(db, numberOf('agent'), PASSWORD, { mustChange: false });
  if (password !== PASSWORD) throw new Error('password');
  const [agent] = await db
    .select()
    .from(schema.staff)
    .where(eq(schema.staff.id, numberOf('agent')));
  await db.update(schema.staff).set({ passwordHash: agent!.passwordHash, passwordInitial: false });
  await putGroup(db, { id: 'desk', nameZh: '客服组', nameEn: 'Desk', members: [numberOf('agent')] });
  await putServiceKind(db, {
    ...{ id: 'certificate', nameZh: '开具证明', nameEn: 'Certificate', business: 'general', identity: 'none' },
    ...{ form: { type: 'object', properties: { purpose: { type: 'string' } } }, active: true },
  });
  await putFaultScope(db, { kind: 'area', id: 'home', nameZh: '本地', nameEn: 'Home', active: true });
  await putFaultScope(db, { kind: 'service', id: 'line', nameZh: '线路', nameEn: 'Line', active: true });
  for (const process of processes)
    await putCategory(db, {
      ...{ id: process, parent: null, process, nameZh: process, nameEn: process, group: 'desk', priority: 'P2' },
      ...{ usualSolution: null, active: true },
    });
  await publishPolicy(db, { id: 'manual', definition: manual });
}

/** A reader of server-sent events, from its `ready` on. */
export async function follow(url: string, cookie?: string) {
  const heard = { text: '' };
  const call = get(url, { headers: cookie ? { cookie } : {} }, (response) =>
    response.on('data', (chunk: Buffer) => (heard.text += chunk.toString())),
  );
  const until = async (text: string) => {
    for (let i = 0; i < 250 && !heard.text.includes(text); i++) await new Promise((done) => setTimeout(done, 20));
    expect(heard.text).toContain(text);
  };
  await until('event: ready');
  return { heard, until, stop: () => call.destroy() };
}
