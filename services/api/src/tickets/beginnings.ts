import type { Intake } from '@duban/contracts/schemas';
import { type Category, type StartExtras, type Transaction, holdMatchingFault, planOf } from '@duban/database';

/** What a process begins with beside the intake itself. */
export interface Beginning {
  /** Codes, ids and instants for its workflow. */
  extras?: StartExtras;
  /** What joins the ticket's form: texts as they were when it was taken. */
  form?: Record<string, unknown>;
}

/** Looks up, in the intake's transaction, what the process of this intake needs. */
export async function beginningOf(tx: Transaction, intake: Intake, category: Category): Promise<Beginning> {
  switch (intake.process) {
    case 'escalation': {
      const { departments, committee, type: reasonKind } = intake;
      return { extras: { application: { departments, committee, reasonKind } } };
    }
    case 'emergency': {
      const { plan, tasks, chain, words } = await planOf(tx, category.id);
      return { extras: { emergency: { plan, tasks, chain } }, form: { tasks: words } };
    }
    case 'fault': {
      const announcement = await holdMatchingFault(tx, intake);
      return announcement === undefined ? {} : { extras: { fault: { announcement } } };
    }
    default:
      return {};
  }
}
