import { type SQL, sql } from 'drizzle-orm';
import type { Db } from './connection';
import { articleVersions, articles, steps, tickets } from './schema';
import { bigrams, searchQuery } from './search';
import { type Grant, visibleTo } from './visibility';

/** So many are looked at closely; what a common word finds beyond them is not ranked. */
const CLOSELY = 150;

export interface FoundArticle {
  id: string;
  kind: string;
  category: string | null;
  title: string;
  body: string;
  used: number;
  helped: number;
}
type Found = FoundArticle & Record<string, unknown>;

/**
 * Published articles that hold all words of `text`, best first (P5): the very phrase in the title, then the words in
 * the title, then the phrase in the body; among equals the ones that helped more often, and shorter titles.
 */
export async function searchArticles(
  db: Db,
  { text, category, limit }: { text: string; category?: string | undefined; limit: number },
): Promise<FoundArticle[]> {
  const query = searchQuery(text);
  if (query === null) return [];
  const phrase = text.trim().toLowerCase();
  const has = (column: SQL) => sql`(strpos(lower(${column}), ${phrase}) > 0)::int`;
  const helpful = sql`a.helped desc, length(v.title), a.id`;
  const named = await db.execute<Found>(sql`
    ${found(sql`articles_named(${query}::tsquery, ${category ?? null}, ${CLOSELY})`)}
    order by ${has(sql`v.title`)} desc, ${helpful} limit ${limit}`);
  if (named.length === limit) return named;
  const said = await db.execute<Found>(sql`
    ${found(sql`articles_saying(${query}::tsquery, ${category ?? null}, ${CLOSELY})`)}
    where not a.title_search @@ ${query}::tsquery
    order by ${has(sql`v.body`)} desc, ${helpful} limit ${limit - named.length}`);
  return [...named, ...said];
}

/**
 * Published articles for a ticket whose text is being written: those whose title or keywords share a run of four
 * characters or a word with it, else of three, else of two; the more of its words they hold, the earlier they come.
 * Where no title fits, the articles that speak of such a run (C1).
 */
export async function suggestArticles(
  db: Db,
  { text, limit }: { text: string; limit: number },
): Promise<FoundArticle[]> {
  const rankBy = anyOf(text);
  if (rankBy === null) return [];
  const best = (column: SQL) => sql`ts_rank(${column}, ${rankBy}::tsquery) desc, a.helped desc, a.id limit ${limit}`;
  for (const query of looser(text, 48)) {
    const titles = await db.execute<Found>(sql`
      ${found(sql`articles_named(${query}::tsquery, null, ${CLOSELY})`)} order by ${best(sql`a.title_search`)}`);
    if (titles.length) return titles;
  }
  const [longest] = looser(text, 12);
  return db.execute<Found>(sql`
    ${found(sql`articles_saying(${longest!}::tsquery, null, ${CLOSELY})`)} order by ${best(sql`a.search`)}`);
}

/** Articles as readers see them, of those ids; conditions and order follow. */
function found(ids: SQL): SQL {
  return sql`select a.id, a.kind, a.category, v.title, v.body, a.used, a.helped
    from ${ids} as h (id) join ${articles} a on a.id = h.id
    join ${articleVersions} v on v.article = a.id and v.version = a.published_version`;
}

/** Characters that hold sentences together: they would find everything. */
const FILLERS = /[的了是在我你他她它们这那有和就也都很吗呢吧啊请您着过与或到说给被把对]/u;

/** A text's words in order, Chinese as bigrams, for conditions that need not all hold; long texts by their beginning. */
function tokensOf(text: string): string[] {
  const tokens = bigrams(text.slice(0, 400)).split(' ');
  return tokens.filter((token) => [...token].length > 1 && !FILLERS.test(token));
}
const quoted = (token: string) => `'${token.replace(/['\\]/g, '')}'`;

function anyOf(text: string): string | null {
  const tokens = tokensOf(text);
  return tokens.length ? tokens.slice(0, 64).map(quoted).join(' | ') : null;
}

/** Ever looser conditions: runs of three bigrams that follow each other (four characters), of two, any one. */
function* looser(text: string, most: number): Generator<string> {
  const tokens = tokensOf(text);
  for (const length of [3, 2, 1]) {
    const runs: string[] = [];
    for (let i = 0; i < tokens.length && runs.length < most; i++) {
      const run = tokens.slice(i, i + length);
      const joined = run.every((token, j) => j === 0 || token[0] === run[j - 1]![1]);
      if (/^[^\p{Script=Han}]/u.test(tokens[i]!)) runs.push(quoted(tokens[i]!));
      else if (run.length === length && joined) runs.push(`(${run.map(quoted).join(' & ')})`);
    }
    if (runs.length) yield runs.join(' | ');
  }
}

export interface SimilarTicket {
  number: string;
  process: string;
  category: string;
  subject: string;
  closedAt: string;
  outcome: string | null;
  /** What the handler wrote when it was resolved. */
  result: string | null;
}

/** Closed tickets like this text that the caller may see, most alike first (C1). `except` is the ticket itself. */
export async function similarTickets(
  db: Db,
  { text, grants, except, limit }: { text: string; grants: Grant[]; except?: string; limit: number },
): Promise<SimilarTicket[]> {
  const rankBy = anyOf(text);
  if (rankBy === null) return [];
  // As in articles_named (guards.sql), but what a caller may see is not known there.
  return db.transaction(async (tx) => {
    await tx.execute(sql`set local enable_seqscan = off`);
    for (const query of looser(text, 16)) {
      const rows = await tx.execute<SimilarTicket & Record<string, unknown>>(sql`
        with alike as materialized (
          select ${tickets.number}, ${tickets.process}, ${tickets.category}, ${tickets.subject}, ${tickets.outcome},
            ${tickets.closedAt}, ts_rank(to_tsvector('simple', ${tickets.search}), ${rankBy}::tsquery) as score
          from ${tickets}
          where to_tsvector('simple', ${tickets.search}) @@ ${query}::tsquery and ${tickets.closedAt} is not null
            and ${tickets.number} <> ${except ?? ''} and ${visibleTo(grants) ?? sql`true`}
          limit ${CLOSELY})
        select a.number, a.process, a.category, a.subject, a.outcome, a.closed_at as "closedAt",
          (select s.material->>'result' from ${steps} s
            where s.ticket = a.number and s.step = 'resolve' and s.state = 'applied' order by s.seq desc limit 1) as result
        from alike a order by a.score desc, a.closed_at desc limit ${limit}`);
      if (rows.length) return rows;
    }
    return [];
  });
}
