import { titles } from '@duban/contracts/schemas';
import { type Consent, type Customer, type CustomerContact, INTERNAL_CUSTOMER, findCustomer } from '@duban/database';
import { Problem } from '@duban/platform';
import { z } from 'zod';
import type { Deps } from '../deps';
import { invalidFields, problems } from '../http/problems';
import { instant } from '../http/schemas';
import { maskEmail, maskPhone } from '../tickets/masking';
import { normalizePhone, phoneKind } from '../tickets/phone';

export const preferencesSchema = z.strictObject({
  channel: z.enum(['phone', 'sms', 'email', 'chat']).optional(),
  timeOfDay: z.enum(['morning', 'afternoon', 'evening']).optional(),
  noRevisits: z.boolean().optional().meta({ description: 'They do not want to be revisited (R1)' }),
});

const basics = {
  id: z.string(),
  name: z.string().nullable(),
  title: z.enum(titles),
  phone: z.string().nullable(),
  email: z.string().nullable(),
  class: z.string(),
  anonymous: z.boolean(),
  locale: z.string(),
  preferences: preferencesSchema,
  createdAt: instant,
  erasedAt: instant.nullable(),
  masked: z.boolean(),
};
export const customerSchema = z.strictObject(basics).meta({ id: 'Customer' });

export const contactSchema = z
  .strictObject({
    id: z.number().int(),
    kind: z.enum(['phone', 'mobile', 'landline', 'email']),
    value: z.string(),
    preferred: z.boolean(),
    verifiedAt: instant.nullable(),
    createdAt: instant,
    masked: z.boolean(),
  })
  .meta({ id: 'CustomerContact' });

export const consentSchema = z
  .strictObject({
    id: z.number().int(),
    purpose: z.enum(['recording']),
    given: z.boolean(),
    how: z.enum(['spoken', 'written', 'web']),
    at: instant,
    recordedBy: z.string(),
    call: z.string().nullable(),
  })
  .meta({ id: 'Consent' });

/** A profile with how its person can be reached and what they said to being recorded last. */
export const customerFileSchema = z
  .strictObject({ ...basics, contacts: z.array(contactSchema), recording: consentSchema.nullable() })
  .meta({ id: 'CustomerFile' });

/** Telephone and e-mail masked; `full` shows them, which the caller records (P4). */
export function customerView(customer: Customer, full = false) {
  const { mergedInto: _, ...rest } = customer;
  return full
    ? { ...rest, masked: false }
    : { ...rest, phone: maskPhone(customer.phone), email: maskEmail(customer.email), masked: true };
}

export function contactView({ customer: _, ...contact }: CustomerContact, full = false) {
  const value = contact.kind === 'email' ? maskEmail(contact.value) : maskPhone(contact.value);
  return { ...contact, value: full ? contact.value : value!, masked: !full };
}

export function consentView({ customer: _, ...consent }: Consent) {
  return consent;
}

export function customerFile(customer: Customer, contacts: CustomerContact[], consents: Consent[], full = false) {
  const [latest] = consents;
  return {
    ...customerView(customer, full),
    contacts: contacts.map((contact) => contactView(contact, full)),
    recording: latest ? consentView(latest) : null,
  };
}

/** The profile, or 404; one that was merged answers 409 with the number of the one it is part of. */
export async function ofCustomer({ params }: { params: { id: string } }, { db }: Deps): Promise<Customer> {
  const customer = await findCustomer(db, params.id);
  if (!customer || customer.id === INTERNAL_CUSTOMER) throw problems.notFound();
  if (customer.mergedInto)
    throw new Problem(
      409,
      'merged',
      { zh: '该客户档案已合并', en: 'This profile was merged into another one' },
      { customer: customer.mergedInto },
    );
  return customer;
}

/** Writes about somebody who was erased are refused. */
export async function ofLivingCustomer(call: { params: { id: string } }, deps: Deps): Promise<Customer> {
  const customer = await ofCustomer(call, deps);
  if (customer.erasedAt)
    throw problems.conflict('erased', '该客户资料已删除', 'The personal data of this customer were erased');
  return customer;
}

/** A number as E.164, or 422 for this field. */
export function e164(phone: string, field = 'phone'): string {
  const normal = normalizePhone(phone);
  if (normal === null) throw invalidFields([{ field, code: 'phone' }]);
  return normal;
}

/** A number or address as contacts are kept, or 422 for this field. */
export function contactOf(text: string, field = 'value') {
  if (!text.includes('@')) {
    const value = e164(text, field);
    return { value, kind: phoneKind(value) };
  }
  const email = z.email().safeParse(text.trim().toLowerCase());
  if (!email.success) throw invalidFields([{ field, code: 'email' }]);
  return { value: email.data, kind: 'email' as const };
}
