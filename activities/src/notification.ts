import { ApplicationFailure } from '@temporalio/common';
import type { Message, NotifyInput, Template } from '@duban/contracts';
import {
  type Contact,
  type Database,
  type Delivery,
  type DeliveryOutcome,
  type Executor,
  type NewDelivery,
  type Recipient,
  addDeliveries,
  createCustomerLink,
  faultWords,
  plannedMessages,
  readContacts,
  readNames,
  readStepTexts,
  readTasks,
  recordOutcome,
  resolveAddressees,
  takeDeliveries,
  takeResends,
} from '@duban/database';
import { type Logger, crashPoint } from '@duban/platform';
import type { ChannelName, Channels, Outgoing } from './notification/channel';
import { customerMessage, linkPurpose } from './notification/customer-texts';
import { faultText } from './notification/fault-text';
import { staffMessage } from './notification/templates';
import { emergenciesIn, ownersOf } from './notification/texts';

export interface NotificationDeps {
  database: Database;
  /** A channel that is missing is not used. */
  channels: Channels;
  log: Logger;
  /** Where customers' links lead: `<publicUrl>/p/…`, `/s/…` and `/r/…`. */
  publicUrl: string;
  /** IANA zone of the times in texts. */
  timeZone?: string;
}

interface Letter {
  delivery: Delivery;
  /** Null when the recipient cannot be reached any more. */
  outgoing: Outgoing | null;
}

/** What also goes to a person's telephone (G8, G13, E3). */
const bySms: ReadonlySet<Template> = new Set([
  'ticket-assigned',
  'clock-breached',
  'clock-escalated',
  'urged-again',
  'approval-wanted',
  'department-asked',
  'repair-wanted',
  'visit-reminder',
  'help-wanted',
  'emergency-raised',
  'task-wanted',
]);
/** What goes out on every channel a person has (U1). */
const byEveryChannel: ReadonlySet<Template> = new Set(['emergency-raised']);
const DAY_MS = 86_400_000;
/** Longer than any survey window: whether an answer comes too late, the workflow decides. */
const LINK_LASTS_MS = { progress: 180 * DAY_MS, survey: 30 * DAY_MS, revisit: 30 * DAY_MS };
const LINK_PAGES = { progress: 'p', survey: 's', revisit: 'r' };
const STALE_MS = 5 * 60_000;

/** Tells people (G8, G9, G13; design 8). Every message goes out once per channel and recipient, whatever happens. */
export function createNotificationActivities(deps: NotificationDeps) {
  return {
    /**
     * Sends the messages of one ticket. Throws, to be retried, only while a delivery is certainly unsent; what failed
     * for good or is unknown is in the delivery log.
     */
    async notify(input: NotifyInput): Promise<void> {
      const outcomes = await tellOnce(deps, input);
      if (outcomes.some((outcome) => outcome.state === 'retry'))
        throw ApplicationFailure.retryable('deliveries are still pending', 'DeliveryPending');
    },
  };
}

/** Sends a ticket's messages, each once for each channel and recipient, however often it is asked; what became of them. */
export async function tellOnce(deps: NotificationDeps, { ticket, messages }: NotifyInput): Promise<DeliveryOutcome[]> {
  const letters = await deps.database.db.transaction(async (tx) => {
    const keys = messages.map((message) => message.key);
    const planned = await plannedMessages(tx, ticket, keys);
    const fresh = messages.filter((message) => !planned.includes(message.key));
    const letters = await compose(deps, tx, ...(await plan(deps, tx, ticket, fresh)));
    if (!planned.length) return letters;
    const { taken, lost } = await takeDeliveries(tx, ticket, planned);
    for (const key of lost) deps.log.warn({ ticket, key }, 'interrupted while sending; not sent again by itself');
    return [...letters, ...(await compose(deps, tx, taken))];
  });
  return dispatch(deps, letters, messages);
}

/**
 * Sends what supervisors asked to be sent again (`retryDelivery`); the notification service calls it every few seconds.
 * @returns how many deliveries it attempted
 */
export function createResender(deps: NotificationDeps): () => Promise<number> {
  return async () => {
    const letters = await deps.database.db.transaction(async (tx) =>
      compose(deps, tx, await takeResends(tx, 20, STALE_MS)),
    );
    await dispatch(deps, letters);
    return letters.length;
  };
}

/** Settles, once for each message, who is told by which channel; in-app messages are written with it. */
async function plan(
  deps: NotificationDeps,
  tx: Executor,
  ticket: string,
  messages: Message[],
): Promise<[Delivery[], Map<string, Contact>]> {
  const rows: NewDelivery[] = [];
  const contacts = new Map<string, Contact>();
  for (const { key, template, data, to } of messages) {
    const recipients = await resolveAddressees(tx, ticket, to);
    let told = 0;
    for (const recipient of recipients) {
      contacts.set(recipient.id, recipient);
      for (const channel of channelsFor(deps.channels, template, data, recipient)) {
        told++;
        const own = { key: `${key}:${channel}:${recipient.id}`, ticket, template, data, recipient: recipient.id };
        if (channel !== 'in-app') rows.push({ ...own, channel });
        else await deps.channels[channel]?.send({ ...own, address: recipient.id, title: '', text: '' }, tx);
      }
    }
    if (!told) deps.log.warn({ ticket, key }, 'nobody could be told');
  }
  return [await addDeliveries(tx, rows), contacts];
}

