import { deskRoles } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  type Absence,
  addAbsence,
  changeAbsence,
  deleteShift,
  existingIds,
  findAbsence,
  findShift,
  listAbsences,
  listShifts,
  planShifts,
  readDuty,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import { type FieldError, invalidFields, problems } from '../http/problems';
import { type Caller, anyStaff, created, nothing, ok, route, staffWith } from '../http/route';
import { idParams, instant } from '../http/schemas';

const tag = 'duty';
export const planners = staffWith(['supervisor', 'team-leader']);
/** A roster is read by the year at most. */
const ROSTER_DAYS = 400;

const dutySchema = z
  .strictObject({
    id: z.string(),
    onDuty: z.boolean(),
    presence: z.enum(['none', 'shift', 'absent']),
    open: z.number().int(),
    capacity: z.number().int(),
    until: instant.nullable().meta({ description: 'When the shift or the absence ends' }),
    substitute: z.string().nullable(),
  })
  .meta({ id: 'Duty' });
const shiftSchema = z
  .strictObject({
    id: z.string(),
    staff: z.string(),
    from: instant,
    to: instant,
    createdBy: z.string(),
    pattern: z.string().nullable().meta({ description: 'The weekly pattern that makes it; null for one of the plan' }),
  })
  .meta({ id: 'Shift' });
const kinds = z.enum(['leave', 'sick', 'training', 'other']);
const absenceSchema = z
  .strictObject({
    id: z.string(),
    staff: z.string(),
    from: instant,
    to: instant,
    substitute: z.string().nullable(),
    kind: kinds,
    handOver: z.boolean(),
    createdBy: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'Absence' });

const leads = ({ actor }: Caller) => actor.roles.some((role) => role === 'supervisor' || role === 'team-leader');

/** Why somebody is away is for themselves and those who plan. */
function view(absence: Absence, caller: Caller) {
  return leads(caller) || caller.actor.id === absence.staff ? absence : { ...absence, kind: 'other' as const };
}

async function assertStaff(deps: Deps, fields: Array<{ field: string; id: string }>): Promise<void> {
  const known = await existingIds(
    deps.db,
    'staff',
    fields.map(({ id }) => id),
  );
  const errors = fields.flatMap(({ field, id }): FieldError[] =>
    known.has(id) ? [] : [{ field, code: 'unknown-id' }],
  );
  if (errors.length) throw invalidFields(errors);
}

/** 422 for a span of the roster that ends before it begins, or is longer than a year. */
export function assertRoster({ from, to }: { from: Date; to: Date }, field = 'to'): void {
  const days = (to.getTime() - from.getTime()) / 86_400_000;
  if (days <= 0) throw invalidFields([{ field, code: 'not-after' }]);
  if (days > ROSTER_DAYS) throw invalidFields([{ field, code: 'too-long', detail: { max: ROSTER_DAYS } }]);
}

/** Their own, or anyone's for those who plan. */
async function ofAbsence({ params, caller }: { params: { id: string }; caller: Caller }, { db }: Deps) {
  const absence = await findAbsence(db, params.id);
  if (!absence) throw problems.notFound();
  if (!leads(caller) && absence.staff !== caller.actor.id) throw problems.forbidden();
  return absence;
}

