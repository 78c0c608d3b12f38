import type { Refusal } from '@duban/contracts';
import { titles } from '@duban/contracts/schemas';
import {
  type Executor,
  type ServiceKindRow,
  type TicketRow,
  bookedOf,
  findCategory,
  findServiceKind,
  findSlot,
  profileFields,
  slotRefusal,
} from '@duban/database';
import { z } from 'zod';
import { type FieldError, invalidFields } from '../http/problems';
import { normalizePhone } from '../tickets/phone';
import { formErrors } from './form-schema';

type Form = Record<string, unknown>;

/** What of a profile a form may ask to have changed; each as the customer's file keeps it. */
const profile: Record<(typeof profileFields)[number], z.ZodType<string>> = {
  name: z.string().trim().min(1).max(100),
  title: z.enum(titles),
  phone: z.string().max(30),
  email: z.email().max(200),
  locale: z.enum(['zh', 'en']),
};

/** Whether a form asks for anything of the profile at all: one for profile changes must (B1). */
export function asksForProfile(schema: Form): boolean {
  const properties = Object.keys((schema.properties as Form | undefined) ?? {});
  return profileFields.some((name) => properties.includes(name));
}

/**
 * The answers to a business's form as they are kept, or what is wrong with them, field by field. What goes into the
 * customer's profile later is checked like the profile itself.
 */
export function checkForm(service: ServiceKindRow, form: Form): { form: Form; errors: FieldError[] } {
  const errors = formErrors(service.form, form);
  if (service.business !== 'profile-change' || errors.length) return { form, errors };
  const values: Form = { ...form };
  const given = profileFields.filter((name) => form[name] !== undefined);
  if (!given.length) errors.push({ field: 'form', code: 'required' });
  for (const name of given) {
    const valid = profile[name].safeParse(form[name]);
    const value = name === 'phone' && valid.success ? normalizePhone(valid.data) : valid.data;
    if (value) values[name] = value;
    else errors.push({ field: `form.${name}`, code: name === 'phone' || name === 'email' ? name : 'malformed' });
  }
  return { form: values, errors };
}

/** A business that can be accepted now and the answers to its form, or what is wrong with either. */
export async function checkAcceptance(
  db: Executor,
  { service: id, form }: { service: string; form: Form },
): Promise<{ errors: FieldError[]; service?: ServiceKindRow; form: Form }> {
  const service = await findServiceKind(db, id);
  if (!service?.active) return { errors: [{ field: 'service', code: 'unknown-id' }], form };
  return { service, ...checkForm(service, form) };
}

/** What a ticket of this business begins with: its kind of business is the ticket's type. */
export function acceptanceOf({ id: service, business, identity }: ServiceKindRow, form: Form) {
  return { type: business, extras: { acceptance: { service, business, identity } }, form: { form } };
}

/**
 * What a step of business acceptance must be told before its workflow is asked (B1): whether the slot can still be had,
 * whether another business's form is filled in well. Returns the body as it is kept; throws 422 with its fields.
 */
export async function checkBusinessStep(
  db: Executor,
  step: string,
  ticket: TicketRow,
  body: Form,
): Promise<{ body: Form; refusal: Refusal | null }> {
  if (step === 'reserve' || step === 'rebook')
    return { body, refusal: await slotProblem(db, ticket, String(body.slot)) };
  if (step !== 'add-business') return { body, refusal: null };
  const category = await findCategory(db, String(body.category));
  if (category?.process !== 'acceptance') throw invalidFields([{ field: 'category', code: 'wrong-process' }]);
  const checked = await checkAcceptance(db, { service: String(body.service), form: (body.form as Form) ?? {} });
  if (checked.errors.length) throw invalidFields(checked.errors);
  return { body: { ...body, form: checked.form }, refusal: null };
}

/** Looked at here so that whoever asks hears it at once; who gets the last place is decided when it is booked. */
async function slotProblem(db: Executor, ticket: TicketRow, id: string): Promise<Refusal | null> {
  const slot = await findSlot(db, id);
  if (slot?.service !== (ticket.form as { service?: string }).service)
    throw invalidFields([{ field: 'slot', code: 'unknown-id' }]);
  const booked = (await bookedOf(db, [id])).get(id) ?? 0;
  const code = slotRefusal(slot!, booked, new Date());
  return code && { code, field: 'slot', detail: { slot: id } };
}
