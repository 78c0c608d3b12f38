import type { Message, Template } from '@duban/contracts';
import type { DeliveryOutcome, Executor } from '@duban/database';

export type ChannelName = 'in-app' | 'sms' | 'email';
export type Locale = 'zh' | 'en';

/** One message for one recipient, in the recipient's language. */
export interface Outgoing {
  /** The delivery's business key `message:channel:recipient`: a gateway may know a repetition by it. */
  key: string;
  ticket: string;
  template: Template;
  data: Message['data'];
  /** A staff number, or `customer`. */
  recipient: string;
  /** Telephone number, mailbox or staff number, as the channel needs it. Never logged. */
  address: string;
  title: string;
  text: string;
}

/** One way to reach people. Adapters live with the notification service. */
export interface Channel {
  readonly name: ChannelName;
  /**
   * Sends, and says what became of it; never throws for what the other side does. `tx` is for the channel inside our
   * own database: its effect and the plan of all others are one transaction.
   */
  send(outgoing: Outgoing, tx: Executor): Promise<DeliveryOutcome>;
}
export type Channels = Partial<Record<ChannelName, Channel>>;
