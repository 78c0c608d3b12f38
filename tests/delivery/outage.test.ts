import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { type World, agent, openWorld, stepOf, until } from './support';

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world.close());

/** A way to Temporal that can be cut and mended. */
async function openWire(target: string) {
  const [host, port] = target.split(':');
  const sockets = new Set<Socket>();
  let whole = true;
  const server: Server = createServer((near) => {
    if (!whole) return void near.destroy();
    const far = connect(Number(port), host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    whole = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    mend: () => void (whole = true),
    close: () => new Promise<void>((resolve) => (cut(), server.close(() => resolve()))),
  };
}

test('Temporal goes away: intake keeps its number, steps wait, unsent ones may be withdrawn; then all are delivered', async () => {
  const wire = await openWire(world.temporal.address);
  const { client, close } = await world.clientVia(wire.address);
  const delivery = world.delivery({ client, attemptMs: 1_000, answerWithinMs: 1_500 });
  await world.withWorker(async () => {
    const running = await world.register();
    expect(await world.delivery().startTicket(running)).toBe('started');
    await delivery.start();
    wire.cut();

    const sent = stepOf(running, 'reply');
    expect(await delivery.takeStep(sent)).toEqual({ state: 'pending', step: sent.id });
    const newcomer = await world.register();
    expect(await delivery.startTicket(newcomer)).toBe('pending');

    const waiting = stepOf(running, 'reply');
    const withdrawn = stepOf(running, 'reply');
    const outcomes = await Promise.all([waiting, withdrawn].map((step) => delivery.takeStep(step)));
    expect(outcomes.map((outcome) => outcome.state)).toEqual(['pending', 'pending']);
    expect(await delivery.withdrawStep(withdrawn.id, { ...agent, id: 'CS999' })).toBe(false);
    expect(await delivery.withdrawStep(withdrawn.id, agent)).toBe(true);
    expect(await delivery.stepOutcome(withdrawn.id)).toEqual({ state: 'withdrawn', step: withdrawn.id });

    wire.mend();
    await until(async () => (await world.step(waiting.id)).state === 'applied');
    await until(async () => (await world.ticket(newcomer)).startedAt !== null);
    const { facts } = (await world.ticket(running)).snapshot!;
    expect(facts.taken).toEqual([sent.id, waiting.id]);
    expect(facts.waitedMs).toBeGreaterThan(1_000);
    await until(async () => (await delivery.startTicket(newcomer)) === 'started');
  });
  await delivery.stop();
  await close();
  await wire.close();
}, 90_000);
