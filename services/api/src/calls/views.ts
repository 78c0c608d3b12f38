import { type CallRow, type Customer, findCall } from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import { problems } from '../http/problems';
import { instant } from '../http/schemas';
import { maskPhone } from '../tickets/masking';

export const callSchema = z
  .strictObject({
    id: z.string(),
    direction: z.enum(['inbound', 'outbound']),
    phone: z.string().nullable(),
    extension: z.string().nullable(),
    agent: z.string().nullable(),
    customer: z.string().nullable(),
    ticket: z.string().nullable(),
    startedAt: instant,
    ringingAt: instant.nullable(),
    answeredAt: instant.nullable(),
    endedAt: instant.nullable(),
    answerMs: z.number().int().nullable().meta({ description: 'From the first ringing to the answer' }),
    durationMs: z.number().int().nullable().meta({ description: 'From the answer to the end' }),
    answeredInTime: z.boolean().nullable().meta({ description: 'Within three rings, which are 15 s' }),
    recording: z.string().nullable(),
    recordingWithheld: z.boolean(),
    category: z.string().nullable(),
    note: z.string().nullable(),
    createdBy: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'Call' });

const between = (from: Date | null, to: Date | null) =>
  from && to ? Math.max(0, to.getTime() - from.getTime()) : null;

/** A call as the desk sees it: its number masked (P4). */
export function callView({ externalId: _, ...call }: CallRow) {
  return {
    ...call,
    phone: maskPhone(call.phone),
    answerMs: between(call.ringingAt, call.answeredAt),
    durationMs: between(call.answeredAt, call.endedAt),
  };
}

export async function ofCall({ params }: { params: { id: string } }, { db }: Deps): Promise<CallRow> {
  const call = await findCall(db, params.id);
  if (!call) throw problems.notFound();
  return call;
}

export const callerSchema = z
  .strictObject({
    id: z.string(),
    name: z.string().nullable(),
    title: z.string(),
    class: z.string(),
    anonymous: z.boolean(),
    locale: z.string(),
    recording: z.boolean().nullable().meta({ description: 'Consents to recordings; null when never asked' }),
  })
  .meta({ id: 'Caller' });

export function callerView({ id, name, title, class: of, anonymous, locale }: Customer, recording: boolean | null) {
  return { id, name, title, class: of, anonymous, locale, recording };
}
