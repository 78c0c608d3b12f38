import { createHash } from 'node:crypto';
import { asc, eq, sql } from 'drizzle-orm';
import type { Actor, RevisitChannel, RevisitStart } from '@duban/contracts';
import type { Db, Executor } from './connection';
import type { Customer } from './customers';
import { INTERNAL_CUSTOMER } from './internal-customer';
import { activePolicy } from './policies';
import { wakeRelay } from './projection';
import { type Questionnaire, findQuestionnaire } from './questionnaires';
import { categories, revisitPlans, revisits } from './schema';
import { createTicket, linkTickets } from './tickets';
import { textArray } from './visibility';

export type RevisitPlan = typeof revisitPlans.$inferSelect;
export type Revisit = typeof revisits.$inferSelect;

/** The category of every revisit; made with the first one. */
export const REVISITS = 'revisit';
/** Who made what a plan asked for. */
const planner: Actor = { kind: 'system', id: 'revisit-plans', roles: [], departments: [] };

/** What an outage left undone is made up for so long. */
const CATCH_UP_DAYS = 31;
/** Revisits made in one transaction: intakes of the day wait for it to end. */
const BATCH = 25;
const HOURS = { morning: 9, afternoon: 14, evening: 19 } as const;

export async function listRevisitPlans(db: Executor): Promise<RevisitPlan[]> {
  return db.select().from(revisitPlans).orderBy(asc(revisitPlans.id));
}

export async function findRevisitPlan(db: Executor, id: string): Promise<RevisitPlan | undefined> {
  return (await db.select().from(revisitPlans).where(eq(revisitPlans.id, id)))[0];
}

/** Creates or changes a plan (R1); one that comes into force looks ahead only. */
export async function putRevisitPlan(
  tx: Executor,
  values: Omit<RevisitPlan, 'since' | 'updatedAt'>,
): Promise<RevisitPlan> {
  const { id: _, ...rest } = values;
  const since = sql`case when ${revisitPlans.active} then ${revisitPlans.since} else current_date end`;
  const [row] = await tx
    .insert(revisitPlans)
    .values(values)
    .onConflictDoUpdate({ target: revisitPlans.id, set: { ...rest, since, updatedAt: sql`now()` } })
    .returning();
  return row!;
}

interface Due extends Record<string, unknown> {
  key: string;
  customer: string;
  origin: string | null;
  dueOn: string;
  channel: 'phone' | 'online' | 'email' | 'sms';
  timeOfDay: keyof typeof HOURS | null;
  phone: string | null;
  email: string | null;
  objected: boolean;
}

/**
 * Makes the next revisits that are due by the plans on `day` (`YYYY-MM-DD` of `timeZone`), once each: what an outage or
 * a killed run left undone is due still. Erased, merged and nameless customers are left out, those who object are, too,
 * and that is written down (R1, P4).
 * @returns how many were looked at; 0 when nothing is due any more
 */
export async function makeDueRevisits(
  db: Db,
  { day, timeZone }: { day: string; timeZone: string },
): Promise<{ due: number; made: string[] }> {
  for (const plan of await listRevisitPlans(db)) {
    if (!plan.active) continue;
    const form = await findQuestionnaire(db, plan.questionnaire);
    const due = form ? await duesOf(db, plan, day, timeZone) : [];
    if (!form || !due.length) continue;
    const made = await db.transaction((tx) => makeBatch(tx, plan, form, due, timeZone));
    return { due: due.length, made };
  }
  return { due: 0, made: [] };
}

async function makeBatch(tx: Executor, plan: RevisitPlan, form: Questionnaire, dues: Due[], timeZone: string) {
  const made: string[] = [];
  for (const due of dues) {
    const { ticket } = (await makeRevisit(tx, plan, form, due, { timeZone, actor: planner })) ?? {};
    if (ticket) made.push(ticket);
  }
  if (made.length) await wakeRelay(tx);
  return made;
}

