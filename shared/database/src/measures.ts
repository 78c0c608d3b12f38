import { and, asc, eq, gt, inArray, isNull, lte, sql } from 'drizzle-orm';
import type { Db, Executor, Transaction } from './connection';
import { problemMeasures, problems } from './schema';

/** asked: its owner owes a plan; planned: with a date; done or dropped: settled (K6). */
export type MeasureState = 'asked' | 'planned' | 'done' | 'dropped';
export type PreventiveMeasure = typeof problemMeasures.$inferSelect;

const open = inArray(problemMeasures.state, ['asked', 'planned']);

/** Measures with their problem's title, the first due first. */
export async function listMeasures(
  db: Executor,
  filter: {
    problem?: string;
    owner?: string;
    week?: string;
    open?: boolean;
    /** The last measure of the page before. */
    after?: { at: string; id: string };
    limit: number;
  },
) {
  const { id, problem, owner, state, text, result, dueAt, week, createdAt, settledAt, revision } = problemMeasures;
  return db
    .select({
      ...{ id, problem, owner, state, text, result, dueAt, week, createdAt, settledAt, revision },
      title: problems.title,
    })
    .from(problemMeasures)
    .innerJoin(problems, eq(problems.id, problemMeasures.problem))
    .where(
      and(
        filter.problem === undefined ? undefined : eq(problem, filter.problem),
        filter.owner === undefined ? undefined : eq(owner, filter.owner),
        filter.week === undefined ? undefined : eq(week, filter.week),
        filter.open ? open : undefined,
        filter.after && sql`(${dueAt}, ${id}) > (${filter.after.at}::timestamptz, ${filter.after.id})`,
      ),
    )
    .orderBy(asc(dueAt), asc(id))
    .limit(filter.limit);
}

export async function findMeasure(db: Executor, id: string): Promise<PreventiveMeasure | undefined> {
  return (await db.select().from(problemMeasures).where(eq(problemMeasures.id, id)))[0];
}

/** Adds a planned measure to a problem. One of no review's `week` is followed up by `dueMeasures`. */
export async function addMeasure(
  tx: Transaction,
  values: Pick<PreventiveMeasure, 'problem' | 'owner' | 'text' | 'dueAt' | 'week'>,
): Promise<PreventiveMeasure> {
  return insert(tx, { ...values, state: 'planned' });
}

/** Numbered within its problem, whose row is locked meanwhile: `PB202611001-1`. */
async function insert(
  tx: Transaction,
  values: Omit<typeof problemMeasures.$inferInsert, 'id'>,
): Promise<PreventiveMeasure> {
  await tx.select({ id: problems.id }).from(problems).where(eq(problems.id, values.problem)).for('update');
  const counted = await tx
    .select({ n: sql<number>`count(*)::int` })
    .from(problemMeasures)
    .where(eq(problemMeasures.problem, values.problem));
  const id = `${values.problem}-${(counted[0]?.n ?? 0) + 1}`;
  const [made] = await tx
    .insert(problemMeasures)
    .values({ ...values, id })
    .returning();
  return made!;
}

/**
 * Records what its owner plans, or how it ended. Undefined when somebody changed it since `revision`, or it is settled.
 */
export async function updateMeasure(
  tx: Executor,
  id: string,
  revision: number,
  values: Partial<Pick<PreventiveMeasure, 'text' | 'dueAt' | 'owner' | 'result'>> & { state: MeasureState },
): Promise<PreventiveMeasure | undefined> {
  const settled = values.state === 'done' || values.state === 'dropped';
  const rows = await tx
    .update(problemMeasures)
    .set({
      ...values,
      revision: sql`${problemMeasures.revision} + 1`,
      ...(settled ? { settledAt: sql`clock_timestamp()` } : {}),
    })
    .where(and(eq(problemMeasures.id, id), eq(problemMeasures.revision, revision), open))
    .returning();
  return rows[0];
}

/**
 * Asks the owners of these problems for a preventive measure, where none was asked, planned or done since `since`; asked
 * again for the same week, nothing is added.
 * @returns all that were asked for this week and owe an answer still
 */
export async function askForMeasures(
  db: Db,
  week: string,
  ids: string[],
  at: { since: Date; dueAt: Date },
): Promise<PreventiveMeasure[]> {
  for (const problem of ids)
    await db.transaction(async (tx) => {
      const [row] = await tx.select().from(problems).where(eq(problems.id, problem)).for('update');
      if (!row?.owner) return;
      const [known] = await tx
        .select({ id: problemMeasures.id })
        .from(problemMeasures)
        .where(
          and(
            eq(problemMeasures.problem, problem),
            sql`(${open} or (${problemMeasures.state} = 'done' and ${problemMeasures.settledAt} >= ${at.since.toISOString()}::timestamptz))`,
          ),
        )
        .limit(1);
      if (!known) await insert(tx, { problem, owner: row.owner, state: 'asked', dueAt: at.dueAt, week });
    });
  return db
    .select()
    .from(problemMeasures)
    .where(and(eq(problemMeasures.week, week), eq(problemMeasures.state, 'asked')))
    .orderBy(asc(problemMeasures.id));
}

/** What a review still has to follow up. */
export async function openMeasuresOf(db: Executor, week: string): Promise<PreventiveMeasure[]> {
  return db
    .select()
    .from(problemMeasures)
    .where(and(eq(problemMeasures.week, week), open))
    .orderBy(asc(problemMeasures.id));
}

/** Open measures of no review, which nobody else follows up, that fell due since `since` and no later than `at`. */
export async function dueMeasures(
  db: Executor,
  { since, at }: { since: Date; at: Date },
): Promise<PreventiveMeasure[]> {
  const { week, dueAt, id } = problemMeasures;
  return db
    .select()
    .from(problemMeasures)
    .where(and(isNull(week), open, gt(dueAt, since), lte(dueAt, at)))
    .orderBy(asc(dueAt), asc(id))
    .limit(1_000);
}
