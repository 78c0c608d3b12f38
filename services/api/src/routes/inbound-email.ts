import { z } from 'zod';
import { invalidFields } from '../http/problems';
import { everyone, ok, route } from '../http/route';
import { signedBy } from '../http/signed';
import { readGivenMail, readRawMail } from '../mail/parse';
import { takeMail } from '../mail/take';

/** 10 MB as base64. */
const RAW_LENGTH = 14_000_000;

const envelope = z.strictObject({
  from: z.string().max(320).optional().meta({ description: 'The return path: empty for a bounce' }),
  to: z.array(z.string().max(320)).min(1).max(100),
});

/** The one way by which mail comes in (G1): from our own SMTP listener, or a provider's webhook. */
export const inboundEmailRoutes = [
  route({
    method: 'post',
    path: '/inbound/email',
    tag: 'conversations',
    summary: { zh: '收到的邮件(签名)', en: 'A mail that came in (signed webhook)' },
    who: everyone,
    object: signedBy((env) => env.DUBAN_INBOUND_MAIL_SECRET),
    body: z.union([
      z.strictObject({
        envelope,
        raw: z.base64().min(1).max(RAW_LENGTH).meta({ description: 'The RFC 822 message, in base64; at most 10 MB' }),
      }),
      z.strictObject({
        envelope,
        mail: z.strictObject({
          from: z.email(),
          fromName: z.string().trim().min(1).max(200).optional(),
          subject: z.string().max(1000).default(''),
          text: z.string().max(200_000),
          messageId: z.string().max(998).optional(),
          headers: z.record(z.string(), z.string()).default({}).meta({ description: 'Auto-Submitted and the like' }),
          attachments: z
            .array(
              z.strictObject({
                name: z.string().max(200),
                type: z.string().max(100),
                sizeBytes: z.number().int().min(0),
              }),
            )
            .max(50)
            .default([]),
        }),
      }),
    ]),
    answers: {
      200: z
        .strictObject({
          outcome: z.enum(['threaded', 'new', 'loop', 'refused']),
          repeated: z.boolean(),
          automatic: z.boolean(),
          conversation: z.string().nullable(),
          ticket: z.string().nullable(),
        })
        .meta({ id: 'MailTaken' }),
    },
    async handle({ body, trace }, deps) {
      const mail =
        'raw' in body
          ? await readRawMail(Buffer.from(body.raw, 'base64'), body.envelope)
          : readGivenMail(body.mail, body.envelope);
      // A bounce need not name a sender; any other mail without one cannot be answered or matched.
      if (!mail.from && !mail.automatic) throw invalidFields([{ field: 'raw', code: 'malformed' }]);
      return ok(await takeMail(mail, trace, deps));
    },
  }),
];
