import { seedTone } from '@duban/database';
import { type Bench, withBench } from '../bench-system';
import type { Benchmark, RunOptions } from '../figures';
import { median, percentile, timed } from '../load';
import { articleText, loadArticles, questionOf } from './load';

const STAFF = 'CS002';
const REQUESTS = 2_000;
const WARM_UP = 200;
const REPLY_CHARACTERS = 5_000;

/** The knowledge base as an agent uses it while a customer waits (P5), and the check of a reply (P3). */
export const knowledge = {
  name: 'knowledge',
  what: 'search and suggestions over 100,000 published articles; the check of a long reply',
  tickets: 100_000,
  figures: {
    articles: { what: 'published articles of a few hundred characters' },
    requests: { what: 'requests of each kind, one after the other, the kinds taking turns' },
    searchP50Ms: { what: 'search: words, phrases, titles, one character, nothing found' },
    searchP99Ms: { what: 'search: words, phrases, titles, one character, nothing found', atMost: 20 },
    suggestP50Ms: { what: "suggestions for a ticket's text of 200 characters" },
    suggestP99Ms: { what: "suggestions for a ticket's text of 200 characters" },
    toneP50Ms: { what: 'the check of a reply of 5,000 characters' },
    toneP99Ms: { what: 'the check of a reply of 5,000 characters' },
    idleRequestP50Ms: { what: 'GET /session through the API: what a request costs that does nothing' },
  },
  run: (options: RunOptions) => withBench(options, (bench) => measure(bench, options.tickets)),
} satisfies Benchmark;

async function measure({ centre, database, log }: Bench, articles: number) {
  await loadArticles(database, { articles, owner: STAFF, log });
  await seedTone(database.db);
  const ask = (path: string, body: object) => centre.request(STAFF, 'POST', path, body);
  const reply = articleText(1).body.repeat(50).slice(0, REPLY_CHARACTERS);
  const kinds = {
    search: (i: number) => ask('/articles/search', { q: questionOf(i, articles) }),
    suggest: (i: number) => ask('/articles/suggest', { text: articleText(i * 31).body.slice(0, 200) }),
    tone: () => ask('/tone/check', { text: reply }),
    idle: () => centre.request(STAFF, 'GET', '/session'),
  };
  log(`${REQUESTS} requests of each kind`);
  const times: Record<keyof typeof kinds, number[]> = { search: [], suggest: [], tone: [], idle: [] };
  for (let i = -WARM_UP; i < REQUESTS; i++)
    for (const [kind, request] of Object.entries(kinds))
      await timed(i < 0 ? [] : times[kind as keyof typeof kinds], () => request(Math.abs(i)));
  const p99 = (kind: keyof typeof kinds) => percentile(times[kind], 0.99);
  return {
    ...{ articles, requests: REQUESTS },
    ...{ searchP50Ms: median(times.search), searchP99Ms: p99('search') },
    ...{ suggestP50Ms: median(times.suggest), suggestP99Ms: p99('suggest') },
    ...{ toneP50Ms: median(times.tone), toneP99Ms: p99('tone'), idleRequestP50Ms: median(times.idle) },
  };
}
