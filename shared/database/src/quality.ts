import { createHash } from 'node:crypto';
import { asc, eq, sql } from 'drizzle-orm';
import type { Actor, CheckStart, QualityRuleKind } from '@duban/contracts';
import type { Db, Executor } from './connection';
import { activePolicy } from './policies';
import { wakeRelay } from './projection';
import { type QualityForm, findQualityForm } from './questionnaires';
import { categories, qualityChecks, qualityRules } from './schema';
import { createTicket, findTicket, linkTickets } from './tickets';
import { textArray } from './visibility';

export type QualityRule = typeof qualityRules.$inferSelect;

/** The category of every quality check; made with the first one. */
export const QUALITY_CHECKS = 'quality-check';
/** Who drew what a rule asked for. */
const drawer: Actor = { kind: 'system', id: 'quality-rules', roles: [], departments: [] };
/** What an outage left undrawn is drawn for so long. */
const CATCH_UP_DAYS = 7;
/** As the workflows take it where a policy names none. */
const DEFAULT_LOW_SCORE = 2;
/** Checks made in one transaction: intakes of the day wait for it to end. */
const BATCH = 25;

export async function listQualityRules(db: Executor): Promise<QualityRule[]> {
  return db.select().from(qualityRules).orderBy(asc(qualityRules.id));
}

export async function findQualityRule(db: Executor, id: string): Promise<QualityRule | undefined> {
  return (await db.select().from(qualityRules).where(eq(qualityRules.id, id)))[0];
}

/** Creates or changes a rule; from then on it looks at what is closed later. */
export async function putQualityRule(tx: Executor, values: Omit<QualityRule, 'since'>): Promise<QualityRule> {
  const { id: _, ...rest } = values;
  const [row] = await tx
    .insert(qualityRules)
    .values(values)
    .onConflictDoUpdate({ target: qualityRules.id, set: { ...rest, since: sql`now()` } })
    .returning();
  return row!;
}

interface Candidate extends Record<string, unknown> {
  ticket: string;
  agent: string;
}

/** Whether the rule draws this ticket: the same answer whenever and wherever it is asked. */
export function isDrawn({ id, sharePercent }: Pick<QualityRule, 'id' | 'sharePercent'>, ticket: string): boolean {
  const digest = createHash('sha256').update(`${id}:${ticket}`).digest();
  return digest.readUInt32BE(0) / 2 ** 32 < sharePercent / 100;
}

/**
 * Draws closed tickets of the days before `day` (`YYYY-MM-DD` of `timeZone`) by the rules, each ticket at most once, and
 * makes their checks in batches; a second run draws the same and makes nothing. A low score is drawn on the day after
 * it was given.
 */
export async function drawQualityChecks(
  db: Db,
  { day, timeZone }: { day: string; timeZone: string },
): Promise<{ made: string[] }> {
  const made: string[] = [];
  for (const rule of await listQualityRules(db)) {
    const form = rule.active ? await findQualityForm(db, rule.form) : undefined;
    if (!form) continue;
    const drawn = (await candidates(db, rule, day, timeZone)).filter(({ ticket }) => isDrawn(rule, ticket));
    for (let i = 0; i < drawn.length; i += BATCH)
      made.push(...(await db.transaction((tx) => makeChecks(tx, rule, form, drawn.slice(i, i + BATCH), drawer))));
  }
  return { made };
}

