import { setTimeout as sleep } from 'node:timers/promises';
import { demoStaff, mulberry32 } from '@duban/infra/local/demo-data';
import { untilAtRest } from './at-rest';
import { openBoard } from './board';
import { type Facts, gatherFacts } from './checks/facts';
import { type Desk, type Ending, createDesk } from './desk';
import { createPeople } from './people';
import { type Tally, openReapedSystem } from './reaper';
import { storyOf } from './stories';
import type { FaultySystem } from './system';

/** A day at the centre on which everything died at least once, come to rest again. */
export interface Scene {
  system: FaultySystem;
  tally: Tally;
  desk: Desk;
  /** How many tickets were open when the last of the first ones had come in. */
  inFlight: number;
  endings: Ending[];
  /** Stories that got no further, and what still moved when everything should have been at rest. */
  stuck: string[];
  facts: Facts;
  /** How long each part of the day took, s. */
  took: Record<string, number>;
}

export interface SceneOptions {
  /** Stories that begin at once; none of them ends before the last has begun. */
  tickets: number;
  /** For how long dying goes on after everyone's first turn. */
  seconds: number;
  seed: number;
}

/** People come in at ten a second. */
const ARRIVAL_MS = 100;
/** Nothing is judged by time; when nothing at all has moved for so long, whoever still waits is stuck, and says where. */
const STUCK_MS = 360_000;
const WATCH_MS = 5_000;

/**
 * Plays it: hundreds of stories at once while the reaper goes round, until all have come to their end and nothing moves
 * any more. `system` is handed over as soon as there is one, to be closed whatever happens.
 */
export async function playScene(options: SceneOptions, opened: (system: FaultySystem) => void): Promise<Scene> {
  const { tickets, seconds, seed } = options;
  const took: Scene['took'] = {};
  let since = Date.now();
  const mark = (part: string) => {
    took[part] = Math.round((Date.now() - since) / 1000);
    since = Date.now();
  };
  const random = mulberry32(seed);
  const reaped = await openReapedSystem(tickets, random);
  const { system, tally } = reaped;
  opened(system);
  mark('start');
  const state = { stopped: false, reaping: true, active: 0, inFlight: 0 };
  const stopped = () => state.stopped;
  const endings: Ending[] = [];
  const stuck: string[] = [];
  const board = openBoard(system.database);

  let allIn = () => undefined as void;
  const everybodyIn = new Promise<void>((resolve) => (allIn = resolve));
  let registered = 0;
  const people = createPeople(system.centre, {
    ...{ random, stopped },
    registered: () => {
      if (++registered < tickets || state.inFlight) return;
      state.inFlight = registered - [...board.tickets.values()].filter((t) => t.archived).length;
      allIn();
    },
  });
  const desk = createDesk({ system, people, board, random, everybodyIn, stopped });
  const tell = async (i: number) => {
    state.active++;
    await storyOf(i)(desk, i).then(
      (ends) => endings.push(...ends),
      (error: Error) => stuck.push(`story ${i}: ${error.message}`),
    );
    state.active--;
  };
  let moved = { sum: 0, at: Date.now() };
  const watchdog = setInterval(() => {
    const revisions = [...board.tickets.values()].reduce((sum, { revision }) => sum + revision, 0);
    const sum = revisions + people.acknowledged.length + endings.length;
    if (sum !== moved.sum) moved = { sum, at: Date.now() };
    if (state.stopped || Date.now() - moved.at < STUCK_MS) return;
    state.stopped = true;
    allIn();
    void board.close('nothing moves any more');
  }, WATCH_MS);

  await people.signIn(demoStaff.map(({ id }) => id));
  const stories = Array.from({ length: tickets }, async (_, i) => {
    await sleep(ARRIVAL_MS * i);
    await tell(i);
  });
  // New ones come as long as there is dying: there must be work at every crash point.
  const later = (async () => {
    await everybodyIn;
    for (let i = tickets; state.reaping && !stopped(); await sleep(1_000))
      if (state.active < tickets / 2) stories.push(tell(i++));
  })();
  await reaped.reap(seconds, stopped);
  await reaped.rest();
  mark('dying');
  state.reaping = false;
  await later;
  await Promise.all(stories);
  clearInterval(watchdog);
  mark('stories');
  stuck.push(...(await untilAtRest(system, endings)));
  mark('rest');
  await board.close('over');
  const facts = await gatherFacts(system.database, system.client);
  mark('facts');
  return { system, tally, desk, inFlight: state.inFlight, endings, stuck, facts, took };
}
