import { type Db, schema } from '@duban/database';
import type { AssignInput, Message, Role, Snapshot } from '@duban/contracts';

/** Rows that the services' tests need; all values are made up. */
export async function addStaff(
  db: Db,
  id: string,
  more: Partial<typeof schema.staff.$inferInsert> & { roles?: Role[]; group?: string } = {},
): Promise<void> {
  const { group, ...values } = more;
  await db
    .insert(schema.staff)
    .values({ id, name: `姓名${id}`, roles: ['agent'], onDuty: true, capacity: 1, ...values });
  if (group) await db.insert(schema.groupMembers).values({ group, staff: id });
}

export async function addGroup(db: Db, id: string): Promise<void> {
  await db.insert(schema.groups).values({ id, nameZh: `组${id}`, nameEn: `Group ${id}` });
}

/** A ticket with its customer; `snapshot` fields are what a workflow would have published. */
export async function addTicket(
  db: Db,
  number: string,
  more: Partial<typeof schema.tickets.$inferInsert> = {},
  customer: Partial<typeof schema.customers.$inferInsert> = {},
): Promise<void> {
  const id = `C-${number}`;
  await db.insert(schema.customers).values({ id, name: '王小明', phone: '13800001234', ...customer });
  await db.insert(schema.tickets).values({
    number,
    process: 'consultation',
    type: 'business',
    category: 'product',
    priority: 'P2',
    customer: id,
    channel: 'phone',
    subject: '登录失败',
    content: '系统登录失败',
    createdBy: 'CS001',
    createdAt: new Date(),
    policy: 'default',
    policyVersion: 1,
    ...more,
  });
}

export function assignInput(ticket: string, more: Partial<AssignInput> = {}): AssignInput {
  const { slot = 'handler', n = 1 } = more;
  return {
    key: `${ticket}:${slot}:${n}`,
    ticket,
    n,
    slot,
    process: 'consultation',
    category: 'product',
    group: 'G1',
    priority: 'P2',
    waitingSince: Date.now(),
    ...more,
  };
}

export function message(ticket: string, more: Partial<Message> & Pick<Message, 'template' | 'to'>): Message {
  return { key: `${ticket}:${more.template}:1`, data: {}, ...more };
}

/** A snapshot as a workflow publishes it; the given fields win. */
export function snapshotOf(ticket: string, more: Partial<Snapshot> = {}): Snapshot {
  return {
    ticket,
    process: 'consultation',
    revision: 1,
    stage: 'handling',
    status: 'in-progress',
    priority: 'P2',
    group: 'G1',
    handler: null,
    assignment: 1,
    supporters: [],
    departments: [],
    clocks: [],
    openSteps: [],
    overdue: false,
    nearlyOverdue: false,
    breaches: 0,
    nextDueAt: null,
    urges: 0,
    links: [],
    facts: {},
    startedAt: 0,
    closedAt: null,
    archived: false,
    ...more,
  };
}
