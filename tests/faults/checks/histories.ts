import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import type {
  ArchiveInput,
  Change,
  ClockView,
  Message,
  NotifyInput,
  Publication,
  StepAnswer,
  TicketStart,
} from '@duban/contracts';

type History = temporal.api.history.v1.IHistory;
type Payloads = { payloads?: temporal.api.common.v1.IPayload[] | null } | null | undefined;

/** What was seen of one clock at one moment. `known` is an instant at which the view held. */
interface Sighting {
  clocks: ClockView[];
  known: number;
}

/** What one workflow's history tells. */
export interface Told {
  start: TicketStart;
  startedBy: string | undefined;
  status: 'running' | 'completed' | 'failed';
  /** All changes that it answered or published, in order. */
  changes: Change[];
  sightings: Sighting[];
  messages: Message[];
  /** Ids of Updates that it accepted, in order; of those that were answered with a failure. */
  accepted: string[];
  refusedLate: string[];
  /** Activities that were tried more than once: type → further attempts. */
  again: Record<string, number>;
  /** Causes of failed workflow tasks. */
  taskFailures: Array<{ cause: number; message: string }>;
  taskTimeouts: number;
}

const COMPLETED = 2;

/** Reads a history as an outsider does: by Temporal's own events, not through the product's code. */
export function readHistory({ events }: History): Told {
  const told: Told = {
    ...{ start: undefined as unknown as TicketStart, startedBy: undefined, status: 'running', changes: [] },
    ...{ sightings: [], messages: [], accepted: [], refusedLate: [], again: {}, taskFailures: [], taskTimeouts: 0 },
  };
  const types = new Map<string, string>();
  const publish = ({ changes, snapshot }: Pick<Publication, 'changes' | 'snapshot'>) => {
    told.changes.push(...changes);
    told.sightings.push({ clocks: snapshot.clocks, known: Math.max(0, ...changes.map((change) => change.at)) });
  };
  for (const event of events ?? []) {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started) {
      told.start = first<TicketStart>(started.input)!;
      const memo = started.memo?.fields?.['startedBy'];
      told.startedBy = memo ? defaultPayloadConverter.fromPayload<string>(memo) : undefined;
    }
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const type = scheduled.activityType?.name ?? '';
      types.set(String(event.eventId), type);
      if (type === 'publish') publish(first<Publication>(scheduled.input)!);
      if (type === 'archive') publish(first<ArchiveInput>(scheduled.input)!.publication);
      if (type === 'notify') told.messages.push(...first<NotifyInput>(scheduled.input)!.messages);
    }
    const attempt = event.activityTaskStartedEventAttributes;
    if (attempt && (attempt.attempt ?? 1) > 1) {
      const type = types.get(String(attempt.scheduledEventId)) ?? '?';
      told.again[type] = (told.again[type] ?? 0) + attempt.attempt! - 1;
    }
    const accepted = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.meta?.updateId;
    if (accepted) told.accepted.push(accepted);
    const answered = event.workflowExecutionUpdateCompletedEventAttributes;
    if (answered?.outcome?.failure) told.refusedLate.push(answered.meta?.updateId ?? '');
    const answer = first<StepAnswer>(answered?.outcome?.success);
    if (answer) publish(answer);
    const failure = event.workflowTaskFailedEventAttributes;
    if (failure) told.taskFailures.push({ cause: failure.cause ?? 0, message: failure.failure?.message ?? '' });
    if (event.workflowTaskTimedOutEventAttributes) told.taskTimeouts++;
    if (event.workflowExecutionFailedEventAttributes) told.status = 'failed';
    if (event.eventType === COMPLETED) told.status = 'completed';
  }
  return told;
}

function first<T>(payloads: Payloads): T | undefined {
  const payload = payloads?.payloads?.[0];
  return payload ? defaultPayloadConverter.fromPayload<T>(payload) : undefined;
}
