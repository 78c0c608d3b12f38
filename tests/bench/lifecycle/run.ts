import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@duban/infra/local/ports';
import { type Bench, withBench } from '../bench-system';
import { type Usages, cpuBetween, machineCpuMs, sum, usagesOf } from '../cpu-and-memory';
import type { RunOptions } from '../figures';
import { closedLoop, median, openLoop, percentile } from '../load';
import { startNaive } from '../naive/start';
import { type Side, type Timings, consult, noTimings } from './consultation';
import { type DubanSide, dubanSide } from './duban';
import { naiveSide } from './naive';
import { processCosts } from './processes';
import { commitsSoFar, costOf, personStepTransitions, writesSoFar } from './costs';

const CONCURRENCY = 20;
const ROUND = 50;
const WARM_UP = 20;
const PACE_MS = 1_000;
/** What a round leaves to do – the last timers' and visibility's tasks – belongs to it. */
const SETTLE_MS = 500;
const HALF_LOAD_S = 20;

/** What one side's rounds add up to. */
interface Account {
  tickets: number;
  seconds: number;
  cpuMs: Record<string, number>;
  /** What programs that are none of ours took meanwhile. */
  otherCpuMs: number;
  /** Transactions that wrote. */
  writes: number;
  timings: Timings;
}

export async function runLifecycle(options: RunOptions) {
  return withBench(options, async (bench) => {
    const { system, dataDir, log } = bench;
    const naive = await startNaive({
      ...{ databaseUrl: system.databaseUrl, temporalAddress: system.temporalAddress, smsUrl: system.mailbox.smsUrl },
      ...{ dataDir, log, port: await freePort() },
    });
    const duban = dubanSide(bench);
    const other = naiveSide(naive, system.mailbox);
    try {
      return await measure(bench, duban, other, () => usagesOf(naive.roots()), options.tickets);
    } finally {
      await duban.watcher.stop();
      await other.close();
      await naive.stop();
    }
  });
}

async function measure(bench: Bench, duban: DubanSide, naive: Side, naiveUsages: () => Usages, tickets: number) {
  const { log } = bench;
  log(`warming up: ${2 * WARM_UP} consultations a side`);
  for (const side of [duban, naive]) await closedLoop(WARM_UP, CONCURRENCY, (i) => consult(side, i, noTimings()));
  log('one consultation a side at human pace');
  const [own, theirs] = await Promise.all(
    [duban, naive].map(async (side) => costOf(bench.temporal, await consult(side, 0, noTimings(), PACE_MS))),
  );

  log('every other process once');
  const processes = await processCosts(bench);

  const usages = () => ({ ...bench.usages(), ...naiveUsages() });
  const accounts = { duban: newAccount(), naive: newAccount() };
  const before = { commits: await commitsSoFar(bench.database), looks: duban.watcher.looks, at: Date.now() };
  const rounds = Math.max(1, Math.round(tickets / ROUND));
  const sides = [
    { name: 'Duban', side: duban as Side, account: accounts.duban },
    { name: 'naive', side: naive, account: accounts.naive },
  ];
  for (let i = 0; i < rounds; i++) {
    // A B B A: what changes with time weighs on both sides alike.
    for (const { name, side, account } of i % 2 === 0 ? sides : sides.toReversed()) {
      await round(bench, side, account, share(tickets, rounds, i), usages);
      const { tickets: done, seconds } = account;
      log(`round ${i + 1} of ${rounds}, ${name}: ${(done / seconds).toFixed(2)} consultations/s so far`);
    }
  }
  const commits = await countCommits(bench, duban, before);

  const ticketsPerSecond = accounts.duban.tickets / accounts.duban.seconds;
  const half = await halfLoad(bench, duban, ticketsPerSecond / 2, tickets);
  const personStepStateTransitions = await personStepTransitions(bench, duban);
  return {
    tickets,
    ...compare(accounts.duban, accounts.naive),
    ...{ stateTransitions: own!.stateTransitions, historyEvents: own!.historyEvents },
    ...{ naiveStateTransitions: theirs!.stateTransitions, naiveHistoryEvents: theirs!.historyEvents },
    ...processes,
    personStepStateTransitions,
    commits: commits / accounts.duban.tickets,
    writingCommits: accounts.duban.writes / accounts.duban.tickets,
    ...latencies(accounts.duban.timings),
    failedRequests: duban.failures(),
    halfLoadTicketsPerSecond: ticketsPerSecond / 2,
    halfLoadStepP50Ms: percentile(half.steps, 0.5),
    halfLoadStepP99Ms: percentile(half.steps, 0.99),
  };
}

