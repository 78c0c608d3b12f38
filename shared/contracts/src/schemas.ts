import { z } from 'zod';
import type { Field, Fields } from './fields';
import { idSchema } from './ids';
import type { StepDefinition } from './steps';

function valueSchema(field: Field): z.ZodType {
  switch (field.type) {
    case 'code':
      return z.enum(field.values as [string, ...string[]]);
    case 'codes':
      return z.array(z.enum(field.values as [string, ...string[]])).min(1);
    case 'id':
      return idSchema;
    case 'ids':
      return z
        .array(idSchema)
        .max(20)
        .refine((ids) => new Set(ids).size === ids.length, { message: 'repeated' });
    case 'instant':
      return z.iso.datetime({ offset: true });
    case 'flag':
      return z.boolean();
    case 'score':
      return z.number().int().min(1).max(5);
    case 'count':
      return z.number().int().min(0).max(1_000_000_000);
    case 'points':
      return z
        .record(idSchema, z.number().int().min(0).max(1000))
        .refine((points) => Object.keys(points).length <= 50, { message: 'malformed' });
    case 'form':
      return z
        .record(z.string().max(64), z.unknown())
        .refine((form) => JSON.stringify(form).length <= 20_000, { message: 'malformed' });
    case 'text':
      return field.optional ? z.string().max(field.max) : z.string().trim().min(1).max(field.max);
  }
}

function shapeOf(fields: Fields): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const schema = valueSchema(field).meta({ title: field.label.zh, description: field.label.en });
      return [name, field.optional ? schema.optional() : schema];
    }),
  );
}

/** What a caller sends for a step: command and material together, nothing else; instants as ISO 8601 with zone. */
export function inputSchema(definition: StepDefinition): z.ZodType<Record<string, unknown>> {
  const shape = { ...shapeOf(definition.command), ...shapeOf(definition.material) };
  return z.strictObject(shape).superRefine((input, context) => {
    const problem = definition.rule?.(commandPart(definition, input) as never);
    if (problem) context.addIssue({ code: 'custom', path: [problem.field], message: problem.code });
  });
}

/** A valid input as what travels through Temporal and what stays in PostgreSQL (design 1, 10). */
export function splitInput(definition: StepDefinition, input: Record<string, unknown>) {
  const material = Object.fromEntries(Object.entries(input).filter(([name]) => name in definition.material));
  return { command: commandPart(definition, input), material };
}

function commandPart(definition: StepDefinition, input: Record<string, unknown>): Record<string, unknown> {
  const command: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(definition.command)) {
    const value = input[name];
    if (value === undefined) continue;
    command[name] = field.type === 'instant' ? Date.parse(value as string) : value;
  }
  return command;
}

export * from './ids';
export * from './intake';
