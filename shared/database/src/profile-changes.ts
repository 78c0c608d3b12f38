import { and, desc, eq, lt, or } from 'drizzle-orm';
import type { ChangeProfileInput } from '@duban/contracts';
import { writeAudit } from './audit';
import type { Executor } from './connection';
import { holdCustomer, updateCustomer } from './customers';
import { customerChanges } from './schema';
import { findTicket } from './tickets';

export type CustomerChange = typeof customerChanges.$inferSelect;

/** What of a form is the customer's own data; the rest of it is only information. */
export const profileFields = ['name', 'title', 'phone', 'email', 'locale'] as const;
type Profile = Partial<Record<(typeof profileFields)[number], string>>;

/**
 * Applies what a ticket's form asks to have changed, as its step approved (B1, P4): once for each approval, kept with
 * what stood there before. @returns the names of the fields that are different now
 */
export async function changeProfile(tx: Executor, input: ChangeProfileInput): Promise<string[]> {
  const ticket = (await findTicket(tx, input.ticket))!;
  const customer = await holdCustomer(tx, ticket.customer);
  if (!customer) return []; // nobody is left to be changed
  const { form } = ticket.form as { form?: Profile };
  const wanted = profileFields.flatMap((name) => (form?.[name] === undefined ? [] : [[name, form[name]] as const]));
  const values = wanted.filter(([name, value]) => customer[name] !== value);
  const after = Object.fromEntries(values);
  const before = Object.fromEntries(values.map(([name]) => [name, customer[name]]));
  const written = await tx
    .insert(customerChanges)
    .values({
      ...{ ticket: input.ticket, step: input.stepId, customer: customer.id, before, after },
      ...{ approvedBy: input.actor, at: new Date(input.at) },
    })
    .onConflictDoNothing()
    .returning({ ticket: customerChanges.ticket });
  if (!written.length) return Object.keys((await changeOf(tx, input))!.after);
  const fields = Object.keys(after);
  if (fields.length) await updateCustomer(tx, customer.id, after);
  const detail = { ticket: input.ticket, fields };
  await writeAudit(tx, { actor: input.actor, action: 'customer:change-applied', object: customer.id, detail });
  return fields;
}

async function changeOf(db: Executor, { ticket, stepId }: ChangeProfileInput): Promise<CustomerChange | undefined> {
  const same = and(eq(customerChanges.ticket, ticket), eq(customerChanges.step, stepId));
  return (await db.select().from(customerChanges).where(same))[0];
}

/** A customer's changes, newest first, older than `before`. */
export async function changesOfCustomer(
  db: Executor,
  customer: string,
  { before, limit }: { before?: { at: Date; ticket: string }; limit: number },
): Promise<CustomerChange[]> {
  const { at, ticket } = customerChanges;
  const older = before && or(lt(at, before.at), and(eq(at, before.at), lt(ticket, before.ticket)));
  return db
    .select()
    .from(customerChanges)
    .where(and(eq(customerChanges.customer, customer), older))
    .orderBy(desc(at), desc(ticket))
    .limit(limit);
}