function channelsFor(
  channels: Channels,
  template: Template,
  data: Message['data'],
  recipient: Recipient,
): ChannelName[] {
  const usable = (name: ChannelName) =>
    channels[name] !== undefined && (name === 'in-app' || addressOf(name, recipient));
  if (recipient.as === 'customer') {
    const order: ChannelName[] = data.channel === 'email' ? ['email', 'sms'] : ['sms', 'email'];
    return order.filter(usable).slice(0, 1);
  }
  const wanted: ChannelName[] = ['in-app'];
  if (bySms.has(template)) wanted.push('sms');
  if (recipient.as === 'department' || byEveryChannel.has(template)) wanted.push('email');
  return wanted.filter(usable);
}

const addressOf = (channel: string, contact: Contact) => (channel === 'sms' ? contact.phone : contact.email);

/** The texts, with what only PostgreSQL knows: addresses, people's words, and the customer's link made here. */
async function compose(
  deps: NotificationDeps,
  tx: Executor,
  taken: Delivery[],
  known: ReadonlyMap<string, Contact> = new Map(),
): Promise<Letter[]> {
  const ids = (name: string) => [...new Set(taken.flatMap(({ data }) => (data[name] ? [String(data[name])] : [])))];
  const texts = await readStepTexts(tx, ids('step'));
  const faults = await faultWords(tx, ids('announcement'));
  const tasks = await readTasks(tx, emergenciesIn(taken));
  const names = await readNames(tx, [...ids('department'), ...ids('late'), ...ownersOf(tasks)]);
  const letters: Letter[] = [];
  for (const delivery of taken) {
    const { ticket, channel, recipient, data, key } = delivery;
    const template = delivery.template as Template;
    const contact = known.get(recipient) ?? (await readContacts(tx, ticket, [recipient])).get(recipient);
    const address = contact && addressOf(channel, contact);
    if (!address) {
      letters.push({ delivery, outgoing: null });
      continue;
    }
    const forCustomer = recipient === 'customer';
    const text = texts.get(String(data.step));
    // A department's own step may be told of before its row is written: later, then.
    if (forCustomer && data.step && text === undefined)
      throw ApplicationFailure.retryable('the step is not written yet', 'MaterialPending');
    const { locale } = contact;
    const timeZone = deps.timeZone ?? 'Asia/Shanghai';
    const context = { ticket, data, locale, names, timeZone, tasks: tasks.get(ticket) };
    const words = text ?? faultText(faults.get(String(data.announcement)), locale, timeZone);
    const message = forCustomer
      ? customerMessage(template, { ...context, text: words, link: await makeLink(deps, tx, ticket, template) })
      : staffMessage(template, context);
    const body = channel === 'sms' ? message.sms : message.text;
    letters.push({
      delivery,
      outgoing: { key, ticket, template, data, recipient, address, title: message.title, text: body },
    });
  }
  return letters;
}

async function makeLink(deps: NotificationDeps, tx: Executor, ticket: string, template: Template): Promise<string> {
  const purpose = linkPurpose(template);
  const secret = await createCustomerLink(tx, { ticket, purpose, lastsMs: LINK_LASTS_MS[purpose] });
  return `${deps.publicUrl.replace(/\/+$/, '')}/${LINK_PAGES[purpose]}/${secret}`;
}

/** Sends all at once, so that the slowest gateway bounds the whole; each outcome is recorded as soon as it is known. */
async function dispatch(
  deps: NotificationDeps,
  letters: Letter[],
  messages: Message[] = [],
): Promise<DeliveryOutcome[]> {
  const traceOf = ({ delivery }: Letter) => messages.find(({ key }) => delivery.key.startsWith(`${key}:`))?.trace;
  const settled = await Promise.allSettled(letters.map((letter) => sendOne(deps, letter, traceOf(letter))));
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

async function sendOne(
  deps: NotificationDeps,
  { delivery, outgoing }: Letter,
  trace: string | undefined,
): Promise<DeliveryOutcome> {
  const channel = deps.channels[delivery.channel as ChannelName];
  const outcome: DeliveryOutcome =
    outgoing && channel
      ? await channel
          .send(outgoing, deps.database.db)
          .catch((error: Error) => ({ state: 'unknown', reason: `${channel.name}: ${error.name}` }))
      : { state: 'failed', reason: outgoing ? 'no such channel' : 'no address' };
  if (outcome.state === 'sent') crashPoint('effect-done');
  await recordOutcome(deps.database.db, delivery, outcome);
  if (outcome.state === 'sent') crashPoint('effect-reported');
  const { ticket, key } = delivery;
  if (outcome.state === 'sent') deps.log.info({ ticket, key, trace }, 'sent');
  else deps.log.warn({ ticket, key, trace, state: outcome.state, reason: outcome.reason }, 'not sent');
  return outcome;
}
