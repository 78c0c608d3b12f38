import type { Actor } from './roles';
import type { FieldProblem, Fields, Label, ValuesOf } from './fields';
import type { Change, Publication, Snapshot } from './snapshot';

/** Who may take a step, as the ticket sees them: a role, or a relation to this very ticket. */
export type Party =
  | 'handler' // has the ticket, or was brought in beside the handler
  | 'desk' // anyone who registers customers' tickets
  | 'team-leader'
  | 'supervisor'
  | 'department' // its people or its own system, for a department that takes part in this ticket
  | 'committee'
  | 'investigator' // leads or belongs to this complaint's investigation group
  | 'revisit-group'
  | 'duty-manager'
  | 'alarmed' // was called to this emergency, or has a task in it
  | 'checked-agent' // whose work a quality check looks at
  | 'administrator'
  | 'customer';

/** One row of the step table (design "How a process is written"). */
export interface StepDefinition {
  label: Label;
  by: readonly Party[];
  /** Codes, ids and instants that travel through Temporal. */
  command: Fields;
  /** Texts, names and evidence that stay in PostgreSQL. */
  material: Fields;
  /** Also a Signal of the same name, for departments' own systems (D1). */
  signal?: true;
  /** Must carry the revision the person saw: acting on stale sight would be wrong. */
  revision?: true;
  /** What fields require of each other; null when all is well. */
  rule?: (command: never) => FieldProblem | null;
}
export type StepTable = Record<string, StepDefinition>;

export type CommandOf<D extends StepDefinition> = ValuesOf<D['command']>;

/** Keeps literal types of one row while checking `rule` against its own command. */
export function step<C extends Fields, M extends Fields>(definition: {
  label: Label;
  by: readonly Party[];
  command: C;
  material: M;
  signal?: true;
  revision?: true;
  rule?: (command: ValuesOf<C>) => FieldProblem | null;
}) {
  return definition;
}

/** What an Update or Signal carries: ids, codes and times only (design 1, 6, 10). */
export interface StepRequest<C = Record<string, unknown>> {
  /** The step's id: also the Temporal update id and the key under which its material is stored. */
  stepId: string;
  actor: Actor;
  command: C;
  /** How long the step waited between the person and this delivery (design 4). */
  waitedMs: number;
  /** Where it came from: only the API writes the step row itself (design 6). */
  origin: 'api' | 'client' | 'signal';
  /** The revision the person saw; required where the row says so. */
  revision?: number;
  /** Id of material stored beforehand by `POST /api/v1/materials`. */
  material?: string;
  /** Trace id of the request, so log lines of every room can be joined. */
  trace?: string;
}

/** The settled answer of a step: everything it and the flow behind it changed in that workflow task (design 5). */
export interface StepAnswer {
  revision: number;
  snapshot: Snapshot;
  changes: Change[];
  /** Steps that came by signal or client just before: what they changed is told here, so their rows are, too. */
  steps?: Publication['steps'];
}
