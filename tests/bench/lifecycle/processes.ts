import { referenceAcceptance } from '../../support/references/acceptance';
import { referenceAfterSales } from '../../support/references/after-sales';
import { referenceComplaint } from '../../support/references/complaint';
import { referenceEmergency } from '../../support/references/emergency';
import { referenceEscalation } from '../../support/references/escalation';
import { referenceFault } from '../../support/references/fault';
import { referenceFaultAnnouncement } from '../../support/references/fault-announcement';
import { referenceQualityCheck } from '../../support/references/quality-check';
import { referenceRevisit } from '../../support/references/revisit';
import { referenceSuggestion } from '../../support/references/suggestion';
import { referenceTechnicalSupport } from '../../support/references/technical-support';
import type { Bench } from '../bench-system';
import type { Figure } from '../figures';
import { costOf } from './costs';

/** The ordinary path of every other process, as its own tests play it; the consultation is measured by itself. */
const references = {
  complaint: referenceComplaint,
  escalation: referenceEscalation,
  acceptance: referenceAcceptance,
  fault: referenceFault,
  faultAnnouncement: referenceFaultAnnouncement,
  technicalSupport: referenceTechnicalSupport,
  afterSales: referenceAfterSales,
  emergency: referenceEmergency,
  suggestion: referenceSuggestion,
  revisit: referenceRevisit,
  qualityCheck: referenceQualityCheck,
};
type Name = keyof typeof references;
const names = Object.keys(references) as Name[];

export const processFigures = Object.fromEntries(
  names.flatMap((name) => [
    [`${name}StateTransitions`, { what: `state transitions of a reference ${name}, until its last person's step` }],
    [`${name}HistoryEvents`, { what: 'events in its history' }],
  ]),
) as Record<`${Name}${'StateTransitions' | 'HistoryEvents'}`, Figure>;

/** Plays each once, on an otherwise idle system. */
export async function processCosts({
  centre,
  temporal,
  log,
}: Bench): Promise<Record<keyof typeof processFigures, number>> {
  const values: Record<string, number> = {};
  for (const [i, name] of names.entries()) {
    const { stateTransitions, historyEvents } = await costOf(temporal, await references[name](centre, i));
    values[`${name}StateTransitions`] = stateTransitions;
    values[`${name}HistoryEvents`] = historyEvents;
    log(`${name}: ${stateTransitions} state transitions, ${historyEvents} events`);
  }
  return values;
}
