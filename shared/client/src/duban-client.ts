import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import {
  type CommandOf,
  type Process,
  type Snapshot,
  type StepAnswer,
  type StepDefinition,
  type StepRequest,
  type TicketStart,
  type stepTables,
  workflowTypeOf,
} from '@duban/contracts';
import { startOptions } from './start-options';

type Tables = typeof stepTables;
export type StepName<P extends Process> = keyof Tables[P] & string;
/** What one step of one process takes: codes, ids and UTC ms. */
export type StepCommand<P extends Process, N extends StepName<P>> = Tables[P][N] extends StepDefinition
  ? CommandOf<Tables[P][N]>
  : never;
/** The steps that a process also takes as a signal (D1). */
export type SignalName<P extends Process> = {
  [N in StepName<P>]: Tables[P][N] extends { signal?: infer S } ? (true extends S ? N : never) : never;
}[StepName<P>];

/** A step as another service sends it. Texts are stored first (`POST /api/v1/materials`): `material` is their id. */
export interface StepInput<C> {
  /** Chosen by the sender and unique: sent again, it is the same step. */
  stepId: string;
  actor: StepRequest['actor'];
  command: C;
  material?: string;
  /** How long it waited at the sender, ms. */
  waitedMs?: number;
  trace?: string;
}

/** The number belongs to a workflow that another intake started: the stores are from different minutes. */
export class NumberTaken extends Error {
  constructor(readonly ticket: string) {
    super(`workflow ${ticket} was started by another intake`);
    this.name = 'NumberTaken';
  }
}

/** Starts, steps, signals and reads tickets by Temporal; all it sends is ids, codes and times (design 6, 10). */
export interface DubanClient {
  /**
   * Starts the workflow of a ticket whose row exists. Again with the same step id: nothing more happens.
   * @throws NumberTaken when the number is another intake's
   */
  start(start: TicketStart): Promise<void>;
  /**
   * Takes a step and waits until it is settled.
   * @throws what `refusalOf` of `@duban/contracts` recognises when the step is refused; Temporal's own errors else
   */
  step<P extends Process, N extends StepName<P>>(
    ticket: string,
    process: P,
    name: N,
    input: StepInput<StepCommand<P, N>>,
  ): Promise<StepAnswer>;
  /** Sends a step without waiting for its outcome; untimely or malformed, it is recorded and ignored. */
  signal<P extends Process, N extends SignalName<P>>(
    ticket: string,
    process: P,
    name: N,
    input: StepInput<StepCommand<P, N>>,
  ): Promise<void>;
  /** What the workflow itself says of its state, open or closed, while Temporal keeps it. */
  state(ticket: string): Promise<Snapshot>;
  /** Any step by name, as the API's delivery sends it. */
  send(ticket: string, name: string, request: StepRequest): Promise<StepAnswer>;
  /** The outcome of a step sent earlier, even of an ended workflow; `run` names one before the ticket was converted. */
  outcome(ticket: string, stepId: string, run?: string): Promise<StepAnswer>;
}

/** @param client eager start is used where its connection is a worker's own (`NativeConnection`). */
export function createDubanClient(client: Client, options: { eagerStart?: boolean } = {}): DubanClient {
  const { workflow } = client;
  const requestOf = (input: StepInput<unknown>, origin: StepRequest['origin']): StepRequest => ({
    ...input,
    command: (input.command ?? {}) as Record<string, unknown>,
    waitedMs: input.waitedMs ?? 0,
    origin,
  });
  const self: DubanClient = {
    async start(start) {
      try {
        await workflow.start(workflowTypeOf(start.process), startOptions(start, options.eagerStart ?? false));
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        const { memo } = await workflow.getHandle(start.ticket).describe();
        if (memo?.startedBy !== start.stepId) throw new NumberTaken(start.ticket);
      }
    },
    step: (ticket, _process, name, input) => self.send(ticket, name, requestOf(input, 'client')),
    signal: (ticket, _process, name, input) => workflow.getHandle(ticket).signal(name, requestOf(input, 'signal')),
    state: (ticket) => workflow.getHandle(ticket).query<Snapshot>('state'),
    send: (ticket, name, request) =>
      workflow
        .getHandle(ticket)
        .executeUpdate<StepAnswer, [StepRequest]>(name, { updateId: request.stepId, args: [request] }),
    outcome: (ticket, stepId, run) => workflow.getHandle(ticket, run).getUpdateHandle<StepAnswer>(stepId).result(),
  };
  return self;
}
