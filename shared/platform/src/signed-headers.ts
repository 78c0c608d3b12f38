import { Webhook } from 'standardwebhooks';

/** The headers of a JSON body that is signed as Standard Webhooks says, now. `secret` is a `whsec_…`. */
export function signedHeaders(secret: string, id: string, body: string): Record<string, string> {
  const now = new Date();
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, now, body),
  };
}