/** One revisit, or the reason why there is none; null when it was made, or left out, before. */
async function makeRevisit(
  tx: Executor,
  plan: RevisitPlan,
  form: Questionnaire,
  due: Due,
  { timeZone, actor }: { timeZone: string; actor: Actor },
): Promise<Pick<Revisit, 'ticket' | 'leftOut'> | null> {
  // First, and alone: a second run waits here, and then finds it made.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`duban.revisit.${due.key}`}))`);
  if (await findRevisit(tx, due.key)) return null;
  const channel: RevisitChannel = due.channel === 'sms' ? 'online' : due.channel;
  const reachable = channel === 'email' ? due.email : channel === 'phone' ? due.phone : (due.phone ?? due.email);
  const leftOut = due.objected ? 'objected' : reachable ? null : 'no-contact';
  const row = {
    ...{ key: due.key, plan: plan.id, customer: due.customer, origin: due.origin, dueOn: due.dueOn, channel },
    ...{ questionnaire: form.id, questionnaireVersion: form.version },
  };
  if (leftOut) {
    await tx.insert(revisits).values({ ...row, leftOut });
    return { ticket: null, leftOut };
  }
  const policy = await activePolicy(tx);
  if (!policy) throw new Error('no policy is in force');
  const [category] = await tx
    .insert(categories)
    .values({ id: REVISITS, process: 'revisit', nameZh: '客户回访', nameEn: 'Revisits', priority: 'P3' })
    .onConflictDoUpdate({ target: categories.id, set: { process: 'revisit' } })
    .returning();
  const notBefore = await begins(tx, due.timeOfDay ?? plan.timeOfDay, timeZone);
  const ticket = await createTicket(tx, {
    stepId: `r-${createHash('sha256').update(due.key).digest('base64url').slice(0, 40)}`,
    ...{ bodyHash: null, actor, origin: 'api', process: 'revisit', type: plan.trigger },
    ...{ category: REVISITS, group: category!.group, priority: category!.priority },
    customer: { id: due.customer, phone: due.phone },
    channel: { phone: 'phone', online: 'web', email: 'email' }[channel],
    ...{ subject: plan.nameZh, content: form.nameZh, form: { plan: plan.id, dueOn: due.dueOn } },
    policy: { id: policy.id, version: policy.version },
    extras: {
      ...(due.origin === null ? {} : { origin: { ticket: due.origin, kind: 'follows' } }),
      revisit: startOf(plan, form, channel, notBefore),
    },
  });
  await tx.insert(revisits).values({ ...row, ticket });
  if (due.origin !== null)
    await linkTickets(tx, { ticket: due.origin, other: ticket, kind: 'followed-by', inverse: 'follows' });
  return { ticket, leftOut: null };
}

/** What was made, or left out, under this key. */
async function findRevisit(tx: Executor, key: string): Promise<Revisit | undefined> {
  return (await tx.select().from(revisits).where(eq(revisits.key, key)))[0];
}

/**
 * A revisit that somebody wants of one customer now, by a plan's questionnaire and channel (R1); once for each key. The
 * customer must be held. Undefined when the plan has no questionnaire.
 */
export async function makeRevisitByHand(
  tx: Executor,
  plan: RevisitPlan,
  customer: Customer,
  { key: of, actor, timeZone }: { key: string; actor: Actor; timeZone: string },
): Promise<Pick<Revisit, 'ticket' | 'leftOut'> | undefined> {
  const form = await findQuestionnaire(tx, plan.questionnaire);
  if (!form) return undefined;
  const key = `${plan.id}:${customer.id}:${of}`;
  const { id, phone, email, preferences } = customer;
  const due: Due = {
    ...{ key, customer: id, origin: null, channel: plan.channel, phone, email },
    dueOn: new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(Date.now()),
    timeOfDay: null,
    objected: preferences.noRevisits ?? false,
  };
  const made = await makeRevisit(tx, plan, form, due, { timeZone, actor });
  if (made?.ticket) await wakeRelay(tx);
  return made ?? findRevisit(tx, key);
}

function startOf(plan: RevisitPlan, form: Questionnaire, channel: RevisitChannel, notBefore: number): RevisitStart {
  const scored = form.questions.filter(({ kind }) => kind === 'score');
  return {
    ...{ plan: plan.id, questionnaire: `${form.id}:${form.version}`, channel },
    ...(notBefore > 0 ? { notBefore } : {}),
    questions: scored.map(({ id, measure, optional }) => ({
      ...{ id, ...(measure ? { measure } : {}), ...(optional ? { optional } : {}) },
    })),
  };
}

