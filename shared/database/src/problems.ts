import { type SQL, and, asc, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Db, Executor, Transaction } from './connection';
import { problemArticles, problemTickets, problems, tickets } from './schema';
import { problemNumber } from './serials';
import { textArray } from './visibility';

/** Words of the complaint problem library 《投诉问题库》 (K6). */
export type ProblemState = 'proposed' | 'open' | 'settled';
export type Problem = typeof problems.$inferSelect;
export type NewProblem = Pick<Problem, 'title' | 'description' | 'category' | 'stage' | 'causes' | 'owner'> & {
  state: ProblemState;
  createdBy: string;
  week?: string | null;
};

export interface ProblemFilter {
  state?: string;
  category?: string;
  stage?: string;
  owner?: string;
  /** Where the page before ended. */
  after?: { at: string; id: string };
  limit: number;
}

/** How often a problem showed: in all tickets that belong to it, and in those of the last 30 days. */
export interface Frequency {
  tickets: number;
  recentTickets: number;
}
export type ListedProblem = Problem & Frequency;

const counted = {
  tickets: sql<number>`(select count(*)::int from problem_tickets l where l.problem_id = problems.id)`,
  recentTickets: sql<number>`(select count(*)::int from problem_tickets l join tickets t on t.number = l.ticket
    where l.problem_id = problems.id and t.created_at > now() - interval '30 days')`,
};
const columns = {
  ...{ id: problems.id, title: problems.title, description: problems.description, category: problems.category },
  ...{ stage: problems.stage, causes: problems.causes, owner: problems.owner, state: problems.state },
  ...{ week: problems.week, createdBy: problems.createdBy, createdAt: problems.createdAt },
  ...{ updatedAt: problems.updatedAt, revision: problems.revision },
};

/** Newest first. */
export async function listProblems(db: Executor, filter: ProblemFilter): Promise<ListedProblem[]> {
  const is = (column: typeof problems.state | typeof problems.category | typeof problems.stage, value?: string) =>
    value === undefined ? undefined : eq(column, value);
  return db
    .select({ ...columns, ...counted })
    .from(problems)
    .where(
      and(
        is(problems.state, filter.state),
        is(problems.category, filter.category),
        is(problems.stage, filter.stage),
        filter.owner === undefined ? undefined : eq(problems.owner, filter.owner),
        filter.after &&
          sql`(${problems.createdAt}, ${problems.id}) < (${filter.after.at}::timestamptz, ${filter.after.id})`,
      ),
    )
    .orderBy(desc(problems.createdAt), desc(problems.id))
    .limit(filter.limit);
}

export async function findProblem(db: Executor, id: string): Promise<ListedProblem | undefined> {
  const rows = await db
    .select({ ...columns, ...counted })
    .from(problems)
    .where(eq(problems.id, id));
  return rows[0];
}

/** Numbers it `PB202611001`. Undefined while the same category and stage have one that is not settled. */
export async function createProblem(tx: Transaction, values: NewProblem): Promise<Problem | undefined> {
  const [known] = await tx
    .select({ id: problems.id })
    .from(problems)
    .where(and(eq(problems.category, values.category), sameStage(values.stage), sql`${problems.state} <> 'settled'`));
  if (known) return undefined;
  const id = await problemNumber(tx, new Date());
  const [made] = await tx
    .insert(problems)
    .values({ ...values, id })
    .onConflictDoNothing()
    .returning();
  return made;
}

const sameStage = (stage: string | null): SQL => sql`coalesce(${problems.stage}, '') = ${stage ?? ''}`;

/** Changes what was seen at `revision`; undefined when somebody else was faster. A proposal that is edited is open. */
export async function updateProblem(
  tx: Executor,
  id: string,
  revision: number,
  values: Partial<Pick<Problem, 'title' | 'description' | 'causes' | 'owner' | 'stage' | 'state'>>,
): Promise<Problem | undefined> {
  const rows = await tx
    .update(problems)
    .set({
      ...values,
      state: values.state ?? sql`case when ${problems.state} = 'proposed' then 'open' else ${problems.state} end`,
      revision: sql`${problems.revision} + 1`,
      updatedAt: sql`clock_timestamp()`,
    })
    .where(and(eq(problems.id, id), eq(problems.revision, revision)))
    .returning();
  return rows[0];
}

