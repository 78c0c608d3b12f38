import { webhookSecret } from '@duban/infra/local/services';
import { playCall } from '@duban/infra/local/phone-system';
import { createTransport } from 'nodemailer';
import { type TestCentre, openCentre } from '../support/centre';

let centre: TestCentre;
beforeAll(async () => {
  centre = await openCentre();
});
afterAll(() => centre.close());

const mail = (from: string, to: string, subject: string, text: string) =>
  createTransport({ host: '127.0.0.1', port: centre.mailInPort, ignoreTLS: true }).sendMail({
    from,
    to,
    subject,
    text,
  });
const header = (raw: string, name: string) =>
  new RegExp(`^${name}:(.*(?:\\r?\\n[ \\t].*)*)`, 'im')
    .exec(raw)?.[1]
    ?.replace(/\r?\n[ \t]+/g, ' ')
    .trim();

describe('channels of the running centre (G1, P3)', () => {
  test('a mail becomes a running ticket; its reply is answered into the ticket', async () => {
    const { people } = centre;
    const rules = { mailCategory: 'product', mailAcknowledged: true, chatCategory: null };
    await people.request('AD001', 'PUT', '/channel-rules', rules);
    await mail('"林冲" <lin@customer.example>', 'service@duban.example', '无法开机', '买来三天无法开机');
    const number = await centre.eventually(async () => {
      const { body } = await people.request<{ tickets: Array<{ number: string; channel: string }> }>(
        ...(['SV001', 'GET', '/tickets'] as const),
      );
      const found = body.tickets.find(({ channel }) => channel === 'email');
      expect(found).toBeDefined();
      return found!.number;
    });
    const handler = await people.handlerOf(number);
    await people.take(handler, number, 'confirm-receipt');
    await people.take(handler, number, 'reply', { channel: 'email', text: '请长按电源键十秒' });
    const sent = await centre.eventually(async () => {
      const found = centre.mailbox.mails.find(({ text }) => text.includes('长按电源键'));
      expect(found?.to).toEqual(['lin@customer.example']);
      return found!;
    });
    expect(header(sent.raw, 'Auto-Submitted')).toBeUndefined();
    const replyTo = header(sent.raw, 'Reply-To')!;
    expect(replyTo).toContain(`+${number}.`);
    await mail('lin@customer.example', replyTo, 'Re: 您的工单', '可以了,谢谢');
    await people.request(
      handler,
      'POST',
      `/tickets/${number}/messages`,
      { channel: 'email', text: '不客气' },
      {
        'idempotency-key': 'channels-answer-1',
      },
    );
    const list = await centre.eventually(async () => {
      const { body } = await people.request<{ messages: Array<{ kind: string; message?: object; notice?: object }> }>(
        ...([handler, 'GET', `/tickets/${number}/messages`] as const),
      );
      expect(body.messages).toContainEqual(
        expect.objectContaining({ message: expect.objectContaining({ text: '不客气', state: 'sent' }) }),
      );
      return body.messages;
    });
    for (const expected of [
      { kind: 'email', message: expect.objectContaining({ direction: 'in', text: '可以了,谢谢' }) },
      { kind: 'email', message: expect.objectContaining({ direction: 'in', text: '买来三天无法开机' }) },
      { kind: 'notice', notice: expect.objectContaining({ text: '请长按电源键十秒', state: 'sent' }) },
    ])
      expect(list).toContainEqual(expect.objectContaining(expected));
    expect(await centre.told(number)).toContain(`message-received → ${handler}`);
    const history = JSON.stringify(await centre.client.workflow.getHandle(number).fetchHistory());
    expect(history).not.toMatch(/lin@|customer\.example/);
  });

  test('the web form starts a process; the customer’s link shows how it goes', async () => {
    const { body } = await centre.people.request<{ number: string; progress: string }>(
      null,
      'POST',
      '/public/requests',
      { category: 'product', name: '鲁智深', phone: '13955550001', subject: '漏水', content: '水箱漏水' },
      { 'idempotency-key': 'channels-form-1' },
    );
    await centre.people.handlerOf(body.number);
    const page = await centre.people.request<{ number: string }>(
      null,
      'GET',
      `/public/progress/${body.progress.replace('/p/', '')}`,
    );
    expect(page.body.number).toBe(body.number);
  });

  test('the simulator’s call is on record, and a ticket comes of it', async () => {
    const secret = webhookSecret('tests', 'telephony');
    const system = { apiUrl: centre.apiUrl, secret, speed: 1000 };
    const played = { phone: '13955550001', extension: '8800', answerAfterS: 6, endAfterS: 66, recorded: true };
    const id = await playCall(system, played);
    const { body: call } = await centre.people.request<Record<string, unknown>>('CS001', 'GET', `/calls/${id}`);
    expect(call).toMatchObject({ answerMs: 6_000, durationMs: 60_000, answeredInTime: true });
    const pop = await centre.people.request<{ caller: { name: string }; openTickets: object[] }>(
      ...(['CS001', 'GET', `/calls/${id}/screen-pop`] as const),
    );
    expect([pop.body.caller.name, pop.body.openTickets.length]).toEqual(['鲁智深', 1]);
    await expect(playCall({ ...system, secret: webhookSecret('other', 'telephony') }, played)).rejects.toThrow('400');
  });
});
