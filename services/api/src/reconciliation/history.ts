import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { ArchiveInput, Publication, StepAnswer, StepRequest } from '@duban/contracts';
import {
  type Database,
  applyAnswer,
  applyPublication,
  findMaterial,
  findStep,
  writeRebuiltStep,
} from '@duban/database';

/** An Update as the history keeps it. */
interface RecordedStep {
  name: string;
  request: StepRequest;
}
type Payloads = { payloads?: unknown[] | null } | null | undefined;

/**
 * Writes again what a ticket's history says was applied: answers of Updates and publications of its bookkeeping, in
 * order. Whatever is there already stays as it is (unique keys, revision guard).
 * @returns ids of steps whose rows were lost with their texts
 */
export async function rebuildFromHistory(database: Database, client: Client, ticket: string): Promise<string[]> {
  const { events } = await client.workflow.getHandle(ticket).fetchHistory();
  const accepted = new Map<string, RecordedStep>();
  const lost: string[] = [];
  for (const event of events ?? []) {
    const asked = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
    if (asked?.meta?.updateId)
      accepted.set(asked.meta.updateId, { name: asked.input!.name!, request: first<StepRequest>(asked.input?.args)! });

    const answered = event.workflowExecutionUpdateCompletedEventAttributes;
    const step = accepted.get(answered?.meta?.updateId ?? '');
    const answer = first<StepAnswer>(answered?.outcome?.success);
    if (step && answer && (await applyAgain(database, ticket, step, answer))) lost.push(step.request.stepId);

    const scheduled = event.activityTaskScheduledEventAttributes;
    const publication = publicationOf(scheduled?.activityType?.name ?? '', scheduled?.input);
    if (publication) lost.push(...(await publishAgain(database, publication)));
  }
  return lost;
}

/** True when the step's row had to be made anew. */
async function applyAgain(
  database: Database,
  ticket: string,
  step: RecordedStep,
  answer: StepAnswer,
): Promise<boolean> {
  if (step.request.origin !== 'api') return false; // its publication carries it
  return database.db.transaction(async (tx) => {
    const rebuilt = await writeRebuiltStep(tx, {
      ...{ ticket, step: step.name, id: step.request.stepId, actor: step.request.actor, command: step.request.command },
      revision: answer.revision,
      at: answer.changes.find((change) => change.step === step.request.stepId)?.at ?? Date.now(),
    });
    await applyAnswer(tx, { ticket, ...answer });
    return rebuilt;
  });
}

/** Ids of the signalled steps whose rows had to be made anew without the texts that their departments had stored. */
async function publishAgain(database: Database, publication: Publication): Promise<string[]> {
  return database.db.transaction(async (tx) => {
    const lost: string[] = [];
    for (const { stepId, material } of publication.steps)
      if (material && !(await findStep(tx, stepId)) && !(await findMaterial(tx, publication.ticket, material)))
        lost.push(stepId);
    await applyPublication(tx, publication);
    return lost;
  });
}

function publicationOf(activity: string, input: Payloads): Publication | undefined {
  if (activity === 'publish') return first<Publication>(input);
  return activity === 'archive' ? first<ArchiveInput>(input)?.publication : undefined;
}

function first<T>(payloads: Payloads): T | undefined {
  const payload = payloads?.payloads?.[0];
  return payload ? defaultPayloadConverter.fromPayload<T>(payload) : undefined;
}
