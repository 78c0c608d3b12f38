import { condition } from '@temporalio/workflow';
import { type Addressee, type ClockName, type ClockView, clockLabels } from '@duban/contracts';
import { type Calendar, type ClockRule, type FrozenPolicy, type Pause, type Rung, dueAt, rungAt } from '@duban/policy';
import { moveClock, settleRungs, stopsOf } from './clock-move';

/** One running promise. */
export interface Clock {
  key: string;
  name: ClockName;
  department?: string;
  /** What it is about, where a ticket has several of the name: a task. */
  about?: string;
  /** The stage at which it began. */
  stage: string;
  /** Who keeps it, where that is neither handler nor department. */
  owner?: Addressee;
  rule: ClockRule;
  startedAt: number;
  /** A person named the due instant: no policy changes it. */
  promised?: true;
  /** From where its time is counted: the start, until a move to another policy version. */
  countedFrom: number;
  pauses: Stop[];
  dueAt: number;
  rungs: Array<{ rung: Rung; at: number; fired: boolean }>;
  state: ClockView['state'];
  warned: boolean;
  /** A move to another version made nobody late before it. */
  notBefore?: number;
  breachedAt?: number;
  stoppedAt?: number;
  /** When it was due before a supervisor first gave it more time. */
  extendedFrom?: number;
}

/** A pause; one that a supervisor's hold made stops every clock, pausable or not. */
export type Stop = Pause & { held?: true };
/** Why clocks stand still. */
type Cause = 'customer' | 'hold';

/** The clocks of a ticket as another process of it takes them over. */
export interface CarriedClocks {
  clocks: Clock[];
  earlierRuns: Record<string, { met: number; breached: number }>;
  causes: Cause[];
}

export interface ClockEvents {
  /** Where the ticket is. */
  stage(): string;
  /** A rung fell due; `at` is that instant, whenever it is noticed. */
  rung(clock: Clock, rung: Rung, at: number): void;
  /** Met by a moment before its due instant although the flag was set meanwhile. */
  breachWithdrawn(clock: Clock, at: number): void;
  metLate(clock: Clock, at: number): void;
}

