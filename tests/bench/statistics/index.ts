import { type Dimension, type Measure, dimensions, measureNames, timeDimensions } from '@duban/contracts';
import { schema } from '@duban/database';
import { eq } from 'drizzle-orm';
import { type Bench, withBench } from '../bench-system';
import type { Benchmark, RunOptions } from '../figures';
import { loadTickets } from '../list/load';
import { median, percentile, timed } from '../load';

const ROUNDS = 3;
const DAY_MS = 86_400_000;
const UPDATES = 300;

/** Every statistic that the API answers, over two years and all tickets: the dearest question there is. */
export const statistics = {
  name: 'statistics',
  what: 'each statistic over two years and 500,000 tickets, through the API',
  tickets: 500_000,
  figures: {
    tickets: { what: 'tickets, a fifth of them open' },
    questions: { what: `measures by each dimension and by two of them, ${ROUNDS} times each` },
    slowestMs: { what: 'the slowest answer of all', atMost: 1_000 },
    p99Ms: { what: '99 of 100 answers' },
    medianMs: { what: 'half of the answers' },
    monthMedianMs: { what: 'the same questions about one month: half of the answers' },
    factsMs: { what: 'what the facts add to one write of a projection (median of 300, with and without)' },
  },
  run: (options: RunOptions) => withBench(options, (bench) => measure(bench, options.tickets)),
} satisfies Benchmark;

async function measure(bench: Bench, tickets: number) {
  const { centre, database, log } = bench;
  await loadTickets(database, { tickets, staff: 'CS002', log });
  const [from, month, to] = [730, 30, 0].map((days) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10));
  const ask = (question: Question, since: string) =>
    centre.request('SV001', 'GET', `/statistics?${new URLSearchParams({ ...question, from: since, to: to! })}`);
  const asked = questions();
  const [all, ofMonth] = [new Map<string, number[]>(), new Map<string, number[]>()];
  for (let round = 0; round < ROUNDS; round++)
    for (const question of asked) {
      const name = `${question.measure} by ${question.by || 'nothing'}`;
      await timed(into(all, name), () => ask(question, from!));
      await timed(into(ofMonth, name), () => ask(question, month!));
    }
  const slowest = [...all].map(([name, times]) => ({ name, ms: Math.max(...times) })).sort((a, b) => b.ms - a.ms);
  for (const { name, ms } of slowest.slice(0, 5)) log(`${ms.toFixed(0).padStart(5)} ms  ${name}`);
  const every = [...all.values()].flat();
  return {
    ...{ tickets, questions: asked.length, slowestMs: slowest[0]!.ms },
    ...{ p99Ms: percentile(every, 0.99), medianMs: median(every), monthMedianMs: median([...ofMonth.values()].flat()) },
    factsMs: await costOfFacts(bench),
  };
}

interface Question extends Record<string, string> {
  measure: Measure;
  by: string;
}

function questions(): Question[] {
  const of = (measure: Measure, ...by: Dimension[]): Question => ({ measure, by: by.join() });
  return measureNames.flatMap((measure) => [
    of(measure),
    ...dimensions.filter((name) => name !== 'clock' || measure === 'timeliness').map((name) => of(measure, name)),
    ...timeDimensions.map((time) => of(measure, time, 'category')),
    of(measure, 'category', 'handler'),
    ...(measure === 'timeliness' ? [of(measure, 'day', 'clock'), of(measure, 'month', 'clock', 'category')] : []),
  ]);
}

function into(times: Map<string, number[]>, name: string): number[] {
  if (!times.has(name)) times.set(name, []);
  return times.get(name)!;
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
