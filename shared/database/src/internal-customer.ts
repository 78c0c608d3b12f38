import type { Executor } from './connection';
import { customers } from './schema';

/** The centre itself: whose tickets are its own matters, not a customer's. */
export const INTERNAL_CUSTOMER = 'CENTRE';

/**
 * The row that stands for the centre, made with its first ticket. It has no contact, so no intake matches it and
 * nobody is told anything; lists of customers leave it out.
 */
export async function internalCustomer(tx: Executor): Promise<{ id: string; phone: null }> {
  await tx
    .insert(customers)
    .values({ id: INTERNAL_CUSTOMER, name: '客服中心', createdAt: new Date() })
    .onConflictDoNothing();
  return { id: INTERNAL_CUSTOMER, phone: null };
}
