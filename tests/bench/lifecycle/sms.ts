import { setTimeout as sleep } from 'node:timers/promises';
import type { Mailbox, Sms } from '@duban/infra/local/mailbox';

const LOOK_EVERY_MS = 10;
const PATIENCE_MS = 120_000;

/** The SMS whose business key begins so, once the gateway has it. The gateway is in this process: looking costs little. */
export async function receivedSms(mailbox: Pick<Mailbox, 'sms'>, keyStart: string): Promise<Sms> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(LOOK_EVERY_MS)) {
    const sms = mailbox.sms.findLast(({ key }) => key.startsWith(keyStart));
    if (sms) return sms;
  }
  throw new Error(`no SMS ${keyStart} after ${PATIENCE_MS / 1000} s`);
}
