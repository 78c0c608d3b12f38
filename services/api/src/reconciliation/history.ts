import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { historiesOf } from '@duban/platform';
import type { ArchiveInput, Publication, StepAnswer, StepRequest } from '@duban/contracts';
import { type Database, applyAnswer, findMaterial, findStep, writeRebuiltStep } from '@duban/database';

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
  const events = (await historiesOf(client, ticket)).flatMap((run) => run.events ?? []);
  const accepted = new Map<string, RecordedStep>();
  const lost: string[] = [];
  for (const event of events) {
    const asked = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
    if (asked?.meta?.updateId)
      accepted.set(asked.meta.updateId, { name: asked.input!.name!, request: first<StepRequest>(asked.input?.args)! });

    const answered = event.workflowExecutionUpdateCompletedEventAttributes;
    const step = accepted.get(answered?.meta?.updateId ?? '');
    const answer = first<StepAnswer>(answered?.outcome?.success);
    // What a step of another origin changed, its publication carries.
    if (step?.request.origin === 'api' && answer)
      lost.push(...(await applyAgain(database, { ticket, ...answer }, step)));

    const scheduled = event.activityTaskScheduledEventAttributes;
    const publication = publicationOf(scheduled?.activityType?.name ?? '', scheduled?.input);
    if (publication) lost.push(...(await applyAgain(database, publication)));
  }
  return lost;
}

/** Ids of the steps whose rows had to be made anew without their texts: `step`'s own, and of those it tells of. */
async function applyAgain(
  database: Database,
  answer: StepAnswer & { ticket: string },
  step?: RecordedStep,
): Promise<string[]> {
  const { ticket, revision, changes } = answer;
  return database.db.transaction(async (tx) => {
    const lost: string[] = [];
    if (step) {
      const { stepId: id, actor, command } = step.request;
      const at = changes.find((change) => change.step === id)?.at ?? Date.now();
      if (await writeRebuiltStep(tx, { ticket, step: step.name, id, actor, command, revision, at })) lost.push(id);
    }
    for (const { stepId, material } of answer.steps ?? [])
      if (material && !(await findStep(tx, stepId)) && !(await findMaterial(tx, ticket, material))) lost.push(stepId);
    await applyAnswer(tx, answer);
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