/** When that time of today begins, UTC ms; 0 when it has begun, or any time suits. */
async function begins(tx: Executor, timeOfDay: keyof typeof HOURS | null, timeZone: string): Promise<number> {
  if (!timeOfDay) return 0;
  const [row] = await tx.execute<{ ms: string; past: boolean }>(sql`
    select extract(epoch from t) * 1000 as ms, t <= now() as past
    from (select ((now() at time zone ${timeZone})::date + make_interval(hours => ${HOURS[timeOfDay]}))
      at time zone ${timeZone} as t) x`);
  return row!.past ? 0 : Math.round(Number(row!.ms));
}

/** The next revisits that a plan asks for and that nobody made. */
async function duesOf(db: Db, plan: RevisitPlan, day: string, timeZone: string): Promise<Due[]> {
  const { repeatDays, classes, processes } = plan;
  const theirs = classes.length ? sql`and c.class = any(${textArray(classes)})` : sql``;
  const living = sql`c.erased_at is null and c.merged_into is null and c.id <> ${INTERNAL_CUSTOMER} ${theirs}`;
  const inForce = sql`d.due_on <= ${day}::date and d.due_on >= greatest(${plan.since}::date, ${day}::date - ${CATCH_UP_DAYS}::int)`;
  const offset = sql`${plan.offsetDays}::int`;
  const localDay = (at: ReturnType<typeof sql>) => sql`(${at} at time zone ${timeZone})::date`;
  // Of a periodic plan only the last time counts that has come: nobody is called thrice after an outage.
  const period = repeatDays
    ? sql`greatest(0, (${day}::date - ${localDay(sql`c.created_at`)} - ${offset}) / ${repeatDays}::int)`
    : sql`0`;
  const ended = sql`t.closed_at > ${day}::date - ${CATCH_UP_DAYS + 366}::int
    and (t.outcome is null or t.outcome = 'satisfied') and t.process not in ('revisit', 'quality-check', 'fault-announcement')
    ${processes.length ? sql`and t.process = any(${textArray(processes)})` : sql``}`;
  const found = {
    'customer-registered': sql`
      select ${plan.id} || ':' || c.id || ':' || p.n as key, c.id as customer, null as origin, ${plan.channel} as channel,
        ${localDay(sql`c.created_at`)} + ${offset} + p.n * ${repeatDays ?? 0}::int as due_on
      from customers c cross join lateral (select ${period} as n) p where ${living}`,
    'ticket-closed': sql`
      select ${plan.id} || ':' || t.number, t.customer_id, t.number, ${plan.channel},
        ${localDay(sql`t.closed_at`)} + ${offset}
      from ticket_facts t0 join tickets t on t.number = t0.ticket join customers c on c.id = t.customer_id
      where t0.closed_at > ${day}::date - ${plan.offsetDays + CATCH_UP_DAYS + 2}::int and ${ended} and ${living}`,
    'class-strategy': sql`
      select ${plan.id} || ':' || t.number || ':' || (r->>'afterDays'), t.customer_id, t.number, r->>'channel',
        ${localDay(sql`t.closed_at`)} + (r->>'afterDays')::int
      from customer_classes k cross join lateral jsonb_array_elements(k.revisits) r
      join customers c on c.class = k.id join tickets t on t.customer_id = c.id
      where k.active and t.closed_at is not null and ${ended} and ${living}`,
  }[plan.trigger];
  return db.execute<Due>(sql`
    select d.key, d.customer, d.origin, d.due_on::text as "dueOn", d.channel, c.phone, c.email,
      c.preferences->>'timeOfDay' as "timeOfDay", coalesce((c.preferences->>'noRevisits')::boolean, false) as objected
    from (${found}) as d (key, customer, origin, channel, due_on) join customers c on c.id = d.customer
    where ${inForce} and not exists (select 1 from revisits r where r.key = d.key)
    order by d.due_on, d.key limit ${BATCH}`);
}
