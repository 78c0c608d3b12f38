import type { ListFilter } from '@duban/database';
import postgres from 'postgres';
import { type Bench, withBench } from '../bench-system';
import type { Benchmark, RunOptions } from '../figures';
import { median, percentile, timed } from '../load';
import { runBare, statementsOf } from './bare';
import { loadTickets } from './load';

const STAFF = 'CS002';
const PAGE = 50;
const DEEP = 1_000;
const REQUESTS = 1_000;
const WARM_UP = 100;

interface Page {
  tickets: Array<{ number: string; createdAt: string }>;
  next: string | null;
}

/** One person's 待办 in a centre that has worked for years: a deep page costs what the first one does. */
export const list = {
  name: 'list',
  what: '待办 with 100,000 open and 400,000 closed tickets, first page and page 1,000',
  tickets: 500_000,
  figures: {
    tickets: { what: 'tickets, a fifth of them open' },
    requests: { what: 'requests of each kind, one after the other, the kinds taking turns' },
    firstPageP50Ms: { what: '待办, first page of 50, through the API' },
    firstPageP99Ms: { what: '待办, first page of 50, through the API' },
    page1000P50Ms: { what: '待办, page 1,000 by its cursor' },
    page1000P99Ms: { what: '待办, page 1,000 by its cursor' },
    depthRatio: { what: "page 1,000's p99 by the first page's", atMost: 1.2 },
    depthMedianRatio: { what: 'the same of the medians' },
    barePageP50Ms: { what: "the first page's SQL by postgres.js" },
    barePageP99Ms: { what: "the first page's SQL by postgres.js" },
    barePage1000P99Ms: { what: "page 1,000's SQL by postgres.js" },
    bareRatio: { what: "the first page's p99 through the API by that of its SQL", atMost: 1.5 },
    bareMedianRatio: { what: 'the same of the medians' },
    idleRequestP50Ms: { what: 'GET /session through the API: what a request costs that lists nothing' },
  },
  run: (options: RunOptions) => withBench(options, (bench) => measure(bench, options.tickets)),
} satisfies Benchmark;

async function measure(bench: Bench, tickets: number) {
  const { centre, database, log, system } = bench;
  await loadTickets(database, { tickets, staff: STAFF, log });
  const todo = async (cursor?: string): Promise<Page> => {
    const query = new URLSearchParams({ queue: 'todo', limit: String(PAGE), ...(cursor ? { cursor } : {}) });
    return (await centre.request<Page>(STAFF, 'GET', `/tickets?${query}`)).body;
  };
  log(`turning over ${DEEP - 1} pages`);
  const { last, cursor } = await turnTo(DEEP, todo);

  const filter: ListFilter = {
    ...{ queue: 'todo', staff: STAFF, departments: [], grants: [{ kind: 'all' }], sort: 'newest' },
    limit: PAGE + 1, // as the API asks: one more tells whether there is a next page
  };
  const sql = postgres(system.databaseUrl, { max: 1 });
  const first = await statementsOf(sql, filter);
  const deep = await statementsOf(sql, { ...filter, after: { at: last.createdAt, number: last.number } });
  const kinds = {
    first: () => todo(),
    deep: () => todo(cursor),
    bare: () => runBare(sql, first),
    bareDeep: () => runBare(sql, deep),
    idle: () => centre.request(STAFF, 'GET', '/session'),
  };
  log(`${REQUESTS} requests of each kind`);
  const times = await takeTurns(kinds);
  await sql.end();
  const p99 = (kind: keyof typeof kinds) => percentile(times[kind], 0.99);
  return {
    ...{ tickets, requests: REQUESTS },
    ...{ firstPageP50Ms: median(times.first), firstPageP99Ms: p99('first') },
    ...{ page1000P50Ms: median(times.deep), page1000P99Ms: p99('deep') },
    ...{ depthRatio: p99('deep') / p99('first'), depthMedianRatio: median(times.deep) / median(times.first) },
    ...{ barePageP50Ms: median(times.bare), barePageP99Ms: p99('bare'), barePage1000P99Ms: p99('bareDeep') },
    ...{ bareRatio: p99('first') / p99('bare'), bareMedianRatio: median(times.first) / median(times.bare) },
    idleRequestP50Ms: median(times.idle),
  };
}

/** Turns the pages up to the one before `page`; answers its last ticket and the cursor of `page`. */
async function turnTo(page: number, todo: (cursor?: string) => Promise<Page>) {
  const seen = new Set<string>();
  let current = await todo();
  for (let at = 1; ; at++, current = await todo(current.next!)) {
    for (const { number } of current.tickets) seen.add(number);
    if (current.next === null || seen.size !== at * PAGE)
      throw new Error(`page ${at}: ${seen.size} tickets seen, ${current.next === null ? 'no' : 'a'} next page`);
    if (at === page - 1) return { last: current.tickets.at(-1)!, cursor: current.next };
  }
}

async function takeTurns<K extends string>(kinds: Record<K, () => Promise<unknown>>): Promise<Record<K, number[]>> {
  const names = Object.keys(kinds) as K[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let i = -WARM_UP; i < REQUESTS; i++)
    for (const name of names) await timed(i < 0 ? [] : times[name], kinds[name]);
  return times;
}
