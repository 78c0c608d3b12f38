import type { StepDefinition } from '@duban/contracts';
import { inputSchema } from '@duban/contracts/schemas';
import { z } from 'zod';

const made = new WeakMap<StepDefinition, Record<string, unknown>>();

/** The JSON Schema a step's form is made from; `x-field` says what kind of id, text or code a property is. */
export function stepJsonSchema(definition: StepDefinition): Record<string, unknown> {
  const known = made.get(definition);
  if (known) return known;
  const schema = z.toJSONSchema(inputSchema(definition), { io: 'input', unrepresentable: 'any' });
  for (const [name, field] of Object.entries({ ...definition.command, ...definition.material })) {
    const property = schema.properties?.[name];
    if (typeof property === 'object')
      property['x-field'] = { type: field.type, label: field.label, ...('of' in field ? { of: field.of } : {}) };
  }
  made.set(definition, schema);
  return schema;
}
