import type { Client } from '@temporalio/client';
import { type ChangeKind, type Label, type Template, templateLabels } from '@duban/contracts';
import type { Centre, TicketView } from '../centre';
import { demoStaff, firstLogin } from '../demo-data';
import { advance, virtualNow } from '../virtual-time';
import { type Entry, type Lang, type Told, describe, localTime, recipients } from './telling';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Where the story is told, and how. */
export interface Stage {
  centre: Centre;
  client: Client;
  lang: Lang;
  /** Address of a workflow in the Temporal UI; undefined where the UI is not known. */
  link(ticket: string): string | undefined;
  /** The local SMS gateway's page. */
  mailboxUrl: string;
  print(line: string): void;
}

/** The story did not go as told. */
export class StoryBroken extends Error {}

interface Sms {
  key: string;
  text: string;
}

/** A virtual deadline is overshot a little, so that what it sets off has happened before time stands still again. */
const OVERSHOOT_MS = MINUTE;
const WAIT_MS = 15_000;
const LOOK_MS = 100;
const marks: Partial<Record<ChangeKind, string>> = {
  reminded: '· ',
  warned: '⚠ ',
  breached: '✗ ',
  'escalated-up': '▲ ',
};
const names = new Map(demoStaff.map(({ id, name }) => [id, name]));
const dim = (text: string) => (process.stdout.isTTY ? `\x1b[2m${text}\x1b[0m` : text);

/**
 * One story: acts as the centre's people through the API, moves its tickets through virtual time together, prints what
 * their timelines and messages say, and throws StoryBroken where that is not what was to happen.
 */
export class Story {
  private readonly tickets: string[] = [];
  private readonly shown = new Set<string>();
  /** Who is told things in the stories, beside the handlers; each is asked for their own notifications. */
  private readonly cast = new Set([
    'SV001',
    'SV002',
    'TD001',
    'TD002',
    'FD001',
    'FD002',
    'CM001',
    'CM002',
    'TS002',
    'RV001',
  ]);

  constructor(
    private readonly stage: Stage,
    title: Label,
  ) {
    const other = stage.lang === 'zh' ? ` · ${title.en}` : '';
    stage.print(`\n━━ ${title[stage.lang]}${other} ${'━'.repeat(20)}`);
  }

  /** Takes a ticket into the story, with a link to its workflow. */
  follow(ticket: string, subject = ''): void {
    this.tickets.push(ticket);
    const link = this.stage.link(ticket);
    const words = this.stage.lang === 'zh' && subject ? `「${subject}」` : '';
    this.stage.print(`   ${this.stage.lang === 'zh' ? '工单' : 'Ticket'} ${ticket}${words}${link ? `  ${link}` : ''}`);
  }

  /** A line of the teller's own. */
  say(zh: string, en: string): void {
    const { lang, print } = this.stage;
    print(`   ${lang === 'zh' ? zh : en}`);
    if (lang === 'zh') print(dim(`   ${en}`));
  }

  /** Registers a ticket and waits for its handler, who confirms receipt. */
  async begin(
    staff: string,
    intake: Record<string, unknown> & { subject: string },
  ): Promise<{ ticket: string; handler: string }> {
    const ticket = await this.stage.centre.register(staff, intake);
    this.follow(ticket, intake.subject);
    const handler = await this.handlerOf(ticket);
    await this.take(handler, ticket, 'confirm-receipt');
    return { ticket, handler };
  }

  /** Who got the ticket; a newcomer who has not logged in yet hands it on by the supervisor. */
  private async handlerOf(ticket: string): Promise<string> {
    const { centre } = this.stage;
    const handler = await centre.handlerOf(ticket);
    if (handler !== firstLogin) return handler;
    await this.take('SV001', ticket, 'reassign', { to: 'CS005', note: '新员工尚未上岗,改派' });
    return (await centre.until(ticket, (now) => now.handler === 'CS005')).handler!;
  }

  /** A person takes a step. */
  async take(staff: string, ticket: string, step: string, input: Record<string, unknown> = {}): Promise<void> {
    await this.stage.centre.take(staff, ticket, step, input);
    this.cast.add(staff);
    await this.showEntries();
  }

  /** Stores evidence as a person; its id. */
  async material(staff: string, ticket: string, kind: string, body: Record<string, unknown>): Promise<string> {
    const stored = await this.stage.centre.request<{ id: string }>(staff, 'POST', '/materials', { ticket, kind, body });
    return stored.body.id;
  }

  /** A department's own system takes a step by the Signal of the same name (D1). */
  async signal(department: string, ticket: string, step: string, command: object, material?: string): Promise<void> {
    const actor = { kind: 'system', id: `SYS-${department}`, roles: [], departments: [department] };
    const stepId = `demo-${ticket}-${step}-${department}`;
    const request = { stepId, actor, command, waitedMs: 0, origin: 'signal', ...(material ? { material } : {}) };
    await this.stage.client.workflow.getHandle(ticket).signal(step, request);
    await this.entry(ticket, 'step', { step });
    await this.showEntries();
  }

