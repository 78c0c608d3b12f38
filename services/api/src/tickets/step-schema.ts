import { type Label, type StepDefinition, stageLabels } from '@duban/contracts';
import { inputSchema } from '@duban/contracts/schemas';
import type { TicketRow } from '@duban/database';
import { z } from 'zod';
import { labelIn } from '../http/locale';
import { type Names, clockName, taskName } from './words';

type JsonSchema = Record<string, unknown> & { properties?: Record<string, Record<string, unknown>> };
const made = new WeakMap<StepDefinition, JsonSchema>();

/** The JSON Schema a step's form is made from; `x-field` says what kind of id, text or code a property is. */
export function stepJsonSchema(definition: StepDefinition): JsonSchema {
  const known = made.get(definition);
  if (known) return known;
  const schema = z.toJSONSchema(inputSchema(definition), { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  for (const [name, field] of Object.entries({ ...definition.command, ...definition.material })) {
    const property = schema.properties?.[name];
    if (typeof property === 'object')
      property['x-field'] = { type: field.type, label: field.label, ...('of' in field ? { of: field.of } : {}) };
  }
  made.set(definition, schema);
  return schema;
}

/** What a ticket's own state leaves to choose from. */
export interface Choices {
  ticket: TicketRow;
  names: Names;
}

/** The schema for this ticket now: a field that names a clock, a task or a stage of it has these to choose from. */
export function stepSchemaFor(step: string, definition: StepDefinition, choices: Choices): JsonSchema {
  const schema = stepJsonSchema(definition);
  const [field, labels] = choicesOf(step, choices) ?? [];
  const property = field === undefined ? undefined : schema.properties?.[field];
  if (field === undefined || !property || !labels || labels.size === 0) return schema; // an empty `enum` would be none
  const narrowed = {
    ...property,
    enum: [...labels.keys()],
    'x-field': { ...(property['x-field'] as object), labels: Object.fromEntries(labels) },
  };
  return { ...schema, properties: { ...schema.properties, [field]: narrowed } };
}

function choicesOf(step: string, { ticket, names }: Choices): [string, Map<string, Label>] | undefined {
  const { clocks = [], facts = {}, returnsTo = [] } = ticket.snapshot ?? {};
  switch (step) {
    case 'extend-clock': {
      const running = clocks.filter(({ state }) => state === 'running' || state === 'paused');
      return [
        'clock',
        labelled(
          running.map(({ key }) => key),
          (key, locale) => clockName(key, names, locale),
        ),
      ];
    }
    case 'complete-task': {
      const open = (Array.isArray(facts.tasks) ? facts.tasks : []).filter((task) => task.endsWith(':open'));
      const ids = open.map((task) => task.slice(0, -':open'.length));
      return ['task', labelled(ids, (id, locale) => taskName(id, names, locale))];
    }
    case 'skip':
      return ['stage', stages([ticket.stage])];
    case 'send-back':
      return ['to', stages(returnsTo)];
    default:
      return undefined;
  }
}

const stages = (names: readonly string[]) => labelled(names, (stage, locale) => labelIn(stageLabels, stage, locale));

function labelled(ids: readonly string[], name: (id: string, locale: 'zh' | 'en') => string): Map<string, Label> {
  return new Map(ids.map((id) => [id, { zh: name(id, 'zh'), en: name(id, 'en') }]));
}
