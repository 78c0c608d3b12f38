import { and, desc, eq } from 'drizzle-orm';
import type { Executor } from './connection';
import { qualityForms, questionnaires } from './schema';

export type { Question, QualityItem } from './schema';
export type Questionnaire = typeof questionnaires.$inferSelect;
export type QualityForm = typeof qualityForms.$inferSelect;

/** The newest version of each (R1). */
export async function listQuestionnaires(db: Executor): Promise<Questionnaire[]> {
  return db
    .selectDistinctOn([questionnaires.id])
    .from(questionnaires)
    .orderBy(questionnaires.id, desc(questionnaires.version));
}

/** One version, the newest unless named; undefined when there is none. */
export async function findQuestionnaire(
  db: Executor,
  id: string,
  version?: number,
): Promise<Questionnaire | undefined> {
  const { id: own, version: number } = questionnaires;
  const which = and(eq(own, id), version === undefined ? undefined : eq(number, version));
  return (await db.select().from(questionnaires).where(which).orderBy(desc(number)).limit(1))[0];
}

/** Writes a new version; two people at once make two, for the second waits for the first. */
export async function addQuestionnaire(
  tx: Executor,
  values: Omit<Questionnaire, 'version' | 'updatedAt'>,
): Promise<Questionnaire> {
  const version = ((await findQuestionnaire(tx, values.id))?.version ?? 0) + 1;
  const rows = await tx
    .insert(questionnaires)
    .values({ ...values, version })
    .onConflictDoNothing()
    .returning();
  return rows[0] ?? addQuestionnaire(tx, values);
}

/** The newest version of each quality form. */
export async function listQualityForms(db: Executor): Promise<QualityForm[]> {
  return db.selectDistinctOn([qualityForms.id]).from(qualityForms).orderBy(qualityForms.id, desc(qualityForms.version));
}

/** One version, the newest unless named; undefined when there is none. */
export async function findQualityForm(db: Executor, id: string, version?: number): Promise<QualityForm | undefined> {
  const { id: own, version: number } = qualityForms;
  const which = and(eq(own, id), version === undefined ? undefined : eq(number, version));
  return (await db.select().from(qualityForms).where(which).orderBy(desc(number)).limit(1))[0];
}

/** Writes a new version, as `addQuestionnaire` does. */
export async function addQualityForm(
  tx: Executor,
  values: Omit<QualityForm, 'version' | 'updatedAt'>,
): Promise<QualityForm> {
  const version = ((await findQualityForm(tx, values.id))?.version ?? 0) + 1;
  const rows = await tx
    .insert(qualityForms)
    .values({ ...values, version })
    .onConflictDoNothing()
    .returning();
  return rows[0] ?? addQualityForm(tx, values);
}

/** `general:2` as id and version. */
export function versionOf(name: string): { id: string; version: number } {
  const at = name.lastIndexOf(':');
  return { id: name.slice(0, at), version: Number(name.slice(at + 1)) };
}
