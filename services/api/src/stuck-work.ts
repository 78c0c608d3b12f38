import type { Client } from '@temporalio/client';
import { type Database, absentHandlers, activePolicy, knownYears } from '@duban/database';
import { missingYears } from '@duban/policy/compile';
import { failingWorkflows } from './stuck-workflows';

export type StuckKind =
  | 'pending-step'
  | 'unstarted-ticket'
  | 'failing-workflow-task'
  | 'failing-activity'
  | 'unknown-notification'
  | 'failed-notification'
  | 'missing-calendar-year'
  | 'absent-handler';

/** Work that does not go on by itself as it should (design 9). */
export interface StuckWork {
  kind: StuckKind;
  ticket?: string;
  ageMs: number;
  /** Code, error or ids; no personal data. */
  cause: string;
  remedy: { zh: string; en: string };
}

const remedies: Record<StuckKind, StuckWork['remedy']> = {
  'pending-step': {
    zh: '检查 Temporal 与编排服务是否运行;恢复后自动送达,未发送的可撤回',
    en: 'See that Temporal and the orchestrator run; it is delivered by itself then, or withdrawn while unsent',
  },
  'unstarted-ticket': {
    zh: '检查 Temporal 与政策版本;恢复后自动启动,或执行 npm run reconcile -- --repair',
    en: 'See to Temporal and the policy version; it starts by itself then, or run npm run reconcile -- --repair',
  },
  'failing-workflow-task': {
    zh: '在 Temporal 界面查看该流程最后的失败任务,修复并重新部署编排服务',
    en: "Read the workflow's last failed task in the Temporal UI, mend the orchestrator and deploy it again",
  },
  'failing-activity': {
    zh: '在 Temporal 界面查看待执行活动的错误,恢复相应服务',
    en: "Read the pending activity's error in the Temporal UI and restore its service",
  },
  'unknown-notification': {
    zh: '向短信或邮件供应商核实是否送达;确认未送达后由人工重新发送',
    en: 'Ask the gateway whether it was delivered; if not, send it again by hand',
  },
  'failed-notification': {
    zh: '核对收件人的联系方式后重新发送',
    en: "Check the recipient's address, then send it again",
  },
  'missing-calendar-year': {
    zh: '国务院公布后,由系统管理员导入该年度节假日与调休(PUT /calendars/CN/years/年份)',
    en: "Once they are announced, import the year's holidays and make-up days (PUT /calendars/CN/years/YEAR)",
  },
  'absent-handler': {
    zh: '为缺勤登记代办人,或由主管改派该工单',
    en: 'Name a substitute for the absence, or reassign the ticket',
  },
};

const STEP_LATE_MS = 10_000;
const LIMIT = 200;

/** Everything that is stuck now, the oldest first; at most some hundreds of rows of each kind but those of workflows. */
export async function stuckWork(database: Database, client: Client): Promise<StuckWork[]> {
  const found = await Promise.all([
    lateSteps(database),
    notifications(database),
    calendarYears(database),
    workflows(database, client),
    absences(database),
  ]);
  return found.flat().sort((a, b) => b.ageMs - a.ageMs);
}

async function lateSteps({ sql }: Database): Promise<StuckWork[]> {
  const rows = await sql<Array<{ ticket: string; step: string; age: number; error: string | null }>>`
    select ticket, step, (extract(epoch from clock_timestamp() - taken_at) * 1000)::float8 as age, last_error as error
    from steps
    where state in ('pending', 'sent') and taken_at < clock_timestamp() - ${STEP_LATE_MS} * interval '1 ms'
    order by taken_at limit ${LIMIT}`;
  return rows.map(({ ticket, step, age, error }) =>
    row(step === 'start' ? 'unstarted-ticket' : 'pending-step', age, `${step}: ${error ?? 'not sent yet'}`, ticket),
  );
}

async function notifications({ sql }: Database): Promise<StuckWork[]> {
  const rows = await sql<Array<{ ticket: string; state: string; age: number; cause: string }>>`
    select ticket, state, (extract(epoch from clock_timestamp() - updated_at) * 1000)::float8 as age,
      key || coalesce(': ' || last_error, '') as cause
    from deliveries where state in ('unknown', 'failed') order by updated_at limit ${LIMIT}`;
  return rows.map(({ ticket, state, age, cause }) =>
    row(state === 'unknown' ? 'unknown-notification' : 'failed-notification', age, cause, ticket),
  );
}

/** The years that the policy in force will need and knows nothing of (G6). */
async function calendarYears({ db }: Database): Promise<StuckWork[]> {
  const policy = await activePolicy(db);
  if (!policy) return [row('missing-calendar-year', 0, 'no policy is in force')];
  const now = new Date();
  return missingYears(policy.definition, await knownYears(db), now).map(({ calendar, year }) => {
    const lateMs = Math.max(0, now.getTime() - Date.UTC(year, 0, 1));
    return row('missing-calendar-year', lateMs, `${policy.id} v${policy.version}: ${calendar} ${year}`);
  });
}

/** Tickets that stay with somebody who is away (G7). */
async function absences({ db }: Database): Promise<StuckWork[]> {
  const found = await absentHandlers(db);
  return found.map(({ ticket, handler, absence, ageMs }) =>
    row('absent-handler', ageMs, `${handler}: ${absence}`, ticket),
  );
}

async function workflows(database: Database, client: Client): Promise<StuckWork[]> {
  const found = await failingWorkflows(database, client);
  return found.map(({ kind, ageMs, cause, ticket }) => row(kind, ageMs, cause, ticket));
}

function row(kind: StuckKind, ageMs: number, cause: string, ticket?: string): StuckWork {
  return { kind, ...(ticket ? { ticket } : {}), ageMs: Math.round(ageMs), cause, remedy: remedies[kind] };
}
