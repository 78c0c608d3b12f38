import { condition } from '@temporalio/workflow';
import { type ClockName, type ClockView, clockLabels } from '@duban/contracts';
import { type Calendar, type ClockRule, type FrozenPolicy, type Pause, type Rung, dueAt, rungAt } from '@duban/policy';
import { moveClock, settleRungs } from './clock-move';

/** One running promise. */
export interface Clock {
  key: string;
  name: ClockName;
  department?: string;
  rule: ClockRule;
  startedAt: number;
  /** A person named the due instant: no policy changes it. */
  promised?: true;
  /** From where its time is counted: the start, until a move to another policy version. */
  countedFrom: number;
  pauses: Pause[];
  dueAt: number;
  rungs: Array<{ rung: Rung; at: number; fired: boolean }>;
  state: ClockView['state'];
  warned: boolean;
  /** A move to another version made nobody late before it. */
  notBefore?: number;
  breachedAt?: number;
  stoppedAt?: number;
}

export interface ClockEvents {
  /** A rung fell due; `at` is that instant, whenever it is noticed. */
  rung(clock: Clock, rung: Rung, at: number): void;
  /** Met by a moment before its due instant although the flag was set meanwhile. */
  breachWithdrawn(clock: Clock, at: number): void;
  metLate(clock: Clock, at: number): void;
}

/** Round the clock: for deadlines that a person set as an instant. */
const always: Calendar = {
  always: true,
  offsets: [[-8.64e15, 0]],
  week: [[], [], [], [], [], [], []],
  days: {},
  yearly: [],
};

/**
 * The clocks of one ticket and its alarms, all on one timer: the nearest (G6, G13; design "How a process is written").
 * Instants are computed here from the frozen policy, so a replay computes the same ones on any host.
 */
