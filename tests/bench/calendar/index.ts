import { libraryDays } from '@duban/database';
import { type Calendar, type Pause, type Target, dueAt, rungAt } from '@duban/policy';
import { freezePolicy, withPublicDays } from '@duban/policy/compile';
import { manual } from '@duban/policy/presets';
import { setImmediate } from 'node:timers/promises';
import type { Benchmark, RunOptions } from '../figures';
import { median } from '../load';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const YEAR_MS = 365 * 24 * HOUR_MS;
const ROUNDS = 5;
/** Other than any step of the calendar, so that starts are spread over days and nights. */
const STRIDE_MS = 7_919 * 997;

type FigureName =
  | 'computations'
  | 'duePerSecond'
  | 'businessTimePerSecond'
  | 'longPerSecond'
  | 'workingDaysPerSecond'
  | 'pausedPerSecond'
  | 'ladderPerSecond';

/** Due instants of a centre with lunch breaks, public holidays and make-up days, on one core; no system is started. */
export const calendar = {
  name: 'calendar',
  what: 'due instants a second on one core, Shanghai office hours of 2024–2026 with 调休 (--tickets: of each kind)',
  tickets: 200_000,
  figures: {
    computations: { what: 'due instants of each kind and round; each figure is the median of five rounds' },
    duePerSecond: { what: 'a mix: two in three business time, working days, calendar days; pauses', atLeast: 100_000 },
    businessTimePerSecond: { what: '10 minutes to 40 hours of business time' },
    longPerSecond: { what: '400 hours of business time: weeks and holidays are passed over' },
    workingDaysPerSecond: { what: '1 to 10 working days, at the end of the day' },
    pausedPerSecond: { what: '8 hours of business time with three pauses' },
    ladderPerSecond: { what: "all rungs of one of the manual's ladders count as one" },
  },
  run: measure,
} satisfies Benchmark;

async function measure({ tickets: count, log }: RunOptions): Promise<Record<FigureName, number>> {
  const days = [2024, 2025, 2026].flatMap((year) => libraryDays(year) ?? []);
  const policy = withPublicDays(manual, { CN: days });
  const { calendars, clocks } = freezePolicy(policy, { id: 'manual', version: 1 }, 'consultation', 'P2');
  const office = calendars.office!;
  const from = Date.UTC(2024, 0, 1);
  const startOf = (i: number) => from + ((i * STRIDE_MS) % (2.5 * YEAR_MS));
  const hours = (n: number): Target => ({ unit: 'businessTime', ms: n * HOUR_MS });
  const workingDays = (i: number): Target => ({ unit: 'workingDays', days: 1 + (i % 10), at: 'endOfDay' });
  const short = (i: number) => hours(1 / 6 + (i % 240) / 6);
  const answer = clocks.answer!;
  const kinds: Record<string, (i: number) => number> = {
    duePerSecond: (i) => mixed(office, i, startOf(i), short(i), workingDays(i)),
    businessTimePerSecond: (i) => dueAt(office, startOf(i), short(i)),
    longPerSecond: (i) => dueAt(office, startOf(i), hours(400)),
    workingDaysPerSecond: (i) => dueAt(office, startOf(i), workingDays(i)),
    pausedPerSecond: (i) => dueAt(office, startOf(i), hours(8), pausesFrom(startOf(i))),
    ladderPerSecond: (i) => answer.ladder.reduce((sum, rung) => sum + rungAt(office, answer, startOf(i), [], rung), 0),
  };
  const values: Record<string, number> = { computations: count };
  for (const [name, compute] of Object.entries(kinds)) {
    log(name);
    values[name] = await perSecond(count, compute);
  }
  return values as Record<FigureName, number>;
}

/** What a busy hour asks for: mostly business time, some days, now and then a ticket that had waited. */
function mixed(office: Calendar, i: number, start: number, short: Target, workingDays: Target): number {
  if (i % 12 === 0) return dueAt(office, start, short, pausesFrom(start));
  if (i % 6 === 1) return dueAt(office, start, { unit: 'calendarDays', days: 3 });
  return dueAt(office, start, i % 6 === 3 ? workingDays : short);
}

/** Three hours for the customer, one after the other. */
function pausesFrom(start: number): Pause[] {
  return [1, 4, 30].map((hour) => ({ from: start + hour * HOUR_MS, to: start + (hour + 1) * HOUR_MS }));
}

async function perSecond(count: number, compute: (i: number) => number): Promise<number> {
  const rates: number[] = [];
  let sum = 0;
  for (let round = -1; round < ROUNDS; round++) {
    const since = performance.now();
    for (let i = 0; i < count; i++) sum += compute(i);
    if (round >= 0) rates.push(count / ((performance.now() - since) / 1000));
    await setImmediate();
  }
  if (!Number.isFinite(sum)) throw new Error('a due instant is never reached');
  return median(rates);
}