/** Promises that hold wherever the ticket is. */
const ofNoStage: ReadonlySet<ClockName> = new Set(['accept', 'next-response', 'progress', 'help', 'handling']);

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
  const causes = new Set<Cause>();
  let stopped = false;
  /** Bumped whenever the nearest instant may have changed. */
  let version = 0;

  const calendarOf = (clock: Clock) => policy.calendars[clock.rule.calendar] ?? always;

  function recompute(clock: Clock): void {
    const pauses = stopsOf(clock).filter(({ to }) => to !== null);
    const { notBefore = -Infinity, countedFrom } = clock;
    clock.dueAt = Math.max(notBefore, dueAt(calendarOf(clock), countedFrom, clock.rule.target, pauses));
    for (const entry of clock.rungs)
      entry.at = Math.max(notBefore, rungAt(calendarOf(clock), clock.rule, countedFrom, pauses, entry.rung));
    version++;
  }

  /** Starts, or starts anew, a clock. `due` replaces the policy's target by an instant that a person promised. */
  function start(name: ClockName, at: number, options: Subject & { due?: number } = {}): void {
    const rule = policy.clocks[name];
    if (!rule) return; // a policy may do without a clock
    const subject = subjectOf(options);
    const about = subject.about ?? subject.department;
    const key = about ? `${name}:${about}` : name;
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
      ...subject,
      stage: events.stage(),
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
    if (causes.has('hold')) stand(clock, at);
  }

  /** Starts a clock unless the ticket has had it: a converted ticket goes on with the time it has used. */
  function startOnce(name: ClockName, at: number): void {
    if (!clocks.has(name)) start(name, at);
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

  /** The customer is waited for: what the policy lets pause does. A supervisor's hold stops every clock. */
  function pauseAll(at: number, cause: Cause = 'customer'): void {
    causes.add(cause);
    for (const clock of clocks.values()) {
      if (clock.state !== 'running' || !stands(clock)) continue;
      catchUp(clock, at);
      stand(clock, at);
      takeBack(clock, at);
    }
  }

  const stands = ({ rule }: Clock) => causes.has('hold') || (causes.has('customer') && rule.pausable);

  function stand(clock: Clock, at: number): void {
    clock.pauses.push({ from: at, to: null, ...(causes.has('hold') ? { held: true as const } : {}) });
    clock.state = 'paused'; // shows its old due instant until it runs again
    version++;
  }

  /** What fell due after a pause began that is only heard of now comes again, by its new instant (design 4). */
  function takeBack(clock: Clock, at: number): void {
    for (const entry of clock.rungs) entry.fired &&= entry.at <= at;
    clock.warned = clock.rungs.some(({ rung, fired }) => fired && rung.act === 'warn');
    if (clock.breachedAt === undefined || clock.breachedAt <= at) return;
    delete clock.breachedAt;
    events.breachWithdrawn(clock, at);
  }

  function resumeAll(at: number, cause: Cause = 'customer'): void {
    causes.delete(cause);
    for (const clock of clocks.values()) if (clock.state === 'paused' && !stands(clock)) endPause(clock, at);
  }

  /**
   * More time, by a supervisor: due at `due` exactly. What was late already stays a breach of its own, and a new run
   * begins; rungs that lie ahead again are climbed again.
   */
  function extend(key: string, due: number, at: number): void {
    const clock = clocks.get(key);
    if (!clock || (clock.state !== 'running' && clock.state !== 'paused')) return;
    catchUp(clock, at);
    const extendedFrom = clock.extendedFrom ?? clock.dueAt;
    if (clock.breachedAt !== undefined) {
      start(clock.name, at, { due, ...subjectOf(clock) });
      const anew = clocks.get(key)!;
      anew.extendedFrom = extendedFrom;
      if (anew.state === 'running' && stands(anew)) stand(anew, at);
      return;
    }
    clock.rule = {
      ...clock.rule,
      calendar: '',
      target: { unit: 'businessTime', ms: Math.max(0, due - clock.startedAt) },
    };
    clock.countedFrom = clock.startedAt;
    // Due at that instant if it ran on from now: a pause under way counts from here.
    clock.pauses = clock.pauses.flatMap((pause) =>
      pause.to === null ? [{ ...pause, from: Math.max(pause.from, at) }] : [],
    );
    Object.assign(clock, { promised: true, extendedFrom });
    recompute(clock);
    for (const entry of clock.rungs) entry.fired &&= entry.at <= at;
    clock.warned = clock.rungs.some(({ rung, fired }) => fired && rung.act === 'warn');
  }

  /** The ticket goes back: promises of the stages that it leaves no longer stand. */
  function leave(stages: ReadonlySet<string>, at: number): void {
    for (const { key, name, stage } of clocks.values()) if (stages.has(stage) && !ofNoStage.has(name)) cancel(key, at);
  }

  /** Running clocks go on under another version's rules; one that it leaves out is cancelled (G5). */
  function follow(next: FrozenPolicy, at: number): void {
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
      moveClock(clock, { rule, before: before.get(clock) ?? always, after, at });
      if (stands(clock)) stand(clock, at);
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
        const { name, about = clock.department } = clock;
        const summary = `${clockLabels[name].zh}${about ? ` ${about}` : ''} · ${actLabels[entry.rung.act]}`;
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

  /** What another process of the same ticket goes on with; `take` puts it under that process's policy. */
  function carry(): CarriedClocks {
    return { clocks: [...clocks.values()], earlierRuns, causes: [...causes] };
  }

  /** Clocks that both processes know go on with the time they have used; the others end with their process. */
  function take(carried: CarriedClocks, at: number): void {
    Object.assign(earlierRuns, carried.earlierRuns);
    for (const cause of carried.causes) causes.add(cause);
    for (const clock of carried.clocks) clocks.set(clock.key, clock);
    for (const { key, name } of carried.clocks) if (!policy.clocks[name]) cancel(key, at);
    follow({ ...policy }, at);
  }

  const running = () => [...clocks.values()].filter((c) => c.state === 'running' || c.state === 'paused');

  return {
    start,
    startOnce,
    stop,
    cancel,
    cancelAll,
    follow,
    pauseAll,
    resumeAll,
    extend,
    leave,
    carry,
    take,
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
        ...(c.about ? { about: c.about } : {}),
        startedAt: c.startedAt,
        dueAt: c.dueAt,
        state: c.state,
        warned: c.warned,
        ...(c.breachedAt !== undefined ? { breachedAt: c.breachedAt } : {}),
        ...(c.stoppedAt !== undefined ? { stoppedAt: c.stoppedAt } : {}),
        ...(c.promised ? { promised: true as const } : {}),
        ...(c.extendedFrom !== undefined ? { extendedFrom: c.extendedFrom } : {}),
      })),
  };
}

/** Whose promise a clock is, and about what. */
type Subject = Pick<Clock, 'department' | 'about' | 'owner'>;
function subjectOf({ department, about, owner }: Subject): Subject {
  return { ...(department ? { department } : {}), ...(about ? { about } : {}), ...(owner ? { owner } : {}) };
}

const actLabels: Record<Rung['act'], string> = { remind: '提醒', warn: '预警', breach: '超时', escalate: '上报' };