export function createClocks(policy: FrozenPolicy, events: ClockEvents) {
  const clocks = new Map<string, Clock>();
  const alarms = new Map<string, { at: number; ring: () => void }>();
  /** Runs that a new start of the same clock replaced, by name: kept in time, or not. */
  const earlierRuns: Record<string, { met: number; breached: number }> = {};
  let stopped = false;
  /** Bumped whenever the nearest instant may have changed. */
  let version = 0;

  const calendarOf = (clock: Clock) => policy.calendars[clock.rule.calendar] ?? always;

  function recompute(clock: Clock): void {
    const pauses = clock.rule.pausable ? clock.pauses.filter(({ to }) => to !== null) : [];
    const { notBefore = -Infinity, countedFrom } = clock;
    clock.dueAt = Math.max(notBefore, dueAt(calendarOf(clock), countedFrom, clock.rule.target, pauses));
    for (const entry of clock.rungs)
      entry.at = Math.max(notBefore, rungAt(calendarOf(clock), clock.rule, countedFrom, pauses, entry.rung));
    version++;
  }

  /** Starts, or starts anew, a clock. `due` replaces the policy's target by an instant that a person promised. */
  function start(name: ClockName, at: number, options: { department?: string; due?: number } = {}): void {
    const rule = policy.clocks[name];
    if (!rule) return; // a policy may do without a clock
    const key = options.department ? `${name}:${options.department}` : name;
    const before = clocks.get(key);
    catchUp(before, at);
    if (before) countRun(before);
    const own: ClockRule =
      options.due === undefined
        ? rule
        : { ...rule, calendar: '', target: { unit: 'businessTime', ms: Math.max(0, options.due - at) } };
    const clock: Clock = {
      key,
      name,
      ...(options.department ? { department: options.department } : {}),
      rule: own,
      startedAt: at,
      ...(options.due === undefined ? {} : { promised: true as const }),
      countedFrom: at,
      pauses: [],
      dueAt: at,
      rungs: own.ladder.map((rung) => ({ rung, at: 0, fired: false })),
      state: 'running',
      warned: false,
    };
    clocks.set(key, clock);
    recompute(clock);
  }

  /** A run that is started anew before its due instant was kept: news told in time, an answer given. */
  function countRun({ name, state, breachedAt }: Clock): void {
    if (state === 'cancelled' && breachedAt === undefined) return;
    const runs = (earlierRuns[name] ??= { met: 0, breached: 0 });
    if (breachedAt === undefined) runs.met++;
    else runs.breached++;
  }

  /** The promise is kept, by the moment `at` of the step that kept it (design 4). */
  function stop(key: string, at: number): void {
    const clock = clocks.get(key);
    if (!clock || clock.state === 'met' || clock.state === 'cancelled') return;
    endPause(clock, at);
    catchUp(clock, at);
    clock.state = 'met';
    clock.stoppedAt = at;
    version++;
    if (at > clock.dueAt) {
      clock.breachedAt ??= clock.dueAt;
      events.metLate(clock, at);
    } else if (clock.breachedAt !== undefined) {
      delete clock.breachedAt;
      events.breachWithdrawn(clock, at);
    }
  }

  /** The promise no longer stands: withdrawn, merged, sent back. */
  function cancel(key: string, at: number): void {
    const clock = clocks.get(key);
    if (!clock || clock.state === 'met' || clock.state === 'cancelled') return;
    catchUp(clock, at);
    clock.state = 'cancelled';
    clock.stoppedAt = at;
    version++;
  }

  function endPause(clock: Clock, at: number): void {
    const open = clock.pauses.find((p) => p.to === null);
    if (!open) return;
    open.to = Math.max(at, open.from);
    clock.state = 'running';
    recompute(clock);
  }

  function pauseAll(at: number): void {
    for (const clock of clocks.values()) {
      if (clock.state !== 'running' || !clock.rule.pausable) continue;
      catchUp(clock, at);
      clock.pauses.push({ from: at, to: null });
      clock.state = 'paused'; // shows its old due instant until it runs again
      takeBack(clock, at);
      version++;
    }
  }

  /** What fell due after a pause began that is only heard of now comes again, by its new instant (design 4). */
  function takeBack(clock: Clock, at: number): void {
    for (const entry of clock.rungs) entry.fired &&= entry.at <= at;
    clock.warned = clock.rungs.some(({ rung, fired }) => fired && rung.act === 'warn');
    if (clock.breachedAt === undefined || clock.breachedAt <= at) return;
    delete clock.breachedAt;
    events.breachWithdrawn(clock, at);
  }

  function resumeAll(at: number): void {
    for (const clock of clocks.values()) if (clock.state === 'paused') endPause(clock, at);
  }

  /** Running clocks go on under another version's rules; one that it leaves out is cancelled (G5). */
  function follow(next: FrozenPolicy, at: number, waiting: boolean): void {
    const running = [...clocks.values()].filter((c) => (c.state === 'running' || c.state === 'paused') && !c.promised);
    const before = new Map(running.map((clock) => [clock, calendarOf(clock)]));
    for (const clock of running) catchUp(clock, at);
    Object.assign(policy, next);
    for (const clock of running) {
      const rule = policy.clocks[clock.name];
      if (!rule) {
        cancel(clock.key, at);
        continue;
      }
      const climbed = clock.rungs;
      const after = policy.calendars[rule.calendar] ?? always;
      moveClock(clock, { rule, before: before.get(clock) ?? always, after, waiting, at });
      clock.rungs = rule.ladder.map((rung) => ({ rung, at: 0, fired: false }));
      delete clock.notBefore;
      recompute(clock);
      const withdrawn = settleRungs(clock, climbed, at);
      if (clock.breachedAt === undefined) {
        clock.notBefore = at;
        clock.dueAt = Math.max(clock.dueAt, at);
      }
      if (withdrawn) events.breachWithdrawn(clock, at);
    }
  }

  function cancelAll(at: number): void {
    for (const key of clocks.keys()) cancel(key, at);
    alarms.clear();
    version++;
  }

  /** Something to do at an instant that is nobody's promise: the survey window's end, a re-dispatch. */
  function alarm(name: string, at: number, ring: () => void): void {
    alarms.set(name, { at, ring });
    version++;
  }

  function silence(name: string): void {
    if (alarms.delete(name)) version++;
  }

  function nearest(): { at: number; summary: string; fire: () => void } | null {
    let next: { at: number; summary: string; fire: () => void } | null = null;
    for (const clock of clocks.values()) {
      if (clock.state !== 'running') continue;
      for (const entry of clock.rungs) {
        if (entry.fired || (next && entry.at >= next.at)) continue;
        const summary = `${clockLabels[clock.name].zh}${clock.department ? ` ${clock.department}` : ''} · ${actLabels[entry.rung.act]}`;
        next = { at: entry.at, summary, fire: () => fire(clock, entry) };
      }
    }
    for (const [name, entry] of alarms) {
      if (next && entry.at >= next.at) continue;
      next = {
        at: entry.at,
        summary: name,
        fire: () => {
          alarms.delete(name);
          entry.ring();
        },
      };
    }
    return next;
  }

  /**
   * What fell due before the moment at which a clock is met, paused or started anew counts, although a step that
   * arrives after an outage is seen before the timer.
   */
  function catchUp(clock: Clock | undefined, at: number): void {
    if (clock?.state !== 'running') return;
    const due = clock.rungs.filter((entry) => !entry.fired && entry.at <= at).sort((a, b) => a.at - b.at);
    for (const entry of due) fire(clock, entry);
  }

  function fire(clock: Clock, entry: Clock['rungs'][number]): void {
    entry.fired = true;
    if (entry.rung.act === 'warn') clock.warned = true;
    if (entry.rung.act === 'breach') clock.breachedAt = entry.at;
    events.rung(clock, entry.rung, entry.at);
  }

  /** Fires what is due, in order, then sleeps until the nearest; ends with `end()`. */
  async function run(): Promise<void> {
    while (!stopped) {
      const next = nearest();
      if (next && next.at <= Date.now()) {
        next.fire();
        continue;
      }
      const seen = version;
      const changed = () => stopped || (version !== seen && nearest()?.at !== next?.at);
      if (next) await condition(changed, next.at - Date.now(), { summary: next.summary });
      else await condition(changed);
    }
  }

  function end(): void {
    stopped = true;
    version++;
  }

  const running = () => [...clocks.values()].filter((c) => c.state === 'running' || c.state === 'paused');

  return {
    start,
    stop,
    cancel,
    cancelAll,
    follow,
    pauseAll,
    resumeAll,
    alarm,
    silence,
    run,
    end,
    get: (key: string) => clocks.get(key),
    overdue: () => running().some((c) => c.breachedAt !== undefined),
    nearlyOverdue: () => running().some((c) => c.warned && c.breachedAt === undefined),
    breaches: () => [...clocks.values()].filter((c) => c.breachedAt !== undefined).length,
    nextDueAt: () => {
      const due = running().flatMap((c) => (c.state === 'running' ? [c.dueAt] : []));
      return due.length ? Math.min(...due) : null;
    },
    /** Empty until a clock has been started anew. */
    earlierRuns: () => {
      const copied = Object.entries(earlierRuns).map(([name, runs]) => [name, { ...runs }] as const);
      return copied.length ? { earlierRuns: Object.fromEntries(copied) } : {};
    },
    views: (): ClockView[] =>
      [...clocks.values()].map((c) => ({
        key: c.key,
        name: c.name,
        ...(c.department ? { department: c.department } : {}),
        startedAt: c.startedAt,
        dueAt: c.dueAt,
        state: c.state,
        warned: c.warned,
        ...(c.breachedAt !== undefined ? { breachedAt: c.breachedAt } : {}),
        ...(c.stoppedAt !== undefined ? { stoppedAt: c.stoppedAt } : {}),
        ...(c.promised ? { promised: true as const } : {}),
      })),
  };
}

const actLabels: Record<Rung['act'], string> = { remind: '提醒', warn: '预警', breach: '超时', escalate: '上报' };
