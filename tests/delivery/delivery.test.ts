import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { createDubanClient } from '@duban/client';
import { schema } from '@duban/database';
import { Problem } from '@duban/platform';
import { type World, agent, frozen, openWorld, stepOf, until } from './support';

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world.close());

async function started(): Promise<string> {
  const number = await world.register();
  expect(await world.delivery().startTicket(number)).toBe('started');
  return number;
}

test('a start reaches the workflow once, with what supervisors filter by', async () => {
  await world.withWorker(async () => {
    const number = await started();
    const row = await world.ticket(number);
    expect(row.startedAt).not.toBeNull();
    const description = await world.client.workflow.getHandle(number).describe();
    expect(description.type).toBe('consultation');
    expect(await description.staticSummary()).toBe('咨询 · 业务咨询 · P2');
    expect(await world.delivery().startTicket(number)).toBe('started');
  });
});

test('a taken step is applied in one transaction: step, projection, timeline, audit', async () => {
  await world.withWorker(async () => {
    const number = await started();
    const step = stepOf(number, 'reply', undefined, { text: '请重试' });
    const outcome = await world.delivery().takeStep(step);
    expect(outcome).toMatchObject({ state: 'applied', answer: { revision: 2 } });
    expect(await world.step(step.id)).toMatchObject({ state: 'applied', revision: 2, material: { text: '请重试' } });
    expect(await world.ticket(number)).toMatchObject({ revision: 2, status: 'in-progress', handler: 'CS001' });
    expect(await world.timeline(number)).toMatchObject([{ revision: 2, index: 0, kind: 'step', step: step.id }]);
    const audit = await world.database.db.select().from(schema.audit).where(eq(schema.audit.object, number));
    expect(audit).toContainEqual(
      expect.objectContaining({ actor: 'CS001', action: 'reply:applied', trace: 'trace-1' }),
    );
  });
});

test('a refusal is final and never sent again', async () => {
  await world.withWorker(async () => {
    const number = await started();
    const step = stepOf(number, 'reassign');
    const refused = {
      state: 'refused',
      refusal: { code: 'not-open', detail: { step: 'reassign', stage: 'handling' } },
    };
    expect(await world.delivery().takeStep(step)).toMatchObject(refused);
    expect(await world.delivery().takeStep(step)).toMatchObject(refused);
    expect(await world.step(step.id)).toMatchObject({ state: 'refused', attempts: 1 });
    await expect(
      world.database.db.update(schema.steps).set({ state: 'applied' }).where(eq(schema.steps.id, step.id)),
    ).rejects.toThrow();
  });
});

test('five requests under one key at once, from two replicas, are one step; another body is refused', async () => {
  await world.withWorker(async () => {
    const number = await started();
    const [one, other] = [world.delivery(), world.delivery()];
    const rounds = Array.from({ length: 8 }, (_, i) =>
      stepOf(number, 'reply', i ? `key-${i}` : 'same-key', { text: '一' }),
    );
    for (const [i, step] of rounds.entries()) {
      const outcomes = await Promise.all([one, other, one, other, one].map((delivery) => delivery.takeStep(step)));
      for (const outcome of outcomes) expect(outcome).toMatchObject({ state: 'applied', answer: { revision: i + 2 } });
    }
    const { facts } = await createDubanClient(world.client).state(number);
    expect(facts.taken).toEqual(rounds.map((step) => step.id));

    const reused = { ...stepOf(number, 'reply', 'same-key', { text: '二' }) };
    await expect(one.takeStep(reused)).rejects.toMatchObject(
      new Problem(422, 'idempotency-key-reused', expect.anything()),
    );
  });
});

test('without a worker the caller hears "pending" after two seconds; later it is applied at the moment it was taken', async () => {
  const number = await world.withWorker(started);
  const step = stepOf(number, 'reply');
  const delivery = world.delivery({ attemptMs: 2_500, answerWithinMs: 2_000 });
  const before = Date.now();
  expect(await delivery.takeStep(step)).toEqual({ state: 'pending', step: step.id });
  expect(Date.now() - before).toBeGreaterThan(1_900);
  expect(Date.now() - before).toBeLessThan(6_000);
  expect(await delivery.withdrawStep(step.id, agent)).toBe(false);
  await world.withWorker(async () => {
    await delivery.start();
    await until(async () => (await world.step(step.id)).state === 'applied');
    const { facts } = (await world.ticket(number)).snapshot!;
    expect(facts.taken).toEqual([step.id]);
  });
  await delivery.stop();
});

test('a lost reply: the relay fetches the recorded answer by the same id', async () => {
  await world.withWorker(async () => {
    const number = await started();
    const step = stepOf(number, 'reply');
    await abandon(step, 'sent');
    const request = { stepId: step.id, actor: agent, command: {}, waitedMs: 0, origin: 'api' as const };
    await createDubanClient(world.client).send(number, 'reply', request);
    await world.delivery().deliverDue();
    expect(await world.step(step.id)).toMatchObject({ state: 'applied', revision: 2 });
    expect((await createDubanClient(world.client).state(number)).facts.taken).toEqual([step.id]);
  });
});

