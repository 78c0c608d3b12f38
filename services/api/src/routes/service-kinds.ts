import { businessKinds, deskRoles, identityLevels } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  bookedOf,
  findServiceKind,
  findSlot,
  listServiceKinds,
  listSlots,
  putServiceKind,
  putSlot,
  slotAt,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import { asksForProfile } from '../business/acceptance';
import { formSchemaErrors } from '../business/form-schema';
import type { Deps } from '../deps';
import { pageOf, placeOf } from '../http/cursor';
import { type FieldError, invalidFields, problems } from '../http/problems';
import { anyStaff, ok, route, staffWith } from '../http/route';
import { idParams, instant } from '../http/schemas';

const tag = 'business';
const kind = {
  nameZh: z.string().trim().min(1).max(60),
  nameEn: z.string().trim().min(1).max(60),
  business: z.enum(businessKinds),
  form: z.record(z.string(), z.unknown()).meta({
    description:
      'JSON Schema 2020-12 of type object: what is asked of the customer. Without patterns; references to `#/$defs/…` only; formats date, time, date-time, email, phone',
  }),
  identity: z.enum(identityLevels).meta({ description: 'How the customer shows who they are before anything is done' }),
  active: z.boolean(),
};
const kindSchema = z.strictObject({ id: idSchema, ...kind }).meta({ id: 'ServiceKind' });

const slot = {
  service: idSchema,
  startsAt: instant,
  endsAt: instant,
  capacity: z.number().int().min(1).max(1000),
  open: z.boolean(),
};
const slotSchema = z.strictObject({ id: idSchema, ...slot, booked: z.number().int() }).meta({ id: 'ServiceSlot' });
/** A slot is for one appointment, not for a season. */
const LONGEST_MS = 24 * 3_600_000;

async function ofKind({ params }: { params: { id: string } }, { db }: Deps) {
  const found = await findServiceKind(db, params.id);
  if (!found) throw problems.notFound();
  return found;
}

/** 业务种类与预约时段 (B1): what can be accepted at the desk, with its form, and when it can be reserved. */
export const serviceKindRoutes = [
  route({
    method: 'get',
    path: '/service-kinds',
    tag,
    summary: { zh: '可受理的业务', en: 'What business can be accepted' },
    who: anyStaff(),
    answers: { 200: z.strictObject({ services: z.array(kindSchema) }) },
    handle: async (_call, { db }) => ok({ services: await listServiceKinds(db) }),
  }),
  route({
    method: 'put',
    path: '/service-kinds/:id',
    tag,
    summary: { zh: '新增或修改业务及其表单', en: 'Create or change a kind of business and its form' },
    who: staffWith(['administrator']),
    params: idParams,
    object: ({ params }, { db }) => findServiceKind(db, params.id),
    body: z.strictObject({
      ...kind,
      identity: kind.identity.default('none'),
      active: kind.active.default(true),
    }),
    answers: { 200: kindSchema },
    async handle({ params: { id }, object, body, caller, trace }, { db }) {
      const errors = formSchemaErrors(body.form);
      if (!errors.length && body.business === 'profile-change' && !asksForProfile(body.form))
        errors.push({ field: 'form.properties', code: 'required' });
      if (errors.length) throw invalidFields(errors);
      await db.transaction(async (tx) => {
        await putServiceKind(tx, { id, ...body });
        const detail = { before: object ?? null, after: body };
        await writeAudit(tx, { actor: caller.actor.id, action: 'service-kind:put', object: id, trace, detail });
      });
      return ok({ id, ...body });
    },
  }),
  route({
    method: 'get',
    path: '/service-kinds/:id/slots',
    tag,
    summary: { zh: '预约时段', en: 'Slots of a business' },
    who: staffWith([...deskRoles, 'administrator']),
    params: idParams,
    object: ofKind,
    query: z.strictObject({
      from: instant.optional().meta({ description: 'Slots that begin before are left out; now unless told' }),
      free: z.enum(['true', 'false']).default('true').meta({ description: 'Only those that can still be had' }),
      limit: z.coerce.number().int().min(1).max(200).default(50),
      cursor: z.string().max(300).optional(),
    }),
    answers: { 200: z.strictObject({ slots: z.array(slotSchema), next: z.string().nullable() }) },
    async handle({ object, query: { from, free, limit, cursor } }, { db }) {
      const place = placeOf(cursor, 'due');
      const rows = await listSlots(db, {
        ...{ service: object.id, free: free === 'true', limit: limit + 1 },
        from: from === undefined ? new Date() : new Date(from),
        ...(place ? { after: { at: new Date(place.at), id: place.number } } : {}),
      });
      const { page, next } = pageOf(rows, limit, (last) => ({ at: last.startsAt, number: last.id }), 'due');
      return ok({ slots: page, next });
    },
  }),
  route({
    method: 'put',
    path: '/service-slots/:id',
    tag,
    summary: { zh: '新增或修改预约时段', en: 'Create or change a slot' },
    who: staffWith(['administrator', 'supervisor']),
    params: idParams,
    object: ({ params }, { db }) => findSlot(db, params.id),
    body: z.strictObject({ ...slot, open: slot.open.default(true) }),
    answers: { 200: slotSchema },
    async handle({ params: { id }, object, body, caller, trace }, { db }) {
      const values = { id, ...body, startsAt: new Date(body.startsAt), endsAt: new Date(body.endsAt) };
      const service = await findServiceKind(db, body.service);
      const booked = (await bookedOf(db, [id])).get(id) ?? 0;
      const errors: FieldError[] = [];
      if (service?.business !== 'reservation') errors.push({ field: 'service', code: 'unknown-id' });
      else if (object && object.service !== body.service) errors.push({ field: 'service', code: 'malformed' });
      const lasts = values.endsAt.getTime() - values.startsAt.getTime();
      if (lasts <= 0) errors.push({ field: 'endsAt', code: 'not-after' });
      else if (lasts > LONGEST_MS) errors.push({ field: 'endsAt', code: 'malformed' });
      // Whoever has booked was promised this time.
      if (object && booked > 0 && object.startsAt.getTime() !== values.startsAt.getTime())
        errors.push({ field: 'startsAt', code: 'taken' });
      else if (service && (await slotAt(db, values))) errors.push({ field: 'startsAt', code: 'taken' });
      if (errors.length) throw invalidFields(errors);
      await db.transaction(async (tx) => {
        await putSlot(tx, values);
        const detail = { before: object ?? null, after: body };
        await writeAudit(tx, { actor: caller.actor.id, action: 'service-slot:put', object: id, trace, detail });
      });
      return ok({ ...values, booked });
    },
  }),
];
