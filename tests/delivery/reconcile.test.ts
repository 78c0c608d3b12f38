import { eq, like } from 'drizzle-orm';
import { createTicketActivities } from '@duban/activities';
import { reconcile } from '@duban/api/reconcile';
import { stuckWork } from '@duban/api/stuck-work';
import { createDubanClient } from '@duban/client';
import { schema } from '@duban/database';
import { type World, agent, frozen, log, openWorld, stepOf } from './support';

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world.close());

const run = (repair: boolean) =>
  reconcile({ database: world.database, client: world.client, log, repair, settleMs: 300 });
const clear = (found: Awaited<ReturnType<typeof run>>) =>
  found.map(({ kind, ticket, repaired }) => [kind, ticket, repaired]);

/** A ticket whose start and first revision are in both stores, as the real workflow publishes it. */
async function running(): Promise<string> {
  const number = await world.register();
  await world.delivery().startTicket(number);
  const snapshot = await createDubanClient(world.client).state(number);
  const changes = [{ revision: 1, index: 0, at: Date.now(), kind: 'started' as const, actor: 'CS001' }];
  const { publish } = createTicketActivities({ database: world.database, log });
  await publish({ ticket: number, revision: 1, snapshot, changes, steps: [] });
  return number;
}

test('both stores at one minute: nothing to tell; then the database loses its last minute', async () => {
  await world.withWorker(async () => {
    const whole = await running();
    await world.delivery().takeStep(stepOf(whole, 'reply'));
    expect(await run(false)).toEqual([]);

    // The database as it was before the two steps.
    const { tickets, steps, timeline, serials } = schema;
    const { db } = world.database;
    const [before] = await db.select().from(tickets).where(eq(tickets.number, whole));
    const serialsBefore = await db.select().from(serials).where(like(serials.series, 'ticket:%'));
    const lost = stepOf(whole, 'reply', undefined, { text: '已排查' });
    await world.delivery().takeStep(lost);
    const gone = await running();
    await db.delete(timeline).where(eq(timeline.ticket, gone));
    await db.delete(timeline).where(eq(timeline.step, lost.id));
    for (const ticket of [gone]) await db.delete(steps).where(eq(steps.ticket, ticket));
    await db.delete(steps).where(eq(steps.id, lost.id));
    await db.delete(tickets).where(eq(tickets.number, gone));
    await db.update(tickets).set(before!).where(eq(tickets.number, whole));
    for (const row of serialsBefore) await db.update(serials).set(row).where(eq(serials.series, row.series));

    expect(clear(await run(false)).sort()).toEqual([
      ['projection-older', whole, false],
      ['serial-behind', gone, false],
      ['ticket-missing', gone, false],
      ['timeline-gap', whole, false],
    ]);
    expect(clear(await run(true)).sort()).toEqual([
      ['material-lost', whole, false],
      ['projection-older', whole, true],
      ['serial-behind', gone, true],
      ['ticket-missing', gone, false],
      ['timeline-gap', whole, true],
    ]);
    expect(await world.ticket(whole)).toMatchObject({ revision: 3 });
    expect(await world.step(lost.id)).toMatchObject({ state: 'applied', revision: 3, material: {} });
    expect(clear(await run(true))).toEqual([['ticket-missing', gone, false]]);
    expect(Number(await world.register())).toBe(Number(gone) + 1);
    await world.client.workflow.getHandle(gone).terminate();
  });
});

test('Temporal loses its last minute: the lost workflow and the older one are listed, and nothing is touched', async () => {
  await world.withWorker(async () => {
    const older = await running();
    const snapshot = { ...(await world.ticket(older)).snapshot!, revision: 7 };
    const { tickets, steps } = schema;
    await world.database.db.update(tickets).set({ revision: 7, snapshot }).where(eq(tickets.number, older));
    const missing = await world.register();
    await world.database.db.update(tickets).set({ startedAt: new Date() }).where(eq(tickets.number, missing));
    await world.database.db.update(steps).set({ state: 'applied' }).where(eq(steps.ticket, missing));
    const ended = await running();
    await world.client.workflow.getHandle(ended).terminate();
    const mine = (await run(true)).filter(({ ticket }) => [older, missing, ended].includes(ticket));
    expect(clear(mine).sort()).toEqual([
      ['workflow-ended', ended, false],
      ['workflow-missing', missing, false],
      ['workflow-older', older, false],
    ]);
    expect((await world.ticket(older)).revision).toBe(7);
  });
});

test('what a crash left is delivered: a start never sent, a step whose reply was lost', async () => {
  await world.withWorker(async () => {
    const [unstarted, crashed] = [await world.register(), await running()];
    const step = stepOf(crashed, 'reply');
    await world.database.db
      .insert(schema.steps)
      .values({ ...step, actorId: agent.id, origin: 'api', takenAt: new Date(Date.now() - 60_000), state: 'sent' });
    const stuck = await stuckWork(world.database, world.client);
    expect(stuck.find((row) => row.ticket === crashed)).toMatchObject({
      kind: 'pending-step',
      cause: 'reply: not sent yet',
    });
    expect(stuck.find((row) => row.ticket === crashed)!.ageMs).toBeGreaterThan(59_000);
    const found = (await run(true)).filter(({ kind }) => kind === 'undelivered-step');
    expect(clear(found)).toEqual([
      ['undelivered-step', unstarted, true],
      ['undelivered-step', crashed, true],
    ]);
    expect(await world.step(step.id)).toMatchObject({ state: 'applied', revision: 2 });
  });
});

test('supervisors see notifications nobody knows the fate of, and workflow tasks that fail', async () => {
  const { deliveries, policies } = schema;
  const { db } = world.database;
  await db.insert(deliveries).values({
    ...{ key: 't:reply-sent:1', ticket: 't', channel: 'sms', template: 'reply-sent', recipient: 'customer' },
    ...{ state: 'unknown', data: {} },
  } as typeof deliveries.$inferInsert);
  const [policy] = await db.select().from(policies);
  const definition = structuredClone(policy!.definition) as { calendars: Record<string, object> };
  definition.calendars.office = {
    timezone: 'Asia/Shanghai',
    week: { mon: [['09:00', '18:00']] },
    holidays: ['2019-10-01'],
  };
  await db.update(policies).set({ definition });
  const rows = await stuckWork(world.database, world.client);
  expect(rows).toContainEqual(
    expect.objectContaining({ kind: 'unknown-notification', ticket: 't', cause: 't:reply-sent:1' }),
  );
  expect(rows).toContainEqual(
    expect.objectContaining({ kind: 'missing-calendar-year', cause: expect.stringContaining('office') }),
  );
  expect(frozen.id).toBe('manual');
});
