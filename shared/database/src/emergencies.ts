import { and, asc, eq, sql } from 'drizzle-orm';
import type { EmergencyPlan } from '@duban/contracts';
import type { Executor } from './connection';
import { emergencyPlans } from './schema';

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
