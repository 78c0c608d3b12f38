import { type SQL, and, eq, inArray, sql } from 'drizzle-orm';
import type { Addressee } from '@duban/contracts';
import type { Executor } from './connection';
import { customers, departments, groups, staff, steps, tickets } from './schema';

export interface Contact {
  phone: string | null;
  email: string | null;
  locale: 'zh' | 'en';
}

/** Somebody to be told: a staff number or `customer`, as what they are addressed, and how to reach them. */
export interface Recipient extends Contact {
  id: string;
  as: Addressee['kind'];
}

/**
 * The people behind addressees, each once: a role means who is on duty with it, or all when nobody is; the committee
 * means everyone; a group means its members on duty; a department without a contact means its head. Nobody who left the staff is told.
 */
export async function resolveAddressees(tx: Executor, ticket: string, addressees: Addressee[]): Promise<Recipient[]> {
  const found = new Map<string, Recipient>();
  for (const to of addressees)
    for (const [id, contact] of await contactsOf(tx, ticket, to))
      if (!found.has(id)) found.set(id, { id, as: to.kind, ...contact });
  return [...found.values()];
}

async function contactsOf(tx: Executor, ticket: string, to: Addressee): Promise<Map<string, Contact>> {
  if (to.kind === 'customer') return readContacts(tx, ticket, ['customer']);
  const people = await activeStaff(tx, to);
  return new Map(people.map((person) => [person.id, contact(person)]));
}

async function activeStaff(tx: Executor, to: Exclude<Addressee, { kind: 'customer' }>) {
  const { id, onDuty, phone, email, locale, department, active } = staff;
  const select = (condition: SQL | undefined) =>
    tx
      .select({ id, onDuty, phone, email, locale })
      .from(staff)
      .where(and(eq(active, true), condition))
      .orderBy(id);
  switch (to.kind) {
    case 'staff':
      return select(eq(id, to.id));
    case 'role': {
      const all = await select(holds(to.role));
      const present = to.role === 'committee-member' ? [] : all.filter((person) => person.onDuty);
      return present.length ? present : all;
    }
    case 'group': {
      const members = sql`exists (select 1 from group_members m where m.group_id = ${to.id} and m.staff_id = ${id})`;
      return (await select(members)).filter((person) => person.onDuty);
    }
    case 'department': {
      const asked = await select(and(eq(department, to.id), holds(to.role)));
      return asked.length ? asked : select(and(eq(department, to.id), holds('department-head')));
    }
  }
}

const holds = (role: string) => sql`${role} = any(${staff.roles})`;

/** How to reach these recipients of a ticket's messages; who is unknown is missing. */
export async function readContacts(tx: Executor, ticket: string, ids: string[]): Promise<Map<string, Contact>> {
  const found = new Map<string, Contact>();
  const people = ids.filter((id) => id !== 'customer');
  if (people.length) {
    const { id, phone, email, locale } = staff;
    const rows = await tx.select({ id, phone, email, locale }).from(staff).where(inArray(id, people));
    for (const row of rows) found.set(row.id, contact(row));
  }
  if (people.length < ids.length) {
    const { phone, email, locale } = customers;
    const [row] = await tx
      .select({ phone, email, locale })
      .from(tickets)
      .innerJoin(customers, eq(customers.id, tickets.customer))
      .where(eq(tickets.number, ticket));
    if (row) found.set('customer', contact(row));
  }
  return found;
}

const contact = ({
  phone,
  email,
  locale,
}: {
  phone: string | null;
  email: string | null;
  locale: string;
}): Contact => ({
  phone: phone || null,
  email: email || null,
  locale: locale === 'en' ? 'en' : 'zh',
});

/** Names of those ids that are departments or groups. */
export async function readNames(tx: Executor, ids: string[]): Promise<Map<string, { zh: string; en: string }>> {
  if (!ids.length) return new Map();
  const rows = [departments, groups].map((table) =>
    tx.select({ id: table.id, zh: table.nameZh, en: table.nameEn }).from(table).where(inArray(table.id, ids)),
  );
  return new Map((await Promise.all(rows)).flat().map(({ id, zh, en }) => [id, { zh, en }]));
}

/** What people wrote in these steps, for the messages that carry it; a step that is not written yet is missing. */
export async function readStepTexts(tx: Executor, ids: string[]): Promise<Map<string, string>> {
  if (!ids.length) return new Map();
  const rows = await tx.select({ id: steps.id, material: steps.material }).from(steps).where(inArray(steps.id, ids));
  return new Map(
    rows.map(({ id, material }) => {
      const { text, answer, result } = material as Record<string, unknown>;
      return [id, String(text ?? answer ?? result ?? '')];
    }),
  );
}