test('who finds an older pending step delivers that first', async () => {
  await world.withWorker(async () => {
    const number = await started();
    const older = stepOf(number, 'reply');
    await abandon(older, 'pending');
    await sleep(30);
    const newer = stepOf(number, 'reply');
    expect(await world.delivery().takeStep(newer)).toMatchObject({ state: 'applied', answer: { revision: 3 } });
    expect(await world.step(older.id)).toMatchObject({ state: 'applied', revision: 2 });
    const { facts } = (await world.ticket(number)).snapshot!;
    expect(facts.taken).toEqual([older.id, newer.id]);
  });
});

test('a step waits for a ticket that was never started, and starts it', async () => {
  await world.withWorker(async () => {
    const number = await world.register();
    const step = stepOf(number, 'reply');
    expect(await world.delivery().takeStep(step)).toMatchObject({ state: 'applied' });
    expect((await world.ticket(number)).startedAt).not.toBeNull();
  });
});

test('a start whose reply was lost is repeated; another intake under the number is not taken for it', async () => {
  await world.withWorker(async () => {
    const number = await started();
    const again = { state: 'sent', settledAt: null, leaseUntil: null, nextAttemptAt: new Date() };
    await asSuperuser(async (tx) => {
      await tx.update(schema.steps).set(again).where(eq(schema.steps.ticket, number));
    });
    expect(await world.delivery().startTicket(number)).toBe('started');

    const stranger = await world.register();
    await createDubanClient(world.client).start({
      ...{
        ticket: stranger,
        process: 'consultation',
        type: 'business',
        category: 'order',
        group: null,
        priority: 'P2',
      },
      ...{ policy: frozen, stepId: 'another-intake', actor: agent, waitedMs: 0 },
    });
    expect(await world.delivery({ answerWithinMs: 300 }).startTicket(stranger)).toBe('pending');
    await until(async () => {
      const [start] = await world.database.db.select().from(schema.steps).where(eq(schema.steps.ticket, stranger));
      return start!.lastError?.includes('started by another intake') ?? false;
    });
  });
});

test('an ended workflow: its recorded answer counts, anything else is refused as closed', async () => {
  await world.withWorker(async () => {
    const number = await started();
    const lost = stepOf(number, 'reply');
    await abandon(lost, 'sent');
    const request = { stepId: lost.id, actor: agent, command: {}, waitedMs: 0, origin: 'api' as const };
    await createDubanClient(world.client).send(number, 'reply', request);
    const close = { ...request, stepId: 'closing-step' };
    await createDubanClient(world.client).send(number, 'resolve', close);
    await world.client.workflow.getHandle(number).result();
    const late = stepOf(number, 'reply');
    expect(await world.delivery().takeStep(late)).toMatchObject({ state: 'refused', refusal: { code: 'closed' } });
    expect(await world.step(lost.id)).toMatchObject({ state: 'applied', revision: 2 });
  });
});

test('a workflow that is gone refuses nothing: the step stays, and says why', async () => {
  const number = await world.register();
  await asSuperuser(async (tx) => {
    await tx.update(schema.tickets).set({ startedAt: new Date() }).where(eq(schema.tickets.number, number));
    await tx.update(schema.steps).set({ state: 'applied' }).where(eq(schema.steps.ticket, number));
  });
  const step = stepOf(number, 'reply');
  expect(await world.delivery({ answerWithinMs: 300 }).takeStep(step)).toEqual({ state: 'pending', step: step.id });
  await until(async () => (await world.step(step.id)).lastError === 'workflow-missing');
  expect((await world.step(step.id)).state).toBe('sent');
});

test('a mistake in the program is no refusal', async () => {
  await world.withWorker(async () => {
    const number = await started();
    const step = stepOf(number, 'request-answer');
    expect(await world.delivery({ answerWithinMs: 300 }).takeStep(step)).toMatchObject({ state: 'pending' });
    await until(async () => (await world.step(step.id)).lastError?.includes('a mistake in the program') ?? false);
  });
});

test('wake-ups are sent as signals; for an ended workflow they are done with', async () => {
  await world.withWorker(async () => {
    const number = await started();
    await world.database.db.insert(schema.wakeups).values([
      { ticket: number, signal: 'assignment-ready', payload: { key: `${number}:handler:1` } },
      { ticket: 'no-such-ticket', signal: 'assignment-ready', payload: {} },
    ]);
    await world.delivery().deliverDue();
    expect((await createDubanClient(world.client).state(number)).facts.signals).toBe(1);
    const open = await world.database.db
      .select()
      .from(schema.wakeups)
      .where(sql`sent_at is null`);
    expect(open).toEqual([]);
  });
});

/** A step as a crash leaves it: committed, its lease over. */
async function abandon(step: ReturnType<typeof stepOf>, state: 'pending' | 'sent'): Promise<void> {
  await world.database.db.insert(schema.steps).values({
    ...step,
    actorId: agent.id,
    origin: 'api',
    takenAt: new Date(),
    state,
    leaseOwner: 'a process that died',
    leaseUntil: new Date(Date.now() - 1_000),
  });
}

/** Past the guard that keeps settled steps settled. */
async function asSuperuser(work: (tx: World['database']['db']) => Promise<void>): Promise<void> {
  await world.database.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await work(tx as never);
  });
}