export const dutyRoutes = [
  route({
    method: 'get',
    path: '/duty',
    tag,
    summary: { zh: '谁在岗、在办多少、到何时', en: 'Who is on duty, with what load, until when' },
    who: staffWith([...deskRoles, 'administrator']),
    answers: { 200: z.strictObject({ staff: z.array(dutySchema) }) },
    async handle(_call, { db }) {
      const staff = await readDuty(db);
      return ok({ staff: staff.map((row) => ({ ...row, until: row.until && new Date(row.until) })) });
    },
  }),
  route({
    method: 'get',
    path: '/shifts',
    tag,
    summary: { zh: '班次(含每周固定班次)', en: 'Shifts, those of weekly patterns among them' },
    who: staffWith([...deskRoles, 'administrator']),
    query: z.strictObject({ from: instant, to: instant, staff: idSchema.optional() }),
    answers: { 200: z.strictObject({ shifts: z.array(shiftSchema) }) },
    async handle({ query: { from, to, staff } }, { db }) {
      const filter = { from: new Date(from), to: new Date(to), ...(staff === undefined ? {} : { staff }) };
      assertRoster(filter);
      return ok({ shifts: await listShifts(db, filter) });
    },
  }),
  route({
    method: 'post',
    path: '/shifts',
    tag,
    summary: { zh: '排班(全部成功或全部不成)', en: 'Plan shifts, all of them or none' },
    who: planners,
    body: z.strictObject({
      shifts: z
        .array(z.strictObject({ staff: idSchema, from: instant, to: instant }))
        .min(1)
        .max(500),
    }),
    answers: { 201: z.strictObject({ shifts: z.array(shiftSchema) }) },
    async handle({ body, caller, trace }, deps) {
      const wanted = body.shifts.map(({ staff, from, to }) => ({ staff, from: new Date(from), to: new Date(to) }));
      const backward = wanted.flatMap(({ from, to }, i): FieldError[] =>
        to > from ? [] : [{ field: `shifts.${i}.to`, code: 'not-after' }],
      );
      if (backward.length) throw invalidFields(backward);
      await assertStaff(
        deps,
        wanted.map(({ staff: id }, i) => ({ field: `shifts.${i}.staff`, id })),
      );
      const shifts = await deps.db.transaction(async (tx) => {
        const planned = await planShifts(tx, wanted, caller.actor.id);
        if ('overlapping' in planned)
          throw invalidFields(planned.overlapping.map((i) => ({ field: `shifts.${i}.from`, code: 'overlaps' })));
        await writeAudit(tx, {
          ...{ actor: caller.actor.id, action: 'shifts:plan', object: caller.actor.id, trace },
          detail: { shifts: planned.shifts.map(({ id }) => id) },
        });
        return planned.shifts;
      });
      return created({ shifts: shifts.map((shift) => ({ ...shift, pattern: null })) });
    },
  }),
  route({
    method: 'delete',
    path: '/shifts/:id',
    tag,
    summary: { zh: '取消班次', en: 'Take a shift out of the plan' },
    who: planners,
    params: idParams,
    async object({ params }, { db }) {
      const shift = await findShift(db, params.id);
      if (!shift) throw problems.notFound();
      return shift;
    },
    answers: { 204: null },
    async handle({ object: { id }, caller, trace }, { db }) {
      await db.transaction(async (tx) => {
        await writeAudit(tx, { actor: caller.actor.id, action: 'shift:delete', object: id, trace });
        await deleteShift(tx, id);
      });
      return nothing();
    },
  }),
  route({
    method: 'get',
    path: '/absences',
    tag,
    summary: { zh: '未结束的缺勤与代办人', en: 'Absences that have not ended, and who stands in' },
    who: staffWith([...deskRoles, 'administrator']),
    query: z.strictObject({ staff: idSchema.optional() }),
    answers: { 200: z.strictObject({ absences: z.array(absenceSchema) }) },
    async handle({ query: { staff }, caller }, { db }) {
      const found = await listAbsences(db, { since: new Date(), ...(staff === undefined ? {} : { staff }) });
      return ok({ absences: found.map((absence) => view(absence, caller)) });
    },
  }),
  route({
    method: 'post',
    path: '/absences',
    tag,
    summary: {
      zh: '登记缺勤:在办工单与新工单转给代办人',
      en: 'Note an absence: open tickets and new ones go to the substitute',
    },
    who: anyStaff(),
    body: z.strictObject({
      staff: idSchema,
      from: instant,
      to: instant,
      substitute: idSchema.nullable().default(null),
      kind: kinds.default('leave'),
      handOver: z.boolean().default(true).meta({ description: 'Hand open tickets over when it begins' }),
    }),
    answers: { 201: absenceSchema },
    async handle({ body, caller, trace }, deps) {
      if (!leads(caller) && body.staff !== caller.actor.id) throw problems.forbidden();
      const values = { ...body, from: new Date(body.from), to: new Date(body.to), createdBy: caller.actor.id };
      if (values.to <= values.from) throw invalidFields([{ field: 'to', code: 'not-after' }]);
      if (body.substitute === body.staff) throw invalidFields([{ field: 'substitute', code: 'unknown-id' }]);
      await assertStaff(deps, [
        { field: 'staff', id: body.staff },
        ...(body.substitute === null ? [] : [{ field: 'substitute', id: body.substitute }]),
      ]);
      const absence = await deps.db.transaction(async (tx) => {
        await writeAudit(tx, { actor: caller.actor.id, action: 'absence:add', object: body.staff, trace });
        return addAbsence(tx, values);
      });
      return created(view(absence, caller), `/api/v1/absences/${absence.id}`);
    },
  }),
  route({
    method: 'patch',
    path: '/absences/:id',
    tag,
    summary: { zh: '改缺勤的结束时间或代办人', en: 'Change when an absence ends, or who stands in' },
    who: anyStaff(),
    params: idParams,
    object: ofAbsence,
    body: z.strictObject({ to: instant, substitute: idSchema.nullable() }).partial(),
    answers: { 200: absenceSchema },
    async handle({ object, body, caller, trace }, deps) {
      const { substitute } = body;
      const to = body.to === undefined ? undefined : new Date(body.to);
      if (to && to <= object.from) throw invalidFields([{ field: 'to', code: 'not-after' }]);
      if (substitute === object.staff) throw invalidFields([{ field: 'substitute', code: 'unknown-id' }]);
      if (substitute) await assertStaff(deps, [{ field: 'substitute', id: substitute }]);
      const values = { ...(to ? { to } : {}), ...(substitute === undefined ? {} : { substitute }) };
      if (Object.keys(values).length === 0) return ok(view(object, caller));
      const absence = await deps.db.transaction(async (tx) => {
        const detail = { absence: object.id, fields: Object.keys(values) };
        await writeAudit(tx, { actor: caller.actor.id, action: 'absence:change', object: object.staff, trace, detail });
        return changeAbsence(tx, object.id, values);
      });
      return ok(view(absence!, caller));
    },
  }),
];
