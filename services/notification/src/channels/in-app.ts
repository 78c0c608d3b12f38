import type { Channel } from '@duban/activities';
import { writeNotification } from '@duban/database';

/** Notifications inside Duban: written in the transaction that plans the message, so nothing can come between (G8). */
export function createInAppChannel(): Channel {
  return {
    name: 'in-app',
    async send({ key, ticket, template, data, recipient }, tx) {
      await writeNotification(tx, { key, ticket, template, data, staff: recipient });
      return { state: 'sent' };
    },
  };
}