/** The tickets in which it showed, newest first. */
export async function ticketsOfProblem(db: Executor, id: string, limit: number): Promise<string[]> {
  const rows = await db
    .select({ ticket: problemTickets.ticket })
    .from(problemTickets)
    .where(eq(problemTickets.problem, id))
    .orderBy(desc(problemTickets.ticket))
    .limit(limit);
  return rows.map(({ ticket }) => ticket);
}

export async function articlesOfProblem(db: Executor, id: string): Promise<string[]> {
  const rows = await db
    .select({ article: problemArticles.article })
    .from(problemArticles)
    .where(eq(problemArticles.problem, id))
    .orderBy(asc(problemArticles.article));
  return rows.map(({ article }) => article);
}

/** Adds tickets it showed in; those that belong to it already, or do not exist, are passed over. */
export async function linkProblemTickets(tx: Executor, id: string, numbers: string[]): Promise<void> {
  if (!numbers.length) return;
  const known = await tx
    .select({ number: tickets.number })
    .from(tickets)
    .where(sql`${tickets.number} = any(${textArray(numbers)})`);
  if (!known.length) return;
  await tx
    .insert(problemTickets)
    .values(known.map(({ number }) => ({ problem: id, ticket: number })))
    .onConflictDoNothing();
}

export async function unlinkProblemTickets(tx: Executor, id: string, numbers: string[]): Promise<void> {
  if (!numbers.length) return;
  await tx.delete(problemTickets).where(and(eq(problemTickets.problem, id), inArray(problemTickets.ticket, numbers)));
}

/** Exactly these articles help with it from now on. */
export async function setProblemArticles(tx: Executor, id: string, articles: string[]): Promise<void> {
  await tx.delete(problemArticles).where(eq(problemArticles.problem, id));
  if (articles.length) await tx.insert(problemArticles).values(articles.map((article) => ({ problem: id, article })));
}

/** A category's complaints of one week: what a review may propose as a problem. */
export interface FrequentComplaint {
  category: string;
  tickets: string[];
}

/**
 * Puts frequent complaints into the library: a category without an unsettled problem gets a proposal, owned by the head
 * of the department that answers for most of them, else by a supervisor; its tickets are linked either way.
 * @returns the problems they belong to
 */
export async function proposeProblems(db: Db, week: string, frequent: FrequentComplaint[]): Promise<string[]> {
  const ids: string[] = [];
  for (const { category, tickets: numbers } of frequent)
    ids.push(
      ...(await db.transaction(async (tx) => {
        // Two reviews of one week would both see that there is none.
        await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`duban.problem.${category}`}))`);
        let found = await unsettledOf(tx, category);
        if (!found.length) {
          const owner = await answerableFor(tx, numbers);
          const made = await createProblem(tx, {
            ...{ title: await nameOf(tx, category), description: '', category, stage: null, causes: '', owner },
            ...{ state: 'proposed', createdBy: 'weekly-review', week },
          });
          found = made ? [made.id] : [];
        }
        for (const id of found) await linkProblemTickets(tx, id, numbers);
        return found;
      })),
    );
  return ids;
}

async function unsettledOf(tx: Executor, category: string): Promise<string[]> {
  const rows = await tx
    .select({ id: problems.id })
    .from(problems)
    .where(and(eq(problems.category, category), sql`${problems.state} <> 'settled'`));
  return rows.map(({ id }) => id);
}

async function nameOf(tx: Executor, category: string): Promise<string> {
  const rows = await tx.execute<{ name: string }>(sql`select name_zh as name from categories where id = ${category}`);
  return rows[0]?.name ?? category;
}

async function answerableFor(tx: Executor, numbers: string[]): Promise<string | null> {
  const rows = await tx.execute<{ id: string }>(sql`
    with department as (
      select snapshot->'facts'->>'department' as id from tickets
      where number = any(${textArray(numbers)}) and snapshot->'facts'->>'department' is not null
      group by 1 order by count(*) desc, 1 limit 1)
    select id from (
      select s.id, 1 as choice from staff s join department d on s.department = d.id
        where s.active and 'department-head' = any(s.roles)
      union all select s.id, 2 from staff s where s.active and 'supervisor' = any(s.roles)) who
    order by choice, id limit 1`);
  return rows[0]?.id ?? null;
}
