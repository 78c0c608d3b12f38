import type { Client } from '@temporalio/client';
import type { Database } from '@duban/database';

export type StuckKind =
  | 'pending-step'
  | 'unstarted-ticket'
  | 'failing-workflow-task'
  | 'failing-activity'
  | 'unknown-notification'
  | 'failed-notification'
  | 'missing-calendar-year';

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
    zh: '在政策日历中补充该年度节假日与调休,并发布新版本',
    en: "Add the year's holidays and make-up days to the policy's calendars and publish a version",
  },
};

const STEP_LATE_MS = 10_000;
const LIMIT = 200;
/** A failing workflow task or activity is tried again within seconds; several failures are no accident. */
const FAILING_ATTEMPTS = 3;
/** Open tickets whose workflows are looked into: those that changed least recently come first. */
const DESCRIBED = 100;

/** Everything that is stuck now, the oldest first; at most some hundreds of rows of a kind. */
export async function stuckWork(database: Database, client: Client): Promise<StuckWork[]> {
  const found = await Promise.all([
    lateSteps(database),
    notifications(database),
    calendarYears(database),
    failingWorkflows(database, client),
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

/** From October on the next year's calendar must be there: the State Council announces it in autumn (G6). */
async function calendarYears({ sql }: Database): Promise<StuckWork[]> {
  const [policy] = await sql<Array<{ id: string; version: number; definition: PolicyYears }>>`
    select id, version, definition from policies where active limit 1`;
  if (!policy) return [row('missing-calendar-year', 0, 'no policy is in force')];
  const now = new Date();
  const years = [now.getFullYear(), ...(now.getMonth() >= 9 ? [now.getFullYear() + 1] : [])];
  return Object.entries(policy.definition.calendars).flatMap(([name, calendar]) => {
    const dates = [...calendar.holidays, ...Object.keys(calendar.overrides ?? {})].filter((day) => /^\d{4}/.test(day));
    if (calendar.week === 'always' || dates.length === 0) return [];
    return years
      .filter((year) => !dates.some((day) => day.startsWith(String(year))))
      .map((year) => {
        const since = Date.UTC(year, 0, 1);
        return row(
          'missing-calendar-year',
          Math.max(0, now.getTime() - since),
          `${policy.id} v${policy.version}: ${name} ${year}`,
        );
      });
  });
}
interface PolicyYears {
  calendars: Record<string, { week: unknown; holidays: string[]; overrides?: Record<string, unknown> }>;
}

async function failingWorkflows(database: Database, client: Client): Promise<StuckWork[]> {
  const open = await database.sql<Array<{ number: string }>>`
    select number from tickets where not archived and started_at is not null
    order by overdue desc, next_due_at nulls last limit ${DESCRIBED}`;
  const found = await Promise.all(open.map(({ number }) => failing(client, number).catch(() => [])));
  return found.flat();
}

async function failing(client: Client, ticket: string): Promise<StuckWork[]> {
  const { raw } = await client.withDeadline(Date.now() + 5_000, () => client.workflow.getHandle(ticket).describe());
  const found: StuckWork[] = [];
  const task = raw.pendingWorkflowTask;
  if (task && Number(task.attempt ?? 0) >= FAILING_ATTEMPTS)
    found.push(row('failing-workflow-task', ageOf(task.originalScheduledTime), `attempt ${task.attempt}`, ticket));
  for (const activity of raw.pendingActivities ?? [])
    if (Number(activity.attempt ?? 0) >= FAILING_ATTEMPTS) {
      const cause = `${activity.activityType?.name}, attempt ${activity.attempt}: ${activity.lastFailure?.message ?? ''}`;
      found.push(row('failing-activity', ageOf(activity.lastStartedTime), cause, ticket));
    }
  return found;
}

function ageOf(at: { seconds?: { toString(): string } | null } | null | undefined): number {
  return at?.seconds ? Math.max(0, Date.now() - Number(at.seconds.toString()) * 1000) : 0;
}

function row(kind: StuckKind, ageMs: number, cause: string, ticket?: string): StuckWork {
  return { kind, ...(ticket ? { ticket } : {}), ageMs: Math.round(ageMs), cause, remedy: remedies[kind] };
}
