import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import { bodyHashOf, stepIdFor } from '@duban/api/delivery';
import { reconcile } from '@duban/api/reconcile';
import type { Actor } from '@duban/contracts';
import { activePolicy, createCustomer, createTicket, findTicket, projectionOf, schema } from '@duban/database';
import { projectRoot } from '@duban/infra/local/project';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { typescriptLoader } from '@duban/infra/local/services';
import { createLogger } from '@duban/platform';
import { eq } from 'drizzle-orm';
import { type TestCentre, openCentre } from '../support/centre';
import { pathsOf, systemOf } from '../workflows/support';
import { remember } from './time-machine';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;
const log = createLogger('test', 'silent');
type Finding = Awaited<ReturnType<typeof reconcile>>[number];

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

const run = (repair: boolean) => reconcile({ database: c.database, client: c.client, log, repair, settleMs: 1_000 });
const found = (findings: Finding[]) =>
  findings.map((f) => `${f.kind} ${f.ticket} ${f.repaired ? 'repaired' : 'left'}`).sort();

const row = async (n: string) => (await findTicket(c.database.db, n))!;
const stepsOf = (n: string) =>
  c.database.db.select().from(schema.steps).where(eq(schema.steps.ticket, n)).orderBy(schema.steps.seq);

/** The ticket's row is, column by column, what its workflow answers. */
async function expectTrue(n: string): Promise<void> {
  const ticket = await row(n);
  const wanted = projectionOf(await c.state(n));
  expect(JSON.parse(JSON.stringify(ticket))).toMatchObject(JSON.parse(JSON.stringify(wanted)));
}

/** Waits until the database has heard all that the workflow has to say. */
async function settled(...tickets: string[]): Promise<void> {
  for (const n of tickets)
    await c.eventually(async () => {
      const { revision } = await c.state(n);
      const revisions = new Set((await c.timeline(n)).map((entry) => entry.revision)).size;
      if (!isDeepStrictEqual([(await row(n)).revision, revisions], [revision, revision]))
        throw new Error(`${n} is behind`);
    });
}

test('both stores of one minute: nothing to tell', async () => {
  const { n } = await paths.handled();
  await settled(n);
  expect(await run(true)).toEqual([]);
});

test('the database is restored to an earlier minute: rebuilt from the workflows; what cannot be is listed', async () => {
  const { n, handler } = await paths.handled();
  const { n: complaint } = await paths.complaint();
  await take('SV001', complaint, 'form-group', { lead: 'SV001', members: ['TS001'], departments: ['OPS'] });
  await settled(n, complaint);
  const minute = await remember(c.database.sql);

  // What everybody did after that minute.
  await take(handler, n, 'reply', { channel: 'phone', text: '请重启设备' });
  await take(handler, n, 'resolve', { result: '已解决' });
  const { id: material } = (
    await c.people.request<{ id: string }>('SV001', 'POST', '/materials', {
      ...{ ticket: complaint, kind: 'add-evidence', body: { reference: 'LOG-9' } },
    })
  ).body;
  await paths.signal(complaint, 'add-evidence', systemOf('OPS'), { kind: 'system-log' }, 'signal-1', material);
  await c.people.until(complaint, (t) => t.revision > 0 && t.snapshot !== undefined);
  await paths.entry(complaint, 'step', { step: 'add-evidence' });
  const newcomer = await c.people.register('CS001', exampleIntakes.consultation(7));
  await c.people.handlerOf(newcomer);
  await settled(n, complaint, newcomer);
  const before = { timeline: await c.timeline(n), evidence: await c.timeline(complaint), steps: await stepsOf(n) };
  await minute.restore();

  const gone = ['projection-older', 'timeline-gap'];
  const difference = (outcome: string) => [n, complaint].flatMap((t) => gone.map((kind) => `${kind} ${t} ${outcome}`));
  const newcomers = (serial: string) => [`serial-behind ${newcomer} ${serial}`, `ticket-missing ${newcomer} left`];
  expect(found(await run(false))).toEqual([...difference('left'), ...newcomers('left')].sort());
  expect((await row(n)).revision).toBeLessThan((await c.state(n)).revision);

  const lost = [`material-lost ${n} left`, `material-lost ${n} left`, `material-lost ${complaint} left`];
  expect(found(await run(true))).toEqual([...difference('repaired'), ...newcomers('repaired'), ...lost].sort());
  await expectTrue(n);
  await expectTrue(complaint);
  expect(await c.timeline(n)).toEqual(before.timeline);
  expect(await c.timeline(complaint)).toEqual(before.evidence);
  const kept = (steps: typeof before.steps) =>
    steps.map(({ id, step, state, revision, actorId }) => ({ id, step, state, revision, actorId }));
  expect(kept(await stepsOf(n))).toEqual(kept(before.steps));

  // Again: nothing to repair is left; what only a person can mend is still listed, by the command too.
  expect(found(await run(true))).toEqual([`ticket-missing ${newcomer} left`]);
  const { status, stdout } = await command('--repair');
  expect(stdout).toContain(newcomer);
  expect(stdout).toContain('A workflow without ticket: restore the row from backup'); // what to do about it
  expect(stdout).toContain('1 differences, 0 repaired, 1 left');
  expect(status).toBe(1);

  // Life goes on: the next number is a new one, and the rebuilt ticket takes its next step.
  expect(Number(await c.people.register('CS001', exampleIntakes.consultation(8)))).toBe(Number(newcomer) + 1);
  await take(handler, n, 'confirm-with-customer', { satisfied: true });
  await c.client.workflow.getHandle(newcomer).terminate('its ticket was lost with the minute');
  await settled(n, complaint);
}, 120_000);

