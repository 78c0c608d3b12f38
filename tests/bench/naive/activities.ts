import { createHash } from 'node:crypto';
import type { Sql } from 'postgres';
import type { Form, Intake } from './types';

/** One effect each. A status and its line in the timeline are one effect, in one transaction. */
export function createActivities(sql: Sql, smsUrl: string) {
  return {
    async insertTicket({ ticket, intake }: { ticket: string; intake: Intake }): Promise<void> {
      const { subject, content, category, customer } = intake;
      await sql`
        insert into tickets (number, subject, content, category, customer_name, customer_phone, status)
        values (${ticket}, ${subject}, ${content}, ${category}, ${customer.name}, ${customer.phone}, 'awaiting-assignment')
        on conflict do nothing`;
    },

    /** The least loaded below their capacity. */
    async assign(ticket: string): Promise<string> {
      const [handler] = await sql<Array<{ id: string }>>`
        update staff set open = open + 1
        where id = (select id from staff where open < capacity order by open, id limit 1 for update)
        returning id`;
      if (!handler) throw new Error(`nobody is free for ${ticket}`);
      return handler.id;
    },

    async release(handler: string): Promise<void> {
      await sql`update staff set open = open - 1 where id = ${handler}`;
    },

    async updateStatus(to: { ticket: string; status: string; actor: string; handler?: string }): Promise<void> {
      await sql.begin(async (tx) => {
        await tx`
          update tickets set status = ${to.status}, handler = coalesce(${to.handler ?? null}, handler), updated_at = now()
          where number = ${to.ticket}`;
        await tx`insert into timeline (ticket, status, actor) values (${to.ticket}, ${to.status}, ${to.actor})`;
      });
    },

    async saveMessage({ ticket, kind, body }: { ticket: string; kind: string; body: Form }): Promise<void> {
      await sql`insert into messages (ticket, kind, body) values (${ticket}, ${kind}, ${sql.json(body)})`;
    },

    /** An entry in the recipient's list, and an SMS. */
    async notify(to: { ticket: string; recipient: string; template: string }): Promise<void> {
      const [entry] = await sql<Array<{ id: string }>>`
        insert into notifications (ticket, recipient, template) values (${to.ticket}, ${to.recipient}, ${to.template})
        returning id`;
      const [contact] = await sql<Array<{ phone: string }>>`
        select phone from staff where id = ${to.recipient}
        union all select customer_phone from tickets where number = ${to.ticket} and ${to.recipient} = 'customer'`;
      const response = await fetch(smsUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          to: contact?.phone ?? '',
          text: `工单 ${to.ticket}:${to.template}`,
          key: `${to.ticket}:${to.template}:${to.recipient}`,
        }),
      });
      if (!response.ok) throw new Error(`the gateway answers ${response.status}`);
      await sql`update notifications set sent_at = now() where id = ${entry!.id}`;
    },

    async saveSurvey({ ticket, form }: { ticket: string; form: Form }): Promise<void> {
      await sql`insert into surveys (ticket, form) values (${ticket}, ${sql.json(form)}) on conflict do nothing`;
    },

    async archive(ticket: string): Promise<void> {
      const [bundle] = await sql<Array<{ body: Form }>>`
        select jsonb_build_object(
          'ticket', to_jsonb(t),
          'timeline', (select jsonb_agg(l order by l.id) from timeline l where l.ticket = t.number),
          'messages', (select jsonb_agg(m order by m.id) from messages m where m.ticket = t.number),
          'survey', (select to_jsonb(s) from surveys s where s.ticket = t.number)
        ) as body from tickets t where number = ${ticket}`;
      const body = bundle!.body;
      const sha256 = createHash('sha256').update(JSON.stringify(body)).digest('hex');
      await sql`
        insert into archives (ticket, sha256, body) values (${ticket}, ${sha256}, ${sql.json(body)})
        on conflict do nothing`;
    },
  };
}
