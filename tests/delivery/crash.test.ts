import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createDubanClient } from '@duban/client';
import type { NewStep } from '@duban/database';
import { type World, openWorld, stepOf, until } from './support';

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world.close());

const points = ['step-committed', 'step-sent', 'step-answered', 'step-applied'];

test('killed at any point of a step, the API leaves what the relay finishes, once', async () => {
  await world.withWorker(async () => {
    const relay = world.delivery();
    const steps: NewStep[] = [];
    for (const point of points) {
      const number = await world.register();
      await relay.startTicket(number);
      const step = stepOf(number, 'reply');
      steps.push(step);
      expect([point, await killedAt(point, step)]).toEqual([point, 'SIGKILL']);
    }
    const states = await Promise.all(steps.map(async ({ id }) => (await world.step(id)).state));
    expect(states).toEqual(['sent', 'sent', 'sent', 'applied']);
    await relay.start();
    for (const { id, ticket } of steps) {
      await until(async () => (await world.step(id)).state === 'applied');
      expect(await world.step(id)).toMatchObject({ revision: 2 });
      expect((await createDubanClient(world.client).state(ticket)).facts.taken).toEqual([id]);
      expect(await world.timeline(ticket)).toHaveLength(1);
    }
    await relay.stop();
  });
}, 120_000);

/** By which signal the child ended. */
function killedAt(point: string, step: NewStep): Promise<string | null> {
  const input = JSON.stringify({ database: world.database.url, address: world.temporal.address, step });
  const env = { ...process.env, DUBAN_CRASH_AT: `${point}:1` };
  const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'crash-child.ts'), input], {
    env,
    stdio: 'inherit',
  });
  return new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
}
