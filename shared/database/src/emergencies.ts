import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { Addressee, EmergencyPlan, Label } from '@duban/contracts';
import type { Executor } from './connection';
import { emergencyPlans, steps, tickets } from './schema';

export type EmergencyPlanRow = typeof emergencyPlans.$inferSelect;
export type NewEmergencyPlan = Omit<EmergencyPlanRow, 'version' | 'updatedAt'>;

const MINUTE_MS = 60_000;

export async function listEmergencyPlans(db: Executor): Promise<EmergencyPlanRow[]> {
  return db.select().from(emergencyPlans).orderBy(asc(emergencyPlans.id));
}

export async function findEmergencyPlan(db: Executor, id: string): Promise<EmergencyPlanRow | undefined> {
  return (await db.select().from(emergencyPlans).where(eq(emergencyPlans.id, id)))[0];
}

/** The active plan of a category. */
export async function activePlanOf(db: Executor, category: string): Promise<EmergencyPlanRow | undefined> {
  const active = and(eq(emergencyPlans.category, category), eq(emergencyPlans.active, true));
  return (await db.select().from(emergencyPlans).where(active))[0];
}

/** Creates a plan or makes a new version of it; emergencies under way keep theirs. */
export async function putEmergencyPlan(tx: Executor, plan: NewEmergencyPlan): Promise<EmergencyPlanRow> {
  const { id: _, ...changes } = plan;
  const version = sql`${emergencyPlans.version} + 1`;
  const [row] = await tx
    .insert(emergencyPlans)
    .values(plan)
    .onConflictDoUpdate({ target: emergencyPlans.id, set: { ...changes, version, updatedAt: sql`clock_timestamp()` } })
    .returning();
  return row!;
}

/** What an emergency of this category begins with (U1): codes for the workflow, words for the ticket's form. */
export async function planOf(tx: Executor, category: string) {
  const row = await activePlanOf(tx, category);
  const plan: EmergencyPlan = {
    plan: row ? `${row.id}:${row.version}` : null,
    tasks: (row?.tasks ?? []).map(({ id, owner, limitMinutes }) => ({ id, owner, limitMs: limitMinutes * MINUTE_MS })),
    chain: row?.chain ?? standing,
  };
  return { ...plan, words: (row?.tasks ?? []).map(({ id, zh, en, limitMinutes }) => ({ id, zh, en, limitMinutes })) };
}

/** A task in people's words, and whose it is. */
export interface TaskWords extends Label {
  owner: Addressee | null;
}

/**
 * The tasks of these emergencies, by ticket and by task id (U1): a plan's words stand with the ticket's form, those of a
 * task that was added with its step. A task whose words were erased is missing.
 */
export async function readTasks(db: Executor, numbers: string[]): Promise<Map<string, Map<string, TaskWords>>> {
  const found = new Map<string, Map<string, TaskWords>>();
  if (!numbers.length) return found;
  const { id, ticket, step, command, material } = steps;
  const [forms, taken] = await Promise.all([
    db.select({ number: tickets.number, form: tickets.form }).from(tickets).where(inArray(tickets.number, numbers)),
    db
      .select({ id, ticket, step, command, material })
      .from(steps)
      .where(and(inArray(ticket, numbers), inArray(step, ['start', 'add-task']))),
  ]);
  for (const { number, form } of forms) {
    const begun = taken.find((row) => row.ticket === number && row.step === 'start')?.command as Begun | undefined;
    const owners = new Map(begun?.emergency?.tasks.map((task) => [task.id, task.owner]));
    const words = (form as { tasks?: unknown }).tasks;
    const planned = Array.isArray(words) ? (words as Array<Label & { id: string }>) : [];
    found.set(number, new Map(planned.map(({ id, zh, en }) => [id, { zh, en, owner: owners.get(id) ?? null }])));
  }
  for (const row of taken) {
    const { what } = row.material as { what?: unknown };
    if (row.step !== 'add-task' || typeof what !== 'string') continue;
    found.get(row.ticket)?.set(row.id, { zh: what, en: what, owner: ownerOf(row.command as Added) });
  }
  return found;
}

interface Begun {
  emergency?: EmergencyPlan;
}
interface Added {
  owner?: string;
  department?: string;
}

/** As the workflow takes it: a person before a department. */
function ownerOf({ owner, department }: Added): Addressee | null {
  if (owner) return { kind: 'staff', id: owner };
  return department ? { kind: 'department', id: department, role: 'department-contact' } : null;
}

/** Without a plan: supervisor and duty manager, team leaders and technical support, in the end the committee. */
const standing: EmergencyPlan['chain'] = [
  [
    { kind: 'role', role: 'supervisor' },
    { kind: 'role', role: 'duty-manager' },
  ],
  [
    { kind: 'role', role: 'team-leader' },
    { kind: 'role', role: 'technical-support' },
  ],
  [{ kind: 'role', role: 'committee-member' }],
];
