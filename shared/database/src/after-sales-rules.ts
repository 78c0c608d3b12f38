import { and, asc, eq, isNull, or, sql } from 'drizzle-orm';
import { type CheckPolicyInput, type CheckPolicyResult, serviceKinds } from '@duban/contracts';
import type { Executor } from './connection';
import { afterSalesRules } from './schema';
import { findTicket } from './tickets';

export type AfterSalesRule = typeof afterSalesRules.$inferSelect;

const DAY_MS = 86_400_000;

export async function listAfterSalesRules(db: Executor): Promise<AfterSalesRule[]> {
  return db.select().from(afterSalesRules).orderBy(asc(afterSalesRules.id));
}

export async function findAfterSalesRule(db: Executor, id: string): Promise<AfterSalesRule | undefined> {
  return (await db.select().from(afterSalesRules).where(eq(afterSalesRules.id, id)))[0];
}

/** Creates or changes a rule; what was answered by it before stands (A1). */
export async function putAfterSalesRule(db: Executor, values: AfterSalesRule): Promise<void> {
  const { id: _, ...rest } = values;
  await db.insert(afterSalesRules).values(values).onConflictDoUpdate({ target: afterSalesRules.id, set: rest });
}

/** The rules in force for a category: its own, and those for all. */
export async function rulesFor(db: Executor, category: string): Promise<AfterSalesRule[]> {
  const concerned = or(eq(afterSalesRules.category, category), isNull(afterSalesRules.category));
  return db
    .select()
    .from(afterSalesRules)
    .where(and(eq(afterSalesRules.active, true), concerned))
    .orderBy(asc(afterSalesRules.id));
}

/** What the rules in force give a ticket's customer (A1). */
export async function checkPolicy(db: Executor, input: CheckPolicyInput): Promise<CheckPolicyResult> {
  const ticket = await findTicket(db, input.ticket);
  return policyAnswer(await rulesFor(db, ticket?.category ?? ''), input);
}

/**
 * One option for each kind that a rule allows: a category's own rule comes before one for all, then the lower id. The
 * period is counted in whole days since the purchase. Reasons say why other kinds are missing.
 */
export function policyAnswer(
  rules: AfterSalesRule[],
  { condition, purchasedAt, at }: Pick<CheckPolicyInput, 'condition' | 'purchasedAt' | 'at'>,
): CheckPolicyResult {
  const days = Math.floor((at - purchasedAt) / DAY_MS);
  const options: CheckPolicyResult['options'] = [];
  const reasons = new Set<CheckPolicyResult['reasons'][number]>();
  for (const kind of serviceKinds) {
    const ofKind = rules.filter((rule) => rule.kind === kind);
    const first = [...ofKind.filter((r) => r.category !== null), ...ofKind.filter((r) => r.category === null)].find(
      (rule) => days <= rule.periodDays && rule.conditions.includes(condition),
    );
    if (first) {
      const { id: rule, materials, approvalFromFen } = first;
      options.push({ kind, rule, materials, approvalFromFen });
    } else if (!ofKind.length) reasons.add('no-rule');
    else if (ofKind.every((rule) => days > rule.periodDays)) reasons.add('too-late');
    else reasons.add('condition');
  }
  return { options, reasons: [...reasons].sort() };
}

/** What tickets of one category and kind ended with, and why (A1); null where nothing was settled. */
export interface AfterSalesResult {
  category: string;
  kind: string | null;
  result: string | null;
  cause: string | null;
  tickets: number;
  amountFen: number;
}

/** Results and causes by category, of tickets registered from one day to another (both included), most frequent first. */
export async function afterSalesResults(
  db: Executor,
  { from, to, timeZone }: { from: string; to: string; timeZone: string },
): Promise<AfterSalesResult[]> {
  const fact = (name: string) => sql`snapshot->'facts'->>${sql.raw(`'${name}'`)}`;
  const rows = await db.execute<{ [K in keyof AfterSalesResult]: AfterSalesResult[K] }>(sql`
    select category, ${fact('kind')} as kind, ${fact('result')} as result, ${fact('cause')} as cause,
      count(*)::int as tickets,
      coalesce(sum((${fact('amountFen')})::bigint) filter (where ${fact('result')} <> 'refused'), 0)::float8 as "amountFen"
    from tickets
    where process = 'after-sales' and created_at >= ${from}::date::timestamp at time zone ${timeZone}
      and created_at < (${to}::date + 1)::timestamp at time zone ${timeZone}
    group by 1, 2, 3, 4 order by 5 desc, 1, 2, 3, 4`);
  return [...rows];
}
