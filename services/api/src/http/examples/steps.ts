import {
  type Field,
  type Party,
  type Process,
  type Reference,
  type Role,
  type StepDefinition,
  type StepTable,
  processes,
  stepTables,
} from '@duban/contracts';
import { type Example, named } from './example';

/** Who speaks for a party in the examples; the customer takes steps through links of their own. */
const speakers: Partial<Record<Party, Role>> = {
  ...{ supervisor: 'supervisor', handler: 'agent', desk: 'agent', 'checked-agent': 'agent' },
  ...{ 'team-leader': 'team-leader', investigator: 'team-leader', department: 'department-contact' },
  ...{ committee: 'committee-member', 'revisit-group': 'revisit-group', 'duty-manager': 'duty-manager' },
  administrator: 'administrator',
};

const ids: Record<Exclude<Reference, 'material'>, string> = {
  ...{ staff: named.staff, department: 'TECH', ticket: named.other, group: 'desk' },
  ...{ policy: 'manual:1', category: 'function', clock: 'handling', task: 'task-1', code: 'east' },
  ...{ service: 'service-1', slot: 'slot-1' },
};

const texts: Record<string, string> = {
  text: '已为您重置登录状态,请重新登录。',
  note: 'VIP 客户,请优先处理',
  reason: '客户要求尽快处理',
  question: '该账户为何被锁定?',
  answer: '账户因多次输错密码被锁定,已解锁。',
  result: '已重置登录状态,客户可正常登录。',
};

/** Of the questionnaire and the quality form that every centre begins with. */
export const scores = { efficiency: 5, attitude: 5, product: 4 };
const points = { greeting: 5, attitude: 5, accuracy: 5, record: 5, timeliness: 4 };

/** Where a step asks for a category, the process that its ticket is to be of: another business, another process. */
const categories: Partial<Record<Process, string>> = { acceptance: 'acceptance', consultation: 'complaint' };

/** What an id names; each ticket has a piece of material of its own. */
const idOf = (of: Reference, process: Process) => {
  if (of === 'material') return `m-${ticketOf(process)}`;
  return of === 'category' ? (categories[process] ?? ids.category) : ids[of];
};

/** A value that a field takes. */
function valueOf(name: string, field: Field, process: Process): unknown {
  switch (field.type) {
    case 'code':
      return field.values[0];
    case 'codes':
      return [field.values[0]];
    case 'id':
      return idOf(field.of, process);
    case 'ids':
      return [idOf(field.of, process)];
    case 'instant':
      return named.ahead;
    case 'flag':
      return true;
    case 'score':
      return 5;
    case 'count':
      return 1;
    case 'points':
      return name === 'scores' ? scores : points;
    case 'form':
      return { reason: '示例' };
    case 'text':
      return (texts[name] ?? field.label.zh).slice(0, field.max);
  }
}

/** What a step asks for; what is optional only where its rule wants it. */
function bodyOf({ command, material, rule }: StepDefinition, process: Process): Record<string, unknown> {
  const filled = (optional: boolean) => {
    const wanted = Object.entries({ ...command, ...material }).filter(([, field]) => optional || !field.optional);
    return Object.fromEntries(wanted.map(([name, field]) => [name, valueOf(name, field, process)]));
  };
  const least = filled(false);
  return rule?.(least as never) ? filled(true) : least;
}

/** The ticket that the examples of a process's steps are taken on. */
export const ticketOf = (process: Process) => String(Number(named.ticket) + processes.indexOf(process));

/** What stands in the customer's link to the progress of that ticket. */
export const progressToken = (process: Process) => `progress-token-${ticketOf(process)}`;

/** One example of every step, made from the step tables: as staff or systems take it, and as customers do. */
export function stepExamples(): Record<string, Example> {
  const examples: Record<string, Example> = {};
  for (const [process, table] of Object.entries(stepTables) as Array<[Process, StepTable]>)
    for (const [step, definition] of Object.entries(table)) {
      const body = bodyOf(definition, process);
      const as = definition.by.flatMap((party) => speakers[party] ?? [])[0];
      if (as)
        examples[`POST /tickets/:number/steps/${step}`] ??= {
          ...{ as, params: { number: ticketOf(process) }, body },
          ...(definition.revision ? { headers: { 'if-match': '"3"' } } : {}),
        };
      if (definition.by.includes('customer') && step !== 'submit-survey' && step !== 'record-answers')
        examples[`POST /public/progress/:token/steps/${step}`] ??= { params: { token: progressToken(process) }, body };
    }
  return examples;
}
