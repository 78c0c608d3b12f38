import type { Snapshot } from '@duban/contracts';
import { type Database, rebuildTicketFacts, searchText, shanghaiDay } from '@duban/database';
import { demoCategories, demoGroups } from '@duban/infra/local/demo-data';
import type { Log } from '@duban/infra/local/processes';
import { type Value, copy } from '../copy';

/** Every so many tickets is open: 100,000 of 500,000. */
const OPEN_EACH = 5;
const CUSTOMERS = 10_000;
const MINUTE_MS = 60_000;
const YEARS_2_MS = 730 * 86_400_000;

const consultations = demoCategories.filter(({ process }) => process === 'consultation');
const members = demoGroups.find(({ id }) => id === 'consulting')!.members;
const subjects = ['购买的产品无法开机', '物流显示已签收但未收到货', '账户无法登录', '如何申请发票', '支付后订单未生成'];

/**
 * Loads tickets as two busy years leave them, evenly mixed: one in five open, half of these with `staff`. Indexes are
 * made afterwards, as anybody does who loads so much, and the statistics are fresh.
 */
export async function loadTickets(
  { db, sql }: Database,
  load: { tickets: number; staff: string; log: Log },
): Promise<void> {
  const { tickets, staff, log } = load;
  log(`loading ${CUSTOMERS} customers and ${tickets} tickets`);
  await copy(sql, 'customers', ['id', 'name', 'title', 'phone'], CUSTOMERS, (i) => {
    return [customerId(i), `客户${i}`, i % 2 ? 'mr' : 'ms', `+86139${String(10_000_000 + i)}`];
  });
  const indexes = await sql<Array<{ name: string; definition: string }>>`
    select indexname as name, indexdef as definition from pg_indexes
    where tablename = 'tickets' and indexname not like '%pkey'`;
  for (const { name } of indexes) await sql`drop index ${sql(name)}`;
  await sql`alter table tickets disable trigger tickets_keep_facts`; // made at once below
  const from = Date.now() - YEARS_2_MS;
  let [day, serial] = ['', 0];
  await copy(sql, 'tickets', columns, tickets, (i) => {
    const at = new Date(from + Math.floor((i * YEARS_2_MS) / tickets));
    const today = shanghaiDay(at);
    [day, serial] = [today, today === day ? serial + 1 : 1];
    return ticketRow(`${day}${String(serial).padStart(6, '0')}`, i, at, staff);
  });
  await sql`alter table tickets enable trigger tickets_keep_facts`;
  log('making the facts and the indexes, vacuum and analyze');
  await rebuildTicketFacts(db);
  await sql`set maintenance_work_mem = '512MB'`;
  for (const { definition } of indexes) await sql.unsafe(definition);
  await sql`vacuum (analyze) tickets`; // else autovacuum comes while we measure
  await sql`vacuum (analyze) customers`;
  await sql`vacuum (analyze) ticket_facts`;
  await sql`checkpoint`;
}

const columns = [
  ...['number', 'process', 'type', 'category', 'priority', 'customer_id', 'channel', 'subject', 'content', 'form'],
  ...[
    'created_by',
    'created_at',
    'policy_id',
    'policy_version',
    'started_at',
    'revision',
    'status',
    'stage',
    'outcome',
  ],
  ...['group_id', 'handler', 'supporters', 'next_due_at', 'closed_at', 'archived', 'snapshot', 'search'],
];

function ticketRow(number: string, i: number, at: Date, staff: string): Value[] {
  const isOpen = i % OPEN_EACH === 0;
  const others = members.filter((member) => member !== staff);
  const handler = isOpen && i % (2 * OPEN_EACH) === 0 ? staff : others[i % others.length]!;
  const { id: category, group, priority } = consultations[i % consultations.length]!;
  const subject = subjects[i % subjects.length]!;
  const closedAt = isOpen ? null : new Date(at.getTime() + (60 + ((i * 7_919) % 2_880)) * MINUTE_MS);
  const snapshot = snapshotOf(number, i, at.getTime(), closedAt?.getTime() ?? null, { group, handler, priority });
  const { status, stage, outcome, revision, nextDueAt } = snapshot;
  return [
    ...[number, 'consultation', 'guidance', category, priority, customerId(i % CUSTOMERS), 'phone', subject],
    ...[
      `${subject},按说明书操作后仍未解决,请尽快处理。`,
      { orderNo: `DD${i}` },
      'CS001',
      at,
      'manual',
      1,
      at,
      revision,
    ],
    ...[status, stage, outcome ?? null, group, handler, '{}', nextDueAt === null ? null : new Date(nextDueAt)],
    ...[closedAt, !isOpen, snapshot, searchText({ number, texts: [subject] })],
  ];
}

function snapshotOf(
  ticket: string,
  i: number,
  startedAt: number,
  closedAt: number | null,
  who: Pick<Snapshot, 'group' | 'handler' | 'priority'>,
): Snapshot {
  const isOpen = closedAt === null;
  // Answers take between a second and 40 minutes, as people do: no two statistics' sorts are of one value.
  const answeredMs = 1_000 + ((i * 104_729) % (40 * 60)) * 1_000;
  const clock = (name: string, minutes: number, runs: boolean) => ({
    ...{ key: name, name, startedAt, dueAt: startedAt + minutes * MINUTE_MS, warned: false },
    ...(runs ? { state: 'running' as const } : { state: 'met' as const, stoppedAt: startedAt + answeredMs }),
    ...(!runs && answeredMs > minutes * MINUTE_MS ? { breachedAt: startedAt + minutes * MINUTE_MS } : {}),
  });
  const grade = (['satisfied', 'basically-satisfied', 'dissatisfied'] as const)[i % 3]!;
  const facts: Snapshot['facts'] =
    isOpen || i % 2 ? {} : { surveyGrade: grade, surveyEfficiency: 1 + (i % 5), needsFollowUp: i % 3 === 2 };
  return {
    ...{
      ticket,
      process: 'consultation',
      revision: isOpen ? 4 : 9,
      ...who,
      assignment: 1,
      supporters: [],
      departments: [],
    },
    ...(isOpen
      ? { stage: 'handling', status: 'in-progress' as const }
      : { stage: 'ended', status: 'closed' as const, outcome: 'satisfied' as const }),
    clocks: [
      clock('first-response', 30, false),
      clock('accept', 10, false),
      clock('handling', 1440, isOpen),
      clock('progress', 1440, isOpen),
    ],
    openSteps: isOpen
      ? ['reply', 'hand-over', 'request-answer', 'wait-for-customer', 'report-progress', 'urge', 'resolve']
      : [],
    ...{ overdue: false, nearlyOverdue: false, breaches: 0, nextDueAt: isOpen ? startedAt + 1440 * MINUTE_MS : null },
    ...{ urges: 0, links: [], facts, startedAt, closedAt, archived: !isOpen },
  };
}

const customerId = (i: number) => `C000000${String(i).padStart(5, '0')}`;
