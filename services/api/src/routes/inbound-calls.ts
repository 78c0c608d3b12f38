import { takeCallEvent } from '@duban/database';
import { z } from 'zod';
import { everyone, ok, route } from '../http/route';
import { instant } from '../http/schemas';
import { signedBy } from '../http/signed';
import { normalizePhone } from '../tickets/phone';

const id = z.string().regex(/^[\x21-\x7e]{1,200}$/);

/** Events of a telephone system, whichever it is (P3): signed as Standard Webhooks say, with DUBAN_TELEPHONY_SECRET. */
export const inboundCallRoutes = [
  route({
    method: 'post',
    path: '/inbound/calls',
    tag: 'calls',
    summary: { zh: '电话系统事件(签名)', en: 'An event of the telephone system (signed webhook)' },
    who: everyone,
    object: signedBy((env) => env.DUBAN_TELEPHONY_SECRET),
    body: z.object({
      type: z.enum(['call.ringing', 'call.answered', 'call.ended', 'call.recording']),
      timestamp: instant.meta({ description: 'When it happened; events may come late, twice and in any order' }),
      data: z.object({
        call: id.meta({ description: "The telephone system's id of the call" }),
        direction: z.enum(['inbound', 'outbound']),
        phone: z.string().max(40).nullable().meta({ description: "The customer's number; null when it was withheld" }),
        extension: z
          .string()
          .trim()
          .min(1)
          .max(20)
          .optional()
          .meta({ description: 'Which telephone rings or answered' }),
        recording: z.string().trim().min(1).max(500).optional().meta({ description: 'Where the recording is kept' }),
      }),
    }),
    answers: { 200: z.strictObject({ call: z.string(), fresh: z.boolean() }) },
    async handle({ object: event, body: { type, timestamp, data } }, { db }) {
      const { call, direction, extension, recording } = data;
      const phone = data.phone === null ? null : normalizePhone(data.phone);
      const kind = type.slice('call.'.length) as 'ringing';
      const at = new Date(timestamp);
      return ok(await takeCallEvent(db, { id: event, type: kind, at, call, direction, phone, extension, recording }));
    },
  }),
];
