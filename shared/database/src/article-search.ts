import { sql } from 'drizzle-orm';
import type { Db } from './connection';
import { steps, tickets } from './schema';
import { bigrams, narrowQuery, searchQuery } from './search';
import { type Grant, textArray, visibleTo } from './visibility';

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
  return db.execute<Found>(sql`
    select * from articles_found(${query}::tsquery, ${narrowQuery(text)}::tsquery, ${phrase}, ${category ?? null}, ${limit})`);
}

/**
 * Published articles for a ticket whose text is being written: those whose title or keywords share a run of six
 * characters or a word with it, then of four, three, two, until there are enough; the more of its words they hold, the
 * earlier they come. Where no title fits, the articles that speak of such a run (C1).
 */
export async function suggestArticles(
  db: Db,
  { text, limit }: { text: string; limit: number },
): Promise<FoundArticle[]> {
  const words = anyOf(text);
  if (words === null) return [];
  const runs = runsOfWords(text, [5, 3, 2, 1], 48);
  const [conditions, lengths] = [runs.map(({ run }) => run), runs.map(({ length }) => length)];
  return db.execute<Found>(sql`
    select * from articles_fitting(${textArray(conditions)}, ${textArray(lengths.map(String))}::integer[],
      ${words}::tsquery, ${limit})`);
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

/** Conditions on bigrams that follow each other, so many (`lengths`) in each; `most` of a length, from the beginning. */
function runsOfWords(text: string, lengths: number[], most: number): Array<{ run: string; length: number }> {
  const tokens = tokensOf(text);
  return lengths.flatMap((length) => {
    const runs: string[] = [];
    for (let i = 0; i < tokens.length && runs.length < most; i++) {
      const run = tokens.slice(i, i + length);
      const joined = run.every((token, j) => j === 0 || token[0] === run[j - 1]![1]);
      if (/^[^\p{Script=Han}]/u.test(tokens[i]!)) runs.push(quoted(tokens[i]!));
      else if (run.length === length && joined) runs.push(run.map(quoted).join(' & '));
    }
    return runs.map((run) => ({ run, length }));
  });
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

/** So many tickets are looked at of all that a run of words finds. */
const CLOSELY = 150;

/** Closed tickets like this text that the caller may see, most alike first (C1). `except` is the ticket itself. */
export async function similarTickets(
  db: Db,
  { text, grants, except, limit }: { text: string; grants: Grant[]; except?: string; limit: number },
): Promise<SimilarTicket[]> {
  const words = anyOf(text);
  if (words === null) return [];
  const vector = sql`to_tsvector('simple', ${tickets.search})`;
  const runs = runsOfWords(text, [3, 2, 1], 16);
  const alike = (length: number) => sql`
    select distinct on (h.number) h.* from unnest(${textArray(runs.flatMap((r) => (r.length === length ? [r.run] : [])))}) r (run)
    cross join lateral (
      select ${tickets.number}, ${tickets.process}, ${tickets.category}, ${tickets.subject}, ${tickets.outcome},
        ${tickets.closedAt}, ${vector} as vector
      from (select * from ${tickets} where ${vector} @@ r.run::tsquery limit ${CLOSELY}) as ${tickets}
      where ${tickets.closedAt} is not null and ${tickets.number} <> ${except ?? ''}
        and ${visibleTo(grants) ?? sql`true`}
      limit 20) h`;
  return db.transaction(
    async (tx) => {
      // As in articles_found (guards.sql), but what a caller may see is not known there.
      await tx.execute(
        sql`select set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true),
        set_config('work_mem', '16MB', true)`,
      );
      return tx.execute<SimilarTicket & Record<string, unknown>>(sql`
        with three as materialized (${alike(3)}),
        two as materialized (select * from (${alike(2)}) a where not exists (select 1 from three)),
        one as materialized (select * from (${alike(1)}) a
          where not exists (select 1 from three) and not exists (select 1 from two)),
        best as materialized (
          select * from (select * from three union all select * from two union all select * from one) a
          order by ts_rank(a.vector, ${words}::tsquery) desc, a.closed_at desc limit ${limit})
        select a.number, a.process, a.category, a.subject, a.outcome, a.closed_at as "closedAt",
          (select s.material->>'result' from ${steps} s
            where s.ticket = a.number and s.step = 'resolve' and s.state = 'applied' order by s.seq desc limit 1) as result
        from best a order by ts_rank(a.vector, ${words}::tsquery) desc, a.closed_at desc`);
    },
    { accessMode: 'read only' },
  );
}
