import type { Actor } from '@duban/contracts';

/** `+8613800001234` → `138****1234`; a landline keeps its first and last digits, too (P4). */
export function maskPhone(phone: string | null): string | null {
  if (phone === null) return null;
  const digits = phone.replace(/^\+86/, '').replace(/\D/g, '');
  if (digits.length < 7) return '*'.repeat(digits.length);
  return `${digits.slice(0, 3)}****${digits.slice(-4)}`;
}

/** `wang@example.com` → `w***@example.com`. */
export function maskEmail(email: string | null): string | null {
  return email === null ? null : email.replace(/^(.)[^@]*/, '$1***');
}

/** Who needs a customer's number in full: who handles the ticket, and who answers for those (P4). */
export function needsContact(actor: Actor, ticket: { handler: string | null; supporters: string[] }): boolean {
  if (actor.kind !== 'staff') return false;
  if (actor.roles.includes('supervisor') || actor.roles.includes('team-leader')) return true;
  return ticket.handler === actor.id || ticket.supporters.includes(actor.id);
}

/** Step texts that are telephone numbers. */
const PHONE_FIELDS = new Set(['phone', 'callback']);

/** A step's material as one reader may see it. */
export function maskMaterial(material: Record<string, unknown>, full: boolean): Record<string, unknown> {
  if (full) return material;
  return Object.fromEntries(
    Object.entries(material).map(([name, value]) => [
      name,
      PHONE_FIELDS.has(name) && typeof value === 'string' ? maskPhone(value) : value,
    ]),
  );
}