  /** The story's present moment, UTC ms: that of its first ticket. */
  now(): Promise<number> {
    return virtualNow(this.stage.client, this.tickets[0]!);
  }

  /** An instant `ms` after the story's present moment, as a person writes it. */
  async in(ms: number): Promise<string> {
    return new Date((await this.now()) + ms).toISOString();
  }

  /** Lets time pass until just after a share of a clock's target, or so long after its due instant. */
  async pass(ticket: string, clock: string, share: { percent: number } | { afterMs: number }): Promise<void> {
    const { snapshot } = await this.stage.centre.ticket(ticket);
    const found = snapshot?.clocks.find(({ key }) => key === clock) as { startedAt: number; dueAt: number } | undefined;
    if (!found) throw new StoryBroken(`${ticket} has no clock ${clock}`);
    const target = found.dueAt - found.startedAt;
    await this.passTo(
      'percent' in share ? found.startedAt + (target * share.percent) / 100 : found.dueAt + share.afterMs,
    );
  }

  /** Lets so much time pass. */
  async passBy(ms: number): Promise<void> {
    await this.passTo((await this.now()) + ms);
  }

  /** Brings every open ticket of the story to one instant. Nothing is sent to them meanwhile. */
  private async passTo(instant: number): Promise<void> {
    const { client } = this.stage;
    for (const ticket of this.tickets) {
      if ((await this.stage.centre.ticket(ticket)).archived) continue;
      const by = instant + OVERSHOOT_MS - (await virtualNow(client, ticket));
      if (by > 0) await advance(client, ticket, by);
    }
    this.stage.print(`   ⏩ ${localTime(instant + OVERSHOOT_MS)}`);
    await this.show();
  }

  /** Waits for a timeline entry of this kind whose data fit. */
  async entry(ticket: string, kind: ChangeKind, data: Record<string, unknown> = {}): Promise<Entry> {
    const fits = (entry: Entry) =>
      entry.kind === kind && Object.entries(data).every(([name, value]) => entry.data[name] === value);
    return this.wait(
      async () => (await this.timeline(ticket)).find(fits),
      () => `${ticket}: no "${kind}" ${JSON.stringify(data)} on its timeline`,
    );
  }

  /** Waits until each of these people (or `customer`) was told by a message of this template; prints what is new. */
  async told(ticket: string, template: Template, ...people: string[]): Promise<void> {
    for (const id of people) if (id !== 'customer') this.cast.add(id);
    const missing = async () => {
      const start = `${ticket}:${template}:`;
      const messages = (await this.messages()).filter(({ key }) => key.startsWith(start));
      return people.filter((id) => !messages.some(({ to }) => to.has(id)));
    };
    await this.wait(
      async () => (await missing()).length === 0 || undefined,
      () => `${ticket}: ${template} did not reach ${people.join(', ')}`,
    );
    await this.show();
  }

  /** Waits until the ticket is as told. */
  async is(ticket: string, wanted: Partial<TicketView>): Promise<TicketView> {
    const view = await this.wait(
      async () => {
        const now = await this.stage.centre.ticket(ticket);
        return Object.entries(wanted).every(([name, value]) => now[name as keyof TicketView] === value)
          ? now
          : undefined;
      },
      () => `${ticket} is not ${JSON.stringify(wanted)}`,
    );
    await this.show();
    return view;
  }

  /** The customer opens the link of the survey SMS and answers; then the ticket is archived and its workflow over. */
  async survey(ticket: string, answers: Record<string, unknown>): Promise<void> {
    await this.told(ticket, 'survey-invitation', 'customer');
    const sms = await this.smsTo(`${ticket}:survey-invitation:`);
    const secret = /\/s\/([\w-]+)/.exec(sms)?.[1];
    if (!secret) throw new StoryBroken(`${ticket}: no link in the survey SMS`);
    await this.stage.centre.request(null, 'POST', `/public/survey/${secret}`, answers);
    await this.ended(ticket);
  }

  /** Waits until the ticket is archived and its workflow completed. */
  async ended(ticket: string): Promise<void> {
    await this.is(ticket, { archived: true });
    await this.wait(
      async () =>
        (await this.stage.client.workflow.getHandle(ticket).describe()).status.name === 'COMPLETED' || undefined,
      () => `${ticket}: its workflow has not completed`,
    );
  }

  /** What the customer was told by SMS, word for word; `key` is the message's, or how it begins. */
  private smsTo(key: string): Promise<string> {
    return this.wait(
      async () => {
        const page = await fetch(`${this.stage.mailboxUrl}/sms`).catch(() => undefined);
        const all = ((await page?.json()) ?? []) as Sms[];
        return all.findLast((sms) => sms.key.startsWith(key) && sms.key.endsWith(':sms:customer'))?.text;
      },
      () => `the SMS gateway at ${this.stage.mailboxUrl} has no ${key} for the customer`,
    );
  }

