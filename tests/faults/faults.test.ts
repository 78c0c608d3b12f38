import { setTimeout as sleep } from 'node:timers/promises';
import { reconcile } from '@duban/api/reconcile';
import { demoStaff } from '@duban/infra/local/demo-data';
import { createLogger } from '@duban/platform';
import { type Board, openBoard } from './board';
import { countRungs, missedRungs } from './checks/clocks';
import { wrongArchives, wrongClaims, wrongMessages, wrongTasks } from './checks/effects';
import { type Facts, gatherFacts } from './checks/facts';
import { lostPromises, wrongEndings, wrongPairs, wrongProjections, wrongSteps, wrongTimelines } from './checks/tickets';
import { type Desk, type Ending, createDesk } from './desk';
import { createPeople } from './people';
import { crashActs, openReapedSystem } from './reaper';
import { reportOf } from './report';
import { storyOf } from './stories';
import { untilAtRest } from './at-rest';
import { victims } from './system';

const TICKETS = Number(process.env.DUBAN_FAULT_TICKETS ?? 200);
/** People come in over so many seconds; nobody's matter ends before all are in. */
const ARRIVE_MS = 20_000 * (TICKETS / 200);
const SECONDS = Number(process.env.DUBAN_FAULT_SECONDS ?? 0);
const SEED = Number(process.env.DUBAN_FAULT_SEED ?? 20260131);
/** Nothing is asserted on time; past this, whoever still waits is stuck, and says where. */
const STUCK_MS = 240_000 + 1_000 * SECONDS + 500 * TICKETS;

type Reaped = Awaited<ReturnType<typeof openReapedSystem>>;
let reaped: Reaped;
let board: Board;
let desk: Desk;
let facts: Facts;
let inFlight = 0;
const endings: Ending[] = [];
const stuck: string[] = [];

beforeAll(async () => {
  const random = mulberry32(SEED);
  const state = { stopped: false };
  const stopped = () => state.stopped;
  reaped = await openReapedSystem(random);
  const { system } = reaped;
  const people = createPeople(system.centre, { random, stopped });
  await people.signIn(demoStaff.map(({ id }) => id));
  board = openBoard(system.database);
  let registered = 0;
  let allIn = () => undefined as void;
  const everybodyIn = new Promise<void>((resolve) => (allIn = resolve));
  desk = createDesk({ system, people, board, random, everybodyIn, stopped });
  people.registered = () => {
    if (++registered >= TICKETS) allIn();
  };
  void everybodyIn.then(() => (inFlight = [...board.tickets.values()].filter((t) => !t.archived).length));

  let reaping = true;
  const tell = async (i: number) => {
    try {
      endings.push(...(await storyOf(i)(desk, i)));
    } catch (error) {
      stuck.push(`story ${i}: ${(error as Error).message}`);
    }
  };
  const first = Array.from({ length: TICKETS }, async (_, i) => {
    await sleep((ARRIVE_MS * i) / TICKETS);
    await tell(i);
  });
  const reaper = everyone(async () => {
    await sleep(3_000);
    await reaped.reap(SECONDS);
    reaping = false;
  });
  // New ones come as long as there is dying: work for every crash point.
  const later = everyone(async () => {
    await everybodyIn;
    for (let i = TICKETS; reaping; i++) {
      laterOnes.push(tell(i));
      await sleep(700);
    }
  });
  const laterOnes: Array<Promise<void>> = [];
  const watchdog = setTimeout(() => {
    state.stopped = true;
    void board.close('time is up');
  }, STUCK_MS);
  await reaper;
  await reaped.rest();
  await later;
  await Promise.all([...first, ...laterOnes]);
  clearTimeout(watchdog);
  stuck.push(...(await untilAtRest(system, endings)));
  await board.close('over');
  facts = await gatherFacts(system.database, system.client);
  console.log(reportOf({ tally: reaped.tally, facts, desk, inFlight, system }));
}, STUCK_MS + 600_000);
afterAll(() => reaped?.system.close(), 120_000);

const nothing: string[] = [];

test('every story came to its end', () => {
  expect(stuck).toEqual(nothing);
  expect(wrongEndings(facts, endings)).toEqual(nothing);
  expect(inFlight).toBeGreaterThanOrEqual(TICKETS);
});

test('everyone was killed, at every named point, some during recovery', () => {
  expect(Object.keys(reaped.tally.kills).sort()).toEqual([...victims].sort());
  const points = crashActs.map(({ victim, crashAt }) => `${victim}:${crashAt}`);
  expect(Object.keys(reaped.tally.crashes).sort()).toEqual(points.sort());
  expect(reaped.tally.duringRecovery).toBeGreaterThan(0);
});

test('something ran again, and duplicates were refused: else this run proved nothing', () => {
  const again = [...facts.told.values()].flatMap((told) => Object.values(told.again));
  expect(again.length).toBeGreaterThan(0);
  const repeated = desk.people.acknowledged.filter(({ answers }) => answers > 1);
  expect(repeated.length).toBeGreaterThan(0);
});

test('every acknowledged request is there, once', () => {
  expect(desk.people.contradictions).toEqual(nothing);
  expect(lostPromises(facts, desk.people.acknowledged, desk.signals)).toEqual(nothing);
  expect(wrongSteps(facts)).toEqual(nothing);
});

test('no ticket without workflow, no workflow without ticket, no number missing or twice', () => {
  expect(wrongPairs(facts)).toEqual(nothing);
  expect(wrongTasks(facts)).toEqual(nothing);
});

test('no notification twice, none lost', () => {
  expect(wrongMessages(facts, reaped.system)).toEqual(nothing);
});

test('no clock missed', () => {
  expect(missedRungs(facts)).toEqual(nothing);
  expect(countRungs(facts).breached).toBeGreaterThan(0);
});

test('every field of every projection is what its workflow answers, every entry of every timeline what it told', () => {
  expect(wrongProjections(facts)).toEqual(nothing);
  expect(wrongTimelines(facts)).toEqual(nothing);
});

test('capacity was never exceeded, nobody is held by what is over', () => {
  expect(wrongClaims(facts)).toEqual(nothing);
});

test('what ended is archived, its digest right', async () => {
  expect(await wrongArchives(facts, reaped.system.database)).toEqual(nothing);
}, 120_000);

test('reconcile finds nothing to do', async () => {
  const { database, client } = reaped.system;
  const log = createLogger('test', 'silent');
  expect(await reconcile({ database, client, log, repair: false })).toEqual([]);
}, 300_000);

/** A part of the scene; its failure is the test's, but not before the others have been awaited. */
function everyone(work: () => Promise<void>): Promise<void> {
  const running = work();
  running.catch(() => undefined);
  return running;
}

/** A small seeded generator: the same people and the same deaths in every run. */
function mulberry32(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
