import { z } from 'zod';
import { serviceKinds } from './after-sales/kinds';
import { escalationReasons } from './common/steps';
import { emergencyTypes } from './emergency/steps';
import { idSchema } from './ids';
import { priorities } from './snapshot';
import { suggestionTypes } from './suggestion/steps';

export const channels = ['phone', 'chat', 'email', 'web'] as const;
export const titles = ['mr', 'ms', 'other'] as const;

const text = (max: number) => z.string().trim().min(1).max(max);

/** Who asks (G1, G2): a known customer by number, or what is needed to create the profile. */
export const intakeCustomerSchema = z.union([
  z.strictObject({ id: idSchema }),
  z.strictObject({
    name: text(100),
    title: z.enum(titles).default('other'),
    phone: text(30),
    email: z.email().optional(),
    locale: z.enum(['zh', 'en']).default('zh'),
  }),
  z.strictObject({ anonymous: z.literal(true), phone: text(30).optional() }),
]);

const common = {
  category: idSchema,
  channel: z.enum(channels),
  priority: z.enum(priorities).optional(),
  customer: intakeCustomerSchema,
  subject: text(200),
  content: text(8000),
  expectedAt: z.iso.datetime({ offset: true }).optional(),
  orderNo: text(64).optional(),
  productModel: text(100).optional(),
  remarks: text(2000).optional(),
  occurredAt: z.iso.datetime({ offset: true }).optional(),
  consignee: text(100).optional(),
  keyPoints: text(4000).optional(),
  /** What whoever takes it must be able to do, beside what its category asks (G7). */
  skills: z.array(idSchema).max(10).optional(),
  /** The call or the conversation it came from: tied to the ticket. */
  call: idSchema.optional(),
  conversation: idSchema.optional(),
};

/** C1: 业务咨询, 信息查询, 操作指导. */
export const consultationIntake = z.strictObject({
  process: z.literal('consultation'),
  type: z.enum(['business', 'information', 'guidance']).default('business'),
  ...common,
});

/** K1: cause, time, persons involved and demand are core elements. */
export const complaintIntake = z.strictObject({
  process: z.literal('complaint'),
  type: z.enum(['product', 'logistics', 'service']).default('service'),
  ...common,
  occurredAt: z.iso.datetime({ offset: true }),
  place: text(200).optional(),
  cause: text(2000),
  persons: text(500),
  demands: z.array(z.enum(['apology', 'compensation', 'rectification'])).min(1),
});

/** E1: the application form, on its own (from a ticket it is the step `escalate`). */
export const escalationIntake = z.strictObject({
  process: z.literal('escalation'),
  type: z.enum(escalationReasons).default('several-departments'),
  ...common,
  reason: text(2000),
  tried: text(4000),
  expected: text(2000),
  departments: z.array(idSchema).max(20).default([]),
  committee: z.boolean().default(false),
});

/** B1: a business that the administrator keeps, with its own form; its kind of business is the ticket's type. */
export const acceptanceIntake = z.strictObject({
  process: z.literal('acceptance'),
  ...common,
  service: idSchema,
  form: z.record(z.string().max(64), z.unknown()).default({}),
});

/** A1: what the customer asks for; what may be given, the policy check says. */
export const afterSalesIntake = z.strictObject({
  process: z.literal('after-sales'),
  type: z.enum([...serviceKinds, 'other']).default('other'),
  ...common,
});

/** F1: where, of what, and since when; whether an announcement covers it, area and service say. */
export const faultIntake = z.strictObject({
  process: z.literal('fault'),
  type: z.enum(['outage', 'degraded', 'intermittent', 'other']).default('outage'),
  ...common,
  area: idSchema,
  service: idSchema,
  symptom: text(2000),
  occurredAt: z.iso.datetime({ offset: true }),
});

/** T1: what the device or software does. */
export const technicalSupportIntake = z.strictObject({
  process: z.literal('technical-support'),
  type: z.enum(['device', 'software', 'other']).default('device'),
  ...common,
  symptom: text(2000),
});

/** U1: whoever takes it down asks as little as possible; its plan is found by its category. */
export const emergencyIntake = z.strictObject({
  process: z.literal('emergency'),
  type: z.enum(emergencyTypes).default('other-emergency'),
  ...common,
});

/** S1 */
export const suggestionIntake = z.strictObject({
  process: z.literal('suggestion'),
  type: z.enum(suggestionTypes).default('other'),
  ...common,
});

export const intakeSchema = z.discriminatedUnion('process', [
  consultationIntake,
  complaintIntake,
  escalationIntake,
  acceptanceIntake,
  afterSalesIntake,
  faultIntake,
  technicalSupportIntake,
  emergencyIntake,
  suggestionIntake,
]);
export type Intake = z.infer<typeof intakeSchema>;
