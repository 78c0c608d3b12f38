import { Problem } from '@duban/platform';
import express, { type RequestHandler } from 'express';
import { Webhook } from 'standardwebhooks';
import type { Deps } from '../deps';
import type { Call } from './route';

/** A mail of 10 MB in base64, and what stands around it. */
const BODY_LIMIT = '15mb';

/** Bodies whose very bytes are signed: kept beside what they mean. Only for `/inbound`. */
export function signedBodies(): RequestHandler {
  return express.json({
    limit: BODY_LIMIT,
    verify: (_request, response, bytes) => {
      (response as express.Response).locals.signedBytes = bytes;
    },
  });
}

export const webhookHeaders = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/**
 * An `object` loader for webhooks: their id once the signature (Standard Webhooks) is good and no older than five
 * minutes. Throws 400 otherwise, 503 where no secret is configured.
 */
export function signedBy(secretOf: (env: Deps['env']) => string) {
  return async (
    { request, response }: Pick<Call<never, never, never, never, never>, 'request' | 'response'>,
    { env }: Deps,
  ): Promise<string> => {
    const secrets = secretOf(env).split(/\s+/).filter(Boolean);
    if (!secrets.length)
      throw new Problem(503, 'not-configured', { zh: '未配置签名密钥', en: 'No signing secret is configured' });
    const headers = Object.fromEntries(webhookHeaders.map((name) => [name, request.get(name) ?? '']));
    const bytes = (response.locals.signedBytes as Buffer | undefined) ?? Buffer.alloc(0);
    if (!secrets.some((secret) => verifies(secret, bytes, headers)))
      throw new Problem(400, 'bad-signature', {
        zh: '签名无效或已过期',
        en: 'The signature is wrong or too old',
      });
    return headers['webhook-id']!;
  };
}

function verifies(secret: string, bytes: Buffer, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(bytes, headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}
