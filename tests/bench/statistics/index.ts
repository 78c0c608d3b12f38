import { makeReportRows, makeReview, schema, weekBefore } from '@duban/database';
import { eq } from 'drizzle-orm';
import { type Bench, withBench } from '../bench-system';
import type { Benchmark, RunOptions } from '../figures';
import { median, percentile, timed } from '../load';
import { loadStatistics } from './load';
import { type Question, filtered, nameOf, questions } from './questions';

const DAY_MS = 86_400_000;
const TIME_ZONE = 'Asia/Shanghai';
/** The slowest are asked again, until each has so many answers. */
const SLOWEST = 10;
const ANSWERS = 5;
const UPDATES = 300;

/** Every statistic that the API answers, over two years and all tickets: the dearest questions there are. */
export const statistics = {
  name: 'statistics',
  what: 'each statistic over two years and 500,000 tickets through the API; hints, daily report and weekly pack',
  tickets: 500_000,
  figures: {
    tickets: { what: 'tickets, a fifth of them open, a tenth complaints' },
    questions: { what: 'each measure by nothing, each dimension, two and three: two years, no filter' },
    slowestMs: { what: `the slowest question: half of ${ANSWERS} answers`, atMost: 1_000 },
    slowestAnswerMs: { what: 'the slowest answer of all, whatever else the machine did then' },
    p99Ms: { what: '99 of 100 questions, asked once' },
    medianMs: { what: 'half of the questions' },
    filteredSlowestMs: {
      what: 'two years, of one process, category and priority, or handler: the slowest',
      atMost: 1_000,
    },
    monthMedianMs: { what: 'all questions about one month: half of them' },
    monthSlowestMs: { what: 'all questions about one month: the slowest', atMost: 1_000 },
    hintsMs: { what: 'optimisation hints, through the API', atMost: 1_000 },
    dailyReportMs: { what: "a day's report, made and written", atMost: 1_000 },
    weeklyPackMs: { what: "a week's complaint-review pack with six months' trend, made and written", atMost: 1_000 },
    factsMs: { what: 'what the facts add to one write of a projection (median of 300, with and without)' },
  },
  run: (options: RunOptions) => withBench(options, (bench) => measure(bench, options.tickets)),
} satisfies Benchmark;

const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);

async function measure(bench: Bench, tickets: number) {
  const { centre, database, log } = bench;
  await loadStatistics(database, { tickets, log });
  const ask = (question: Question, days: number) =>
    centre.request(
      'SV001',
      'GET',
      `/statistics?${new URLSearchParams({ ...question, from: daysAgo(days), to: daysAgo(0) })}`,
    );
  const askAll = async (what: string, asked: readonly Question[], days: number) => {
    log(`${asked.length} questions ${what}`);
    const answers: Answered[] = [];
    for (const question of asked) {
      const times: number[] = [];
      await timed(times, () => ask(question, days));
      answers.push({ question, times });
      if (answers.length % 50 === 0) log(`  ${answers.length} answered`);
    }
    return answers.sort((a, b) => b.times[0]! - a.times[0]!);
  };
  const all = await askAll('about two years', questions, 730);
  const every = all.map(({ times }) => times[0]!);
  log(`the slowest ${SLOWEST} again`);
  const slowest = all.slice(0, SLOWEST);
  for (const { question, times } of slowest)
    while (times.length < ANSWERS) await timed(times, () => ask(question, 730));
  for (const { question, times } of slowest)
    log(`  ${ms(median(times))} (${ms(Math.min(...times))}–${ms(Math.max(...times))})  ${nameOf(question)}`);
  const some = await askAll('about two years, filtered', filtered, 730);
  log(`  ${ms(some[0]!.times[0]!)}  ${nameOf(some[0]!.question)}`);
  const month = await askAll('about one month', questions, 30);
  log(`  ${ms(month[0]!.times[0]!)}  ${nameOf(month[0]!.question)}`);
  log('hints and reports');
  return {
    ...{ tickets, questions: questions.length },
    slowestMs: Math.max(...slowest.map(({ times }) => median(times))),
    slowestAnswerMs: Math.max(...all.flatMap(({ times }) => times)),
    ...{ p99Ms: percentile(every, 0.99), medianMs: median(every), filteredSlowestMs: some[0]!.times[0]! },
    monthMedianMs: median(month.map(({ times }) => times[0]!)),
    monthSlowestMs: month[0]!.times[0]!,
    ...(await reports(bench)),
    factsMs: await costOfFacts(bench),
  };
}

interface Answered {
  question: Question;
  times: number[];
}
const ms = (value: number) => `${value.toFixed(0).padStart(5)} ms`;

async function reports({ centre, database: { db } }: Bench) {
  const now = Date.now();
  const half = async (work: () => Promise<unknown>) => {
    const times: number[] = [];
    while (times.length < ANSWERS) await timed(times, work);
    return median(times);
  };
  return {
    hintsMs: await half(() => centre.request('SV001', 'GET', `/statistics/hints?to=${daysAgo(0)}`)),
    dailyReportMs: await half(() => makeReportRows(db, daysAgo(1), 'Asia/Shanghai')),
    weeklyPackMs: await half(() => makeReview(db, weekBefore(now, TIME_ZONE), TIME_ZONE, new Date(now))),
  };
}

/** One ticket's projection written again and again, the trigger on and off in turns. */
async function costOfFacts({ database: { db, sql } }: Bench): Promise<number> {
  const [ticket] = await db.select().from(schema.tickets).where(eq(schema.tickets.stage, 'handling')).limit(1);
  const { number, snapshot } = ticket!;
  const [on, off]: [number[], number[]] = [[], []];
  for (const [times, mode] of [
    [off, 'disable'],
    [on, 'enable'],
    [off, 'disable'],
    [on, 'enable'],
  ] as const) {
    await sql.unsafe(`alter table tickets ${mode} trigger tickets_keep_facts`);
    for (let i = 0; i < UPDATES / 2; i++)
      await timed(times, () => db.update(schema.tickets).set({ snapshot }).where(eq(schema.tickets.number, number)));
  }
  return median(on) - median(off);
}
