import { reconcile } from '@duban/api/reconcile';
import { createLogger } from '@duban/platform';
import { countRungs, missedRungs } from './checks/clocks';
import { wrongArchives, wrongClaims, wrongMessages, wrongTasks } from './checks/effects';
import { lostPromises, wrongEndings, wrongPairs, wrongProjections, wrongSteps, wrongTimelines } from './checks/tickets';
import { allPoints } from './reaper';
import { reportOf } from './report';
import { type Scene, playScene } from './scene';
import { type FaultySystem, victims } from './system';

/** DUBAN_FAULT_TICKETS in flight at once; DUBAN_FAULT_SECONDS more of dying; another order by DUBAN_FAULT_SEED. */
const tickets = Number(process.env.DUBAN_FAULT_TICKETS ?? 200);
const seconds = Number(process.env.DUBAN_FAULT_SECONDS ?? 0);
const seed = Number(process.env.DUBAN_FAULT_SEED ?? 20260131);
/** Only a test that hangs itself takes so long; what is stuck in the system is found by `playScene`. */
const WHOLE_MS = 7_200_000;

let system: FaultySystem | undefined;
let scene: Scene;
const nothing: string[] = [];

beforeAll(async () => {
  scene = await playScene({ tickets, seconds, seed }, (opened) => void (system = opened));
  console.log(reportOf(scene));
}, WHOLE_MS);
afterAll(() => system?.close(), 120_000);

test('every story came to its end', () => {
  expect(scene.stuck).toEqual(nothing);
  expect(wrongEndings(scene.facts, scene.endings)).toEqual(nothing);
  expect(scene.inFlight).toBeGreaterThanOrEqual(tickets);
});

test('everyone was killed, at every named point, some during recovery', () => {
  const { kills, crashes, duringRecovery } = scene.tally;
  expect(Object.keys(kills).sort()).toEqual([...victims].sort());
  expect(Object.keys(crashes).sort()).toEqual([...allPoints].sort());
  expect(duringRecovery).toBeGreaterThan(0);
});

test('something ran again, and duplicates were refused: else this run proved nothing', () => {
  const again = [...scene.facts.told.values()].flatMap((told) => Object.values(told.again));
  expect(again.length).toBeGreaterThan(0);
  const repeated = scene.desk.people.acknowledged.filter(({ answers }) => answers > 1);
  expect(repeated.length).toBeGreaterThan(0);
});

test('every acknowledged request is there, once', () => {
  const { people, signals } = scene.desk;
  expect(people.contradictions).toEqual(nothing);
  expect(lostPromises(scene.facts, people.acknowledged, signals)).toEqual(nothing);
  expect(wrongSteps(scene.facts)).toEqual(nothing);
});

test('no ticket without workflow, no workflow without ticket, no number missing or twice', () => {
  expect(wrongPairs(scene.facts)).toEqual(nothing);
  expect(wrongTasks(scene.facts)).toEqual(nothing);
});

test('no notification twice, none lost', () => {
  expect(wrongMessages(scene.facts, scene.system)).toEqual(nothing);
});

test('no clock missed', () => {
  expect(missedRungs(scene.facts)).toEqual(nothing);
  expect(countRungs(scene.facts).breached).toBeGreaterThan(0);
});

test('every field of every projection is what its workflow answers, every entry of every timeline what it told', () => {
  expect(wrongProjections(scene.facts)).toEqual(nothing);
  expect(wrongTimelines(scene.facts)).toEqual(nothing);
});

test('capacity was never exceeded, nobody is held by what is over', () => {
  expect(wrongClaims(scene.facts)).toEqual(nothing);
});

test(
  'what ended is archived, its digest right',
  async () => {
    expect(await wrongArchives(scene.facts, scene.system.database)).toEqual(nothing);
  },
  WHOLE_MS,
);

test(
  'reconcile finds nothing to do',
  async () => {
    const { database, client } = scene.system;
    const log = createLogger('test', 'silent');
    expect(await reconcile({ database, client, log, repair: false })).toEqual([]);
  },
  WHOLE_MS,
);