  /** Prints what has come to the timelines and the messages since. */
  private async show(): Promise<void> {
    await this.showEntries();
    for (const message of await this.messages()) {
      const added = [...message.to].filter(([id]) => this.isNew(`${message.key} ${id}`));
      if (added.length === 0) continue;
      const { lang, print } = this.stage;
      const words = message.title || (await this.wordsTo(message));
      print(`                → ${recipients(added, lang)}${lang === 'zh' ? ':' : ': '}${words}`);
    }
  }

  /** A customer's SMS word for word; of others only what it was about. */
  private async wordsTo({ key, template, to }: Told): Promise<string> {
    const label = templateLabels[template as Template][this.stage.lang];
    return to.has('customer') ? this.smsTo(key).catch(() => label) : label;
  }

  private async showEntries(): Promise<void> {
    const { lang, print } = this.stage;
    const found = await Promise.all(
      this.tickets.map(async (ticket) => (await this.timeline(ticket)).map((entry) => ({ ...entry, ticket }))),
    );
    const entries = found
      .flat()
      .filter((entry) => this.isNew(`${entry.ticket} ${entry.revision}.${entry.index}`) && !isEndStage(entry));
    entries.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    for (const entry of entries) {
      const words = describe(entry);
      const who = entry.actor ? whoIs(entry.actor.id, lang) : '';
      const place = this.tickets.length > 1 ? `…${entry.ticket.slice(-4)} ` : '';
      const subtitle = lang === 'zh' ? dim(`  ${words.en}`) : '';
      const by = who && `${who}${lang === 'zh' ? ' ' : ': '}`;
      const line = [place, marks[entry.kind] ?? '', by, words[lang], subtitle].join('');
      print(`   ${localTime(Date.parse(entry.at))}  ${line}`);
    }
  }

  private isNew(key: string): boolean {
    return !this.shown.has(key) && Boolean(this.shown.add(key));
  }

  private async timeline(ticket: string): Promise<Entry[]> {
    const path = `/tickets/${ticket}/timeline`;
    return (await this.stage.centre.request<{ entries: Entry[] }>('SV001', 'GET', path)).body.entries;
  }

  /** Every message so far: in-app ones as those concerned see them, SMS and e-mail from the delivery log. */
  private async messages(): Promise<Told[]> {
    const { centre, lang } = this.stage;
    const headers = { 'accept-language': lang };
    const messages = new Map<string, Told>();
    const add = (fullKey: string, template: string, title: string) => {
      const [end = '', channel = '', recipient = ''] = /:(in-app|sms|email):([^:]+)$/.exec(fullKey) ?? [];
      const key = fullKey.slice(0, fullKey.length - end.length);
      const message = messages.get(key) ?? { key, template, title: '', to: new Map<string, string[]>() };
      message.title ||= title;
      message.to.set(recipient, [...(message.to.get(recipient) ?? []), channel]);
      messages.set(key, message);
    };
    const path = '/notifications?limit=100';
    const notices = await Promise.all(
      [...this.cast].map((staff) =>
        centre.request<{ notifications: Notice[] }>(staff, 'GET', path, undefined, headers),
      ),
    );
    for (const { key, ticket, template, title } of notices.flatMap(({ body }) => body.notifications.reverse()))
      if (this.tickets.includes(ticket)) add(key, template, title);
    for (const ticket of this.tickets) {
      const path = `/deliveries?ticket=${ticket}&limit=100`;
      const { body } = await centre.request<{ deliveries: Delivery[] }>('SV001', 'GET', path);
      for (const { key, template, state } of body.deliveries.reverse())
        if (state !== 'failed' && state !== 'unknown') add(key, template, '');
    }
    return [...messages.values()];
  }

  private async wait<T>(look: () => Promise<T | undefined>, otherwise: () => string): Promise<T> {
    for (const end = Date.now() + WAIT_MS; ; await new Promise((resolve) => setTimeout(resolve, LOOK_MS))) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > end) throw new StoryBroken(otherwise());
    }
  }
}

function whoIs(id: string, lang: Lang): string {
  if (id === 'customer') return lang === 'zh' ? '客户' : 'Customer';
  return `${id} ${(lang === 'zh' && names.get(id)) || ''}`.trim();
}

/** The way into the archive says nothing that its own entry does not. */
const isEndStage = ({ kind, data }: Entry) =>
  kind === 'stage' && (data.stage === 'archiving' || data.stage === 'ended');

interface Notice {
  key: string;
  ticket: string;
  template: string;
  title: string;
}
interface Delivery {
  key: string;
  template: string;
  state: string;
}