test('a ticket that was never started is started; a step that was never sent is delivered', async () => {
  const { n, handler } = await paths.handled();
  const unstarted = await committed();
  const step = `s-unsent-${n}`;
  const actor: Actor = { kind: 'staff', id: handler, roles: ['agent'], departments: [] };
  await c.database.db.insert(schema.steps).values({
    ...{ id: step, ticket: n, step: 'reply', actor, actorId: handler, origin: 'api', takenAt: new Date() },
    ...{ command: { channel: 'phone' }, material: { text: '您好' }, nextAttemptAt: farOff() },
  });
  const left = [`undelivered-step ${unstarted} left`, `undelivered-step ${n} left`].sort();
  expect(mine(await run(false), unstarted, n)).toEqual(left);
  expect(mine(await run(true), unstarted, n)).toEqual(left.map((line) => line.replace('left', 'repaired')));
  await c.people.handlerOf(unstarted);
  await settled(unstarted, n);
  await expectTrue(unstarted);
  expect((await stepsOf(n)).find(({ id }) => id === step)).toMatchObject({
    state: 'applied',
    material: { text: '您好' },
  });
  expect(mine(await run(true), unstarted, n)).toEqual([]);
});

test('an older snapshot, a wrong column, a claim nobody has any more: written again', async () => {
  const { n: older, handler } = await paths.handled();
  const { n: wrong } = await paths.handled();
  const { n: held, handler: holder } = await paths.handled();
  await settled(older, wrong, held);
  const earlier = await row(older);
  await take(handler, older, 'reply', { channel: 'phone', text: '您好' });
  await take(holder, held, 'withdraw');
  await c.ended(held);
  await settled(older, held);
  const { db } = c.database;
  const { claims, tickets } = schema;
  const { number: _, ...columns } = earlier;
  await db.update(tickets).set(columns).where(eq(tickets.number, older));
  await db.update(tickets).set({ handler: 'CS999', overdue: true }).where(eq(tickets.number, wrong));
  await db.update(claims).set({ releasedAt: null }).where(eq(claims.ticket, held));

  const kinds = [`projection-older ${older}`, `projection-differs ${wrong}`, `claim-left ${held}`].sort();
  expect(mine(await run(false), older, wrong, held)).toEqual(kinds.map((kind) => `${kind} left`));
  expect((await row(wrong)).handler).toBe('CS999');
  expect(mine(await run(true), older, wrong, held)).toEqual(kinds.map((kind) => `${kind} repaired`));
  for (const n of [older, wrong, held]) await expectTrue(n);
  const [claim] = await db.select().from(claims).where(eq(claims.ticket, held));
  expect(claim!.releasedAt).not.toBeNull();
  expect(mine(await run(true), older, wrong, held)).toEqual([]);
});

test('Temporal is of another minute: the lost workflow and the ended one are listed, and nothing is touched', async () => {
  const { n: ended } = await paths.handled();
  const lost = await committed();
  await settled(ended);
  const { db } = c.database;
  await db.update(schema.tickets).set({ startedAt: new Date() }).where(eq(schema.tickets.number, lost));
  await db.update(schema.steps).set({ state: 'applied' }).where(eq(schema.steps.ticket, lost));
  await c.client.workflow.getHandle(ended).terminate('a test');
  const listed = [`workflow-ended ${ended} left`, `workflow-missing ${lost} left`].sort();
  const before = [await row(ended), await row(lost)];
  expect(mine(await run(true), ended, lost)).toEqual(listed);
  expect(mine(await run(true), ended, lost)).toEqual(listed);
  expect([await row(ended), await row(lost)]).toEqual(before);
});

const mine = (findings: Finding[], ...tickets: string[]) =>
  found(findings.filter(({ ticket }) => tickets.includes(ticket)));
const farOff = () => new Date(Date.now() + 3_600_000);

/** An intake that was committed just before its API died, and that no relay has come upon yet. */
async function committed(): Promise<string> {
  const { db } = c.database;
  const actor: Actor = { kind: 'staff', id: 'CS001', roles: ['agent'], departments: [] };
  const policy = (await activePolicy(db))!;
  return db.transaction(async (tx) => {
    const customer = await createCustomer(tx, { name: '王五', phone: '+8613800001234' });
    const key = customer.id;
    const number = await createTicket(tx, {
      ...{ stepId: stepIdFor(actor.id, 'POST', '/api/v1/tickets', key), bodyHash: bodyHashOf({ key }), actor },
      ...{ origin: 'api', process: 'consultation', type: 'business', category: 'product', group: 'consulting' },
      ...{ priority: 'P2', customer, channel: 'phone', subject: '无法登录', content: '提示错误 500', form: {}, policy },
    });
    await tx.update(schema.steps).set({ nextAttemptAt: farOff() }).where(eq(schema.steps.ticket, number));
    return number;
  });
}

/** `npm run reconcile -- …`, as its own process. */
async function command(...args: string[]) {
  const program = join(projectRoot, 'services/api/src/reconcile.ts');
  const env = { ...process.env, DATABASE_URL: c.database.url, TEMPORAL_ADDRESS: c.temporalAddress };
  const child = spawn(process.execPath, ['--import', typescriptLoader, program, ...args], { env });
  const [stdout, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { status: status as number, stdout };
}