const newAccount = (): Account => ({
  tickets: 0,
  seconds: 0,
  cpuMs: {},
  otherCpuMs: 0,
  writes: 0,
  timings: noTimings(),
});
const share = (tickets: number, rounds: number, i: number) =>
  Math.floor(((i + 1) * tickets) / rounds) - Math.floor((i * tickets) / rounds);

async function round({ database }: Bench, side: Side, account: Account, tickets: number, usages: () => Usages) {
  const before = { cpu: usages(), machine: machineCpuMs(), own: ownCpuMs(), writes: await writesSoFar(database) };
  const from = performance.now();
  await closedLoop(tickets, CONCURRENCY, (i) => consult(side, i, account.timings));
  account.seconds += (performance.now() - from) / 1000;
  account.tickets += tickets;
  await sleep(SETTLE_MS);
  const cpu = cpuBetween(before.cpu, usages());
  for (const [name, ms] of Object.entries(cpu)) account.cpuMs[name] = (account.cpuMs[name] ?? 0) + ms;
  account.otherCpuMs += machineCpuMs() - before.machine - (ownCpuMs() - before.own) - sum(Object.values(cpu));
  account.writes += (await writesSoFar(database)) - before.writes;
}

/** This process: people, customers and the SMS gateway. */
function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Until a backend has been idle for ten seconds its last transactions may be missing from PostgreSQL's count. */
const COUNTED_AFTER_MS = 10_500;
const BASELINE_MS = 5_000;

/** The product's transactions since `before`, less the watcher's looks and what an idle system does in that time. */
async function countCommits(
  { database, log }: Bench,
  duban: DubanSide,
  before: { commits: number; looks: number; at: number },
): Promise<number> {
  log('waiting for PostgreSQL to have counted its transactions, and for those of an idle system');
  await sleep(COUNTED_AFTER_MS);
  const [after, at] = [await commitsSoFar(database), Date.now()];
  await sleep(BASELINE_MS);
  const idlePerMs = ((await commitsSoFar(database)) - after) / (Date.now() - at);
  return after - before.commits - (duban.watcher.looks - before.looks) - idlePerMs * (at - before.at);
}

async function halfLoad({ log }: Bench, side: Side, perSecond: number, most: number): Promise<Timings> {
  const tickets = Math.max(20, Math.min(most, Math.round(perSecond * HALF_LOAD_S)));
  log(`half load: ${tickets} consultations, ${perSecond.toFixed(2)} begun per second`);
  const timings = noTimings();
  await openLoop(tickets, perSecond, (i) => consult(side, i, timings));
  return timings;
}

function compare(duban: Account, naive: Account) {
  const own = (...names: string[]) => sum(names.map((name) => duban.cpuMs[name] ?? 0)) / duban.tickets;
  const theirs = (...names: string[]) => sum(names.map((name) => naive.cpuMs[name] ?? 0)) / naive.tickets;
  const services = ['api', 'orchestrator', 'assignment', 'notification', 'archiving'];
  const cpuMsPerTicket = own(...services, 'temporal', 'postgres');
  const naiveCpuMsPerTicket = theirs('naive-server', 'naive-worker', 'temporal', 'postgres');
  const [ticketsPerSecond, naiveTicketsPerSecond] = [duban.tickets / duban.seconds, naive.tickets / naive.seconds];
  return {
    ...{ ticketsPerSecond, naiveTicketsPerSecond, throughputRatio: ticketsPerSecond / naiveTicketsPerSecond },
    ...{ cpuMsPerTicket, naiveCpuMsPerTicket, cpuRatio: cpuMsPerTicket / naiveCpuMsPerTicket },
    apiCpuMs: own('api'),
    orchestratorCpuMs: own('orchestrator'),
    servicesCpuMs: own('assignment', 'notification', 'archiving'),
    temporalCpuMs: own('temporal'),
    postgresCpuMs: own('postgres'),
    naiveNodeCpuMs: theirs('naive-server', 'naive-worker'),
    naiveTemporalCpuMs: theirs('temporal'),
    naivePostgresCpuMs: theirs('postgres'),
    otherCores: (duban.otherCpuMs + naive.otherCpuMs) / 1000 / (duban.seconds + naive.seconds),
  };
}

const latencies = ({ intake, steps, assigned, invited, archived }: Timings) => ({
  intakeP50Ms: percentile(intake, 0.5),
  intakeP99Ms: percentile(intake, 0.99),
  stepP50Ms: percentile(steps, 0.5),
  stepP99Ms: percentile(steps, 0.99),
  assignedP50Ms: median(assigned),
  invitedP50Ms: median(invited),
  archivedP50Ms: median(archived),
});
