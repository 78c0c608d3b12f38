import { setTimeout as sleep } from 'node:timers/promises';
import { publishPolicy } from '@duban/database';
import { untilReady } from '@duban/infra/local/processes';
import type { PolicyDefinition } from '@duban/policy';
import { presets } from '@duban/policy/presets';
import { type Bench, withBench } from '../bench-system';
import { type Usages, cpuBetween, sum } from '../cpu-and-memory';
import type { Benchmark, RunOptions } from '../figures';
import { dubanSide } from '../lifecycle/duban';
import { closedLoop, percentile, timed } from '../load';

const CONCURRENCY = 20;
const WARM_UP = 40;
const IDLE_MS = 30_000;
/** Until the last bookkeeping, visibility and checkpoint are over. */
const QUIET_MS = 15_000;
const READY_MS = 60_000;
const WOKEN = 20;

/** Thousands of tickets that wait for their handlers, each with its clocks running: what they cost meanwhile. */
export const sleeping = {
  name: 'sleeping',
  what: 'open tickets, dispatched and with their clocks running, while nothing happens',
  tickets: 5_000,
  figures: {
    tickets: { what: 'open tickets' },
    cpuSeconds: { what: 'CPU seconds of all processes in 30 s of waiting' },
    emptyCpuSeconds: { what: 'the same before there was a ticket' },
    orchestratorCpuSeconds: { what: 'of cpuSeconds: the orchestrator' },
    temporalCpuSeconds: { what: 'of cpuSeconds: the Temporal server' },
    memoryMb: { what: 'memory of all processes, MB (shared pages once)' },
    memoryKbPerTicket: { what: 'memory they gained by a ticket, KB' },
    orchestratorKbPerTicket: { what: 'of that: the orchestrator' },
    temporalKbPerTicket: { what: 'of that: the Temporal server' },
    restartToReadyMs: { what: 'the orchestrator stopped and started again, until it is ready' },
    firstStepAfterRestartP50Ms: {
      what: 'the first step on a ticket that no worker remembers: its history is replayed',
    },
    ticketsTakenInPerSecond: { what: 'intake and dispatch, 20 at a time' },
  },
  run: (options: RunOptions) => withBench(options, (bench) => measure(bench, options.tickets)),
} satisfies Benchmark;

async function measure(bench: Bench, tickets: number) {
  const { log, database } = bench;
  await publishPolicy(database.db, { id: 'quiet', definition: quietPolicy() });
  const side = dubanSide(bench);
  const handlers = new Map<string, string>();
  const putToSleep = async (i: number) => {
    const number = await side.register(i);
    handlers.set(number, await side.assigned(number));
    if ((i + 1) % 500 === 0) log(`${i + 1} sleep`);
  };
  try {
    await closedLoop(WARM_UP, CONCURRENCY, putToSleep);
    const empty = await idle(bench, `${WARM_UP} tickets`);
    log(`putting ${tickets} tickets to sleep`);
    const from = performance.now();
    await closedLoop(tickets, CONCURRENCY, putToSleep);
    const loadSeconds = (performance.now() - from) / 1000;
    const full = await idle(bench, `${tickets} tickets more`);

    const restartToReadyMs = await restart(bench);
    log('waking some of them');
    const woken: number[] = [];
    for (const [number, handler] of [...handlers].slice(-WOKEN))
      await timed(woken, () => bench.centre.take(handler, number, 'confirm-receipt'));

    const gained = (name?: string) => (memory(full.usages, name) - memory(empty.usages, name)) / tickets;
    return {
      tickets,
      cpuSeconds: sum(Object.values(full.cpuMs)) / 1000,
      emptyCpuSeconds: sum(Object.values(empty.cpuMs)) / 1000,
      orchestratorCpuSeconds: full.cpuMs['orchestrator']! / 1000,
      temporalCpuSeconds: full.cpuMs['temporal']! / 1000,
      memoryMb: memory(full.usages) / 1024,
      memoryKbPerTicket: gained(),
      orchestratorKbPerTicket: gained('orchestrator'),
      temporalKbPerTicket: gained('temporal'),
      restartToReadyMs,
      firstStepAfterRestartP50Ms: percentile(woken, 0.5),
      ticketsTakenInPerSecond: tickets / loadSeconds,
    };
  } finally {
    await side.watcher.stop();
  }
}

/** The manual's, but nothing of it falls due within the hour: else reminders would wake the first tickets. */
function quietPolicy(): PolicyDefinition {
  const manual = presets.manual!;
  const { consultation } = manual.clocks;
  const days = consultation!.handling!;
  const clocks = { ...manual.clocks, consultation: { ...consultation, accept: days, 'first-response': days } };
  return { ...manual, clocks };
}

async function idle(bench: Bench, what: string) {
  bench.log(`${IDLE_MS / 1000} s with ${what}`);
  await sleep(QUIET_MS);
  const before = bench.usages();
  await sleep(IDLE_MS);
  const usages = bench.usages();
  return { usages, cpuMs: cpuBetween(before, usages) };
}

function memory(usages: Usages, name?: string): number {
  return name ? usages[name]!.memoryKb : sum(Object.values(usages).map(({ memoryKb }) => memoryKb));
}

/** Stops it in good order, then measures from the start of its process to `/readyz`. */
async function restart({ service, log, ports }: Bench): Promise<number> {
  log('restarting the orchestrator');
  const orchestrator = service('orchestrator');
  await orchestrator.stop();
  const from = performance.now();
  await orchestrator.start();
  const ready = async () => (await fetch(`http://127.0.0.1:${ports.orchestrator}/readyz`)).ok;
  await untilReady(orchestrator, ready, READY_MS);
  return performance.now() - from;
}
