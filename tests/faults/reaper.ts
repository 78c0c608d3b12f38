import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashPoint } from '@duban/platform';
import { type FaultySystem, type Victim, openFaultySystem, victims } from './system';

/** One killing: at any moment, or armed so that the new process dies at a named point of its work. */
interface Act {
  victim: Victim;
  crashAt?: CrashPoint;
}

export interface Tally {
  /** SIGKILLs from outside, by victim. */
  kills: Record<string, number>;
  /** Deaths at a named point, by `service:point`. */
  crashes: Record<string, number>;
  /** Killings that began while another victim had not recovered. */
  duringRecovery: number;
}

/** What everyone must have been through at least once, in whatever order. */
export const crashActs: Act[] = [
  ...(['step-committed', 'step-sent', 'step-answered', 'step-applied'] as const).map((crashAt): Act => ({
    victim: 'api',
    crashAt,
  })),
  ...(['orchestrator', 'assignment', 'notification', 'archiving'] as const).map((victim): Act => ({
    victim,
    crashAt: 'effect-done',
  })),
  { victim: 'notification', crashAt: 'effect-reported' },
];

/** How soon a dead process is started again, as a supervisor of services would. */
const RESTART_MS = 250;
const PAUSE_MS = 1_200;
/** How long the next act waits for an armed process to get to its point. */
const CRASH_WAIT_MS = 12_000;

/** Opens a system together with the one who kills its processes in turn, and restarts them. */
export async function openReapedSystem(random: () => number) {
  const own = new Map<string, number>();
  const armed = new Map<string, { act: Act; died: () => void }>();
  const tally: Tally = { kills: {}, crashes: {}, duringRecovery: 0 };
  const recovering = new Map<Victim, Promise<void>>();
  const isOpen: { system?: FaultySystem } = {};
  let over = false;

  const system = await openFaultySystem((name, how) => {
    const mine = own.get(name) ?? 0;
    if (how === 'SIGKILL' && mine > 0) own.set(name, mine - 1);
    else if (how === 'SIGKILL') crashed(name);
    setTimeout(
      () =>
        void isOpen.system
          ?.child(name as Victim)
          .start()
          .catch(() => undefined),
      RESTART_MS,
    ).unref();
  });
  isOpen.system = system;

  function crashed(name: string): void {
    const here = armed.get(name);
    const point = `${name}:${here?.act.crashAt ?? 'unasked'}`;
    tally.crashes[point] = (tally.crashes[point] ?? 0) + 1;
    disarm(name as Victim);
    here?.died();
  }

  function arm({ victim, crashAt }: Act, died: () => void): void {
    const { spec } = system.child(victim);
    spec.env = { ...spec.env, DUBAN_CRASH_AT: `${crashAt}:${1 + Math.floor(random() * 6)}` };
    armed.set(victim, { act: { victim, crashAt: crashAt! }, died });
  }

  /** Takes effect at the next start. */
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

  async function perform(act: Act): Promise<void> {
    if (!act.crashAt) {
      await kill(act.victim);
      await sleep(RESTART_MS);
      return system.ready(act.victim);
    }
    const death = new Promise<void>((resolve) => arm(act, resolve));
    await kill(act.victim);
    await Promise.race([death, sleep(CRASH_WAIT_MS, undefined, { ref: false })]);
    await sleep(RESTART_MS);
    await system.ready(act.victim);
  }

  /** Begins an act; `recovering` knows when its victim is well again. */
  async function begin(act: Act): Promise<void> {
    await recovering.get(act.victim);
    if (recovering.size > 0) tally.duringRecovery++;
    const recovery = perform(act).finally(() => recovering.delete(act.victim));
    recovery.catch(() => undefined);
    recovering.set(act.victim, recovery);
  }

  return {
    system,
    tally,
    /** Everyone is killed in turn and every named point is met, then again, for at least so many seconds. */
    async reap(seconds: number): Promise<void> {
      const end = Date.now() + seconds * 1000;
      for (let round = 0; !over && (round === 0 || Date.now() < end); round++) {
        const plain = [...victims, 'temporal', 'postgres', 'orchestrator'].map((victim) => ({ victim }) as Act);
        // Nothing is archived in the first minute: that death comes last.
        const [early, late] = [crashActs.filter(isEarly), crashActs.filter((act) => !isEarly(act))];
        for (const [i, act] of [...shuffled([...plain, ...early], random), ...late].entries()) {
          if (over || (round > 0 && Date.now() > end)) break;
          await begin(act);
          // Every third victim falls while the one before is still getting up.
          if (i % 3 === 1) await sleep(200 + random() * 1_500);
          else await Promise.all([recovering.get(act.victim), sleep(PAUSE_MS)]);
        }
      }
    },
    /** Lets everybody get up; what never came to its point is restarted without it. */
    async rest(): Promise<void> {
      over = true;
      await Promise.all(recovering.values());
      for (const victim of [...armed.keys()] as Victim[]) {
        disarm(victim);
        await kill(victim);
        await sleep(RESTART_MS);
      }
      for (const victim of victims) await system.ready(victim);
    },
  };
}

const isEarly = (act: Act) => act.victim !== 'archiving';

function shuffled<T>(items: T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
