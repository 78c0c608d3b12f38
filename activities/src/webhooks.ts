import { createHmac } from 'node:crypto';
import {
  type Database,
  type WebhookDelivery,
  type WebhookOutcome,
  nextWebhookAttempt,
  settleWebhookDelivery,
  takeWebhookDelivery,
  trimWebhookLog,
} from '@duban/database';
import { AddressRefused, type Logger, type OutgoingRules, crashPoint, postOut, signedHeaders } from '@duban/platform';

export interface WebhookDeps {
  database: Database;
  log: Logger;
  /** The centre's secret, from which each endpoint's is derived; the API shows the same. */
  secret: string;
  /** Which addresses may be called. */
  rules: OutgoingRules;
}

/** One activity sends so many at most: a queue of thousands becomes several events in the history, not thousands. */
const BATCH = 200;
/** A receiver has this long to answer: it should queue, not work. */
const ANSWER_MS = 10_000;
/** Below the activity's own limit. */
const BUDGET_MS = 60_000;
const GONE = 410;
const BUSY = 429;

/** The signing secret of an endpoint, as Standard Webhooks writes one; another for each version. */
export function webhookSecret(secret: string, endpoint: string, version: number): string {
  return `whsec_${createHmac('sha256', secret).update(`webhook:${endpoint}:${version}`).digest('base64')}`;
}

/** Sends what is queued for other systems (issue 4, section 12). An event may arrive twice, under the same id. */
export function createWebhookActivities(deps: WebhookDeps) {
  const { database, log } = deps;

  return {
    /**
     * Sends an endpoint's due events in order, until none is due, it does not answer, or the batch is over.
     * @returns when the next falls due, UTC ms; null when none waits
     */
    async deliverWebhooks({ endpoint }: { endpoint: string }): Promise<{ nextAt: number | null }> {
      const end = Date.now() + BUDGET_MS;
      for (let n = 0; n < BATCH && Date.now() < end; n++) {
        const taken = await takeWebhookDelivery(database.db, endpoint);
        if (!taken) break;
        const { delivery, url, secretVersion } = taken;
        const outcome = await attempt(deps, delivery, url, secretVersion);
        crashPoint('effect-done');
        const disabled = await settleWebhookDelivery(database.db, delivery, outcome);
        const { ticket, attempts } = delivery;
        log.info({ endpoint, ticket, attempts, status: outcome.status, state: outcome.state }, 'webhook');
        if (disabled) log.warn({ endpoint }, 'webhook disabled');
      }
      await trimWebhookLog(database.db, endpoint);
      return { nextAt: await nextWebhookAttempt(database.db, endpoint) };
    },
  };
}

async function attempt(
  { secret, rules }: WebhookDeps,
  delivery: WebhookDelivery,
  url: string,
  version: number,
): Promise<WebhookOutcome> {
  const { endpoint, ticket, revision, index, at, kind, actor, data } = delivery;
  const id = `${endpoint}.${ticket}.${revision}.${index}`;
  const body = JSON.stringify({
    type: `ticket.${kind}`,
    timestamp: at.toISOString(),
    data: { ticket, revision, index, actor, ...(data === null ? {} : { change: data }) },
  });
  const headers = signedHeaders(webhookSecret(secret, endpoint, version), id, body);
  try {
    const status = await postOut(url, { headers, body, timeoutMs: ANSWER_MS, rules });
    if (status >= 200 && status < 300) return { state: 'sent', status };
    // Told not to come, or wrong for this one; a busy or broken receiver is left alone for a while.
    const answered = status < 500 && status !== BUSY;
    return { state: 'failed', status, error: `answered ${status}`, answered, gone: status === GONE };
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    const reason = error instanceof AddressRefused ? 'address refused' : (code ?? name);
    return { state: 'failed', status: null, error: reason, answered: false };
  }
}
