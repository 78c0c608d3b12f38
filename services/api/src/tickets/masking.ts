import { type Actor, maskEmail, maskPhone } from '@duban/contracts';
import { maskDeep } from './mask-deep';

export { maskEmail, maskPhone };

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
      typeof value !== 'string' ? maskDeep(value) : PHONE_FIELDS.has(name) ? maskPhone(value) : value,
    ]),
  );
}
