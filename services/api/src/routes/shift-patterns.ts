import { deskRoles } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  type ShiftPattern,
  deleteShiftPattern,
  existingIds,
  findShiftPattern,
  listShiftPatterns,
  putShiftPattern,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import { type FieldError, invalidFields, problems } from '../http/problems';
import { nothing, ok, route, staffWith } from '../http/route';
import { idParams, instant } from '../http/schemas';
import { planners } from './duty';

const tag = 'duty';
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

const pattern = {
  staff: idSchema.nullable(),
  group: idSchema.nullable().meta({ description: 'Every member of it; a person with an own pattern lives by that' }),
  weekdays: z.array(z.number().int().min(1).max(7)).min(1).max(7).meta({ description: '1 is Monday, 7 Sunday' }),
  from: clock,
  to: clock.meta({ description: 'Not after `from`: on the next day' }),
  since: z.iso.date(),
  until: z.iso.date().nullable().meta({ description: 'The last day; null goes on' }),
  publicDays: z.boolean().meta({
    description: 'Off on public holidays; a make-up working day is worked by whoever works on any of Monday to Friday',
  }),
};
const patternSchema = z
  .strictObject({ id: z.string(), ...pattern, timezone: z.string(), updatedBy: z.string(), updatedAt: instant })
  .meta({ id: 'ShiftPattern' });

const view = ({ starts: from, ends: to, ...row }: ShiftPattern) => ({ ...row, from, to });
type Asked = Pick<ShiftPattern, 'staff' | 'group' | 'since' | 'until'> & { from: string; to: string };

async function assertSound({ staff, group, from, to, since, until }: Asked, { db }: Deps): Promise<void> {
  const errors: FieldError[] = [];
  if ((staff === null) === (group === null))
    errors.push({ field: 'staff', code: staff === null ? 'required' : 'malformed' });
  for (const [field, id] of Object.entries({ staff, group }) as Array<['staff' | 'group', string | null]>)
    if (id !== null && !(await existingIds(db, field, [id])).has(id)) errors.push({ field, code: 'unknown-id' });
  if (from === to) errors.push({ field: 'to', code: 'not-after' });
  if (until !== null && until < since) errors.push({ field: 'until', code: 'not-after' });
  if (errors.length) throw invalidFields(errors);
}

export const shiftPatternRoutes = [
  route({
    method: 'get',
    path: '/shift-patterns',
    tag,
    summary: { zh: '每周固定班次', en: 'Weekly patterns of shifts' },
    who: staffWith([...deskRoles, 'administrator']),
    answers: { 200: z.strictObject({ patterns: z.array(patternSchema) }) },
    handle: async (_call, { db }) => ok({ patterns: (await listShiftPatterns(db)).map(view) }),
  }),
  route({
    method: 'put',
    path: '/shift-patterns/:id',
    tag,
    summary: {
      zh: '设置某人或某组的每周固定班次;单日班次与缺勤优先',
      en: "Set a person's or a group's weekly hours; a day's own shift and absences come first",
    },
    who: planners,
    params: idParams,
    object: async () => undefined,
    body: z.strictObject({
      ...pattern,
      staff: pattern.staff.default(null),
      group: pattern.group.default(null),
      until: pattern.until.default(null),
      publicDays: pattern.publicDays.default(true),
    }),
    answers: { 200: patternSchema },
    async handle({ params: { id }, body, caller, trace }, deps) {
      await assertSound(body, deps);
      const { from: starts, to: ends, ...rest } = body;
      const weekdays = [...new Set(body.weekdays)].sort();
      const timezone = deps.env.DUBAN_TIME_ZONE;
      const row = await deps.db.transaction(async (tx) => {
        const detail = { staff: body.staff, group: body.group };
        await writeAudit(tx, { actor: caller.actor.id, action: 'shift-pattern:put', object: id, trace, detail });
        const by = caller.actor.id;
        return putShiftPattern(tx, { ...rest, id, weekdays, starts, ends, timezone, updatedBy: by });
      });
      return ok(view(row));
    },
  }),
  route({
    method: 'delete',
    path: '/shift-patterns/:id',
    tag,
    summary: { zh: '取消每周固定班次', en: 'Take a weekly pattern away' },
    who: planners,
    params: idParams,
    async object({ params }, { db }) {
      const found = await findShiftPattern(db, params.id);
      if (!found) throw problems.notFound();
      return found;
    },
    answers: { 204: null },
    async handle({ object: { id }, caller, trace }, { db }) {
      await db.transaction(async (tx) => {
        await writeAudit(tx, { actor: caller.actor.id, action: 'shift-pattern:delete', object: id, trace });
        await deleteShiftPattern(tx, id);
      });
      return nothing();
    },
  }),
];