/** Closed tickets that a member of staff handled, that the rule looks at and that nobody drew yet. */
async function candidates(db: Db, rule: QualityRule, day: string, timeZone: string): Promise<Candidate[]> {
  const end = sql`(${day}::date::timestamp at time zone ${timeZone})`;
  const inDays = (at: ReturnType<typeof sql>) =>
    sql`${at} >= greatest(${end} - make_interval(days => ${CATCH_UP_DAYS}::int), ${rule.since.toISOString()}::timestamptz) and ${at} < ${end}`;
  const { processes } = rule;
  const { surveyLowScore: low } = (await activePolicy(db))?.definition.limits ?? {};
  const lowScore = sql`(f.grade = 'dissatisfied' or least(f.efficiency, f.attitude, f.solution) <= ${low ?? DEFAULT_LOW_SCORE}::int)`;
  const fits = {
    random: inDays(sql`f.closed_at`),
    overdue: sql`${inDays(sql`f.closed_at`)} and f.breached <> '{}'`,
    'new-staff': sql`${inDays(sql`f.closed_at`)}
      and s.created_at > f.closed_at - make_interval(days => ${rule.newStaffDays}::int)`,
    'low-score': sql`${lowScore} and f.ticket in (
      select e.ticket from steps e where e.step = 'submit-survey' and e.state = 'applied' and ${inDays(sql`e.taken_at`)})`,
  }[rule.kind];
  return db.execute<Candidate>(sql`
    select f.ticket, s.id as agent from ticket_facts f join staff s on s.id = f.handler
    where f.closed_at is not null and f.process not in ('quality-check', 'fault-announcement')
      and (f.outcome is null or f.outcome not in ('merged', 'withdrawn', 'cancelled', 'not-reached'))
      ${processes.length ? sql`and f.process = any(${textArray(processes)})` : sql``} and ${fits}
      and not exists (select 1 from quality_checks q where q.checked = f.ticket)
    order by f.ticket`);
}

async function makeChecks(
  tx: Executor,
  rule: DrawnBy,
  form: QualityForm,
  drawn: Candidate[],
  actor: Actor,
): Promise<string[]> {
  const policy = await activePolicy(tx);
  if (!policy) throw new Error('no policy is in force');
  const [category] = await tx
    .insert(categories)
    .values({
      id: QUALITY_CHECKS,
      process: 'quality-check',
      nameZh: '服务质检',
      nameEn: 'Quality checks',
      priority: 'P3',
    })
    .onConflictDoUpdate({ target: categories.id, set: { process: 'quality-check' } })
    .returning();
  const made: string[] = [];
  for (const { ticket: checked, agent } of drawn) {
    // A second run waits here, and then finds it made.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`duban.check.${checked}`}))`);
    const [known] = await tx
      .select({ checked: qualityChecks.checked })
      .from(qualityChecks)
      .where(eq(qualityChecks.checked, checked));
    if (known) continue;
    const origin = (await findTicket(tx, checked))!;
    const number = await createTicket(tx, {
      stepId: `q-${createHash('sha256').update(checked).digest('base64url').slice(0, 40)}`,
      ...{ bodyHash: null, actor, origin: 'api', process: 'quality-check', type: rule.kind },
      ...{ category: QUALITY_CHECKS, group: null, priority: category!.priority },
      customer: { id: origin.customer, phone: null },
      ...{ channel: origin.channel, subject: origin.subject, content: rule.nameZh, form: { checks: checked } },
      policy: { id: policy.id, version: policy.version },
      extras: { origin: { ticket: checked, kind: 'checks' }, check: startOf(rule, form, agent) },
    });
    const at = { rule: rule.id, form: form.id, formVersion: form.version, agent, group: origin.group };
    await tx.insert(qualityChecks).values({ checked, ticket: number, ...at });
    await linkTickets(tx, { ticket: checked, other: number, kind: 'checked-by', inverse: 'checks' });
    made.push(number);
  }
  if (made.length) await wakeRelay(tx);
  return made;
}

/** The check of a closed ticket, which a supervisor wants whatever the rules say; the one there is when it was drawn. */
export async function checkByHand(
  tx: Executor,
  checked: { ticket: string; agent: string },
  form: QualityForm,
  actor: Actor,
): Promise<string> {
  const [made] = await makeChecks(tx, byHand, form, [checked], actor);
  if (made !== undefined) return made;
  const rows = await tx
    .select({ ticket: qualityChecks.ticket })
    .from(qualityChecks)
    .where(eq(qualityChecks.checked, checked.ticket));
  return rows[0]!.ticket;
}

type DrawnBy = Pick<QualityRule, 'id' | 'nameZh'> & { kind: QualityRuleKind | 'by-hand' };
const byHand: DrawnBy = { id: 'by-hand', kind: 'by-hand', nameZh: '指定质检' };

function startOf(rule: DrawnBy, form: QualityForm, agent: string): CheckStart {
  return {
    ...{ agent, rule: rule.id, form: `${form.id}:${form.version}`, passPercent: form.passPercent },
    items: form.items.map(({ id, weight, max, fatal }) => ({ id, weight, max, ...(fatal ? { fatal } : {}) })),
  };
}
