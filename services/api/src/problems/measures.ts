import type { PreventiveMeasure } from '@duban/database';
import { z } from 'zod';
import { instant } from '../http/schemas';
import { type Directory, personIn } from '../tickets/directory';

const states = ['asked', 'planned', 'done', 'dropped'] as const;

export const measureSchema = z
  .strictObject({
    id: z.string(),
    problem: z.string(),
    problemTitle: z.string(),
    owner: z.string(),
    ownerName: z.string(),
    state: z.enum(states).meta({ description: 'asked 待制定, planned 执行中, done 已完成, dropped 已取消' }),
    text: z.string(),
    result: z.string().nullable(),
    dueAt: instant,
    overdue: z.boolean(),
    week: z.string().nullable(),
    createdAt: instant,
    settledAt: instant.nullable(),
    revision: z.number().int(),
  })
  .meta({ id: 'PreventiveMeasure' });

export function measureView(
  row: PreventiveMeasure & { title: string },
  directory: Directory,
): z.output<typeof measureSchema> {
  const { title, dueAt, createdAt, settledAt, state, ...rest } = row;
  return {
    ...rest,
    problemTitle: title,
    ownerName: personIn(directory, row.owner)!.name,
    state: state as (typeof states)[number],
    dueAt: dueAt.toISOString(),
    overdue: settledAt === null && dueAt.getTime() < Date.now(),
    createdAt: createdAt.toISOString(),
    settledAt: settledAt?.toISOString() ?? null,
  };
}
