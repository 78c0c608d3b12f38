import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashPoint } from '@duban/platform';
import { type FaultySystem, type Victim, openFaultySystem, services, victims } from './system';

/** One victim's turn: killed at any moment, then, started again, at each of these points of its work. */
interface Act {
  victim: Victim;
  points: readonly CrashPoint[];
}

export interface Tally {
  /** SIGKILLs from outside, by victim. */
  kills: Record<string, number>;
  /** Deaths at a named point, by `service:point`. */
  crashes: Record<string, number>;
  /** Turns that began while another victim had not recovered. */
  duringRecovery: number;
}

/** Which services have which points; every one of them is met in a run. */
const crashPoints: Partial<Record<Victim, readonly CrashPoint[]>> = {
  api: ['step-committed', 'step-sent', 'step-answered', 'step-applied'],
  orchestrator: ['effect-done'],
  assignment: ['effect-done'],
  notification: ['effect-done', 'effect-reported'],
  archiving: ['effect-done'],
};
export const allPoints = Object.entries(crashPoints).flatMap(([victim, points]) => points.map((p) => `${victim}:${p}`));

/** How soon a dead process is started again, as a supervisor of services would. */
const RESTART_MS = 250;
const PAUSE_MS = 1_200;
/** The next victim's turn comes although some have not got to their points; they may still die there. */
const TURN_MS = 20_000;

/** Opens a system together with the one who kills its processes in turn, and restarts them. */
export async function openReapedSystem(tickets: number, random: () => number) {
  const own = new Map<string, number>();
  const armed = new Map<string, { point: CrashPoint; died: () => void }>();
  const tally: Tally = { kills: {}, crashes: {}, duringRecovery: 0 };
  const recovering = new Map<Victim, Promise<void>>();
  const opened: { system?: FaultySystem } = {};

  const system = await openFaultySystem(tickets, (name, how) => {
    const mine = own.get(name) ?? 0;
    if (how === 'SIGKILL' && mine > 0) own.set(name, mine - 1);
    else if (how === 'SIGKILL') crashed(name);
    // Sooner than the system's own backoff; the stores prepare before they start, which must not happen twice at once.
    if ((services as readonly string[]).includes(name))
      setTimeout(() => void opened.system?.child(name as Victim).start(), RESTART_MS).unref();
  });
  opened.system = system;

  function crashed(name: string): void {
    const here = armed.get(name);
    const point = `${name}:${here?.point ?? 'unasked'}`;
    tally.crashes[point] = (tally.crashes[point] ?? 0) + 1;
    disarm(name as Victim);
    here?.died();
  }

  /** Takes effect at the next start. */
  function arm(victim: Victim, point: CrashPoint, died: () => void): void {
    const { spec } = system.child(victim);
    spec.env = { ...spec.env, DUBAN_CRASH_AT: `${point}:${1 + Math.floor(random() * 5)}` };
    armed.set(victim, { point, died });
  }

  function disarm(victim: Victim): void {
    const { spec } = system.child(victim);
    const { DUBAN_CRASH_AT: _, ...env } = spec.env ?? {};
    spec.env = env;
    armed.delete(victim);
  }

  async function kill(victim: Victim): Promise<void> {
    const child = system.child(victim);
    while (child.pid === undefined) await sleep(20);
    own.set(victim, (own.get(victim) ?? 0) + 1);
    tally.kills[victim] = (tally.kills[victim] ?? 0) + 1;
    process.kill(child.pid, 'SIGKILL');
  }

  /** Kills, and arms each point before the start that follows the death before. */
  async function perform({ victim, points }: Act): Promise<void> {
    const [first, ...rest] = points;
    const nextPoint = (point: CrashPoint | undefined): Promise<void> =>
      new Promise((resolve) => {
        if (!point) return resolve();
        arm(victim, point, () => void nextPoint(rest.shift()).then(resolve));
      });
    const dead = nextPoint(first);
    await kill(victim);
    await dead;
    await sleep(2 * RESTART_MS); // dead ones still answer for a moment
    await system.ready(victim);
  }

  async function begin(act: Act): Promise<void> {
    if (recovering.size > 0) tally.duringRecovery++;
    if (recovering.has(act.victim)) return kill(act.victim); // once more on its way to its point
    const recovery = perform(act).finally(() => recovering.delete(act.victim));
    recovery.catch(() => undefined);
    recovering.set(act.victim, recovery);
  }

  /** Everybody's turn in some order, the stores and the orchestrator twice. Nothing is archived in the first minute. */
  function round(): Act[] {
    const again: Act[] = (['temporal', 'postgres', 'orchestrator'] as const).map((victim) => ({ victim, points: [] }));
    const all = victims.map((victim): Act => ({ victim, points: crashPoints[victim] ?? [] }));
    const late = all.filter(({ victim }) => victim === 'archiving');
    return [...shuffled([...all.filter((act) => !late.includes(act)), ...again], random), ...late];
  }

  return {
    system,
    tally,
    /** Kills everyone in turn, then again for so many seconds; over when every named point was met, or it is `stopped`. */
    async reap(seconds: number, stopped: () => boolean): Promise<void> {
      const end = Date.now() + seconds * 1000;
      for (let first = true; first || Date.now() < end; first = false)
        for (const [i, act] of round().entries()) {
          if (stopped() || (!first && Date.now() > end)) break;
          await begin(act);
          // Of three victims two fall while one before is still getting up.
          if (i % 3 !== 2) await sleep(1_000 + random() * 3_000);
          else await Promise.race([Promise.all(recovering.values()), sleep(TURN_MS)]).then(() => sleep(PAUSE_MS));
        }
      while (recovering.size > 0 && !stopped()) await sleep(200);
    },
    /** Lets everybody get up; who never came to their point is restarted without it. */
    async rest(): Promise<void> {
      for (const victim of [...armed.keys()] as Victim[]) {
        disarm(victim);
        await kill(victim);
        await sleep(RESTART_MS);
      }
      for (const victim of victims) await system.ready(victim);
    },
  };
}

function shuffled<T>(items: T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
