import { type FaultCause, faultCauseLabels } from '@duban/contracts';
import { type FaultScope, type ShownFault, type TicketRow, faultOf, findFault, listFaultScopes } from '@duban/database';
import type { z } from 'zod';
import type { Deps } from '../deps';
import type { Locale } from '../http/locale';
import type { faultSchema } from '../http/schemas';

/** The name of an area or a service; its id where the administrator has none. */
export type ScopeNames = (kind: FaultScope['kind'], id: string) => string;

export async function scopeNames({ db }: Pick<Deps, 'db'>, locale: Locale): Promise<ScopeNames> {
  const scopes = await listFaultScopes(db);
  const names = new Map(
    scopes.map(({ kind, id, nameZh, nameEn }) => [`${kind}:${id}`, locale === 'zh' ? nameZh : nameEn]),
  );
  return (kind, id) => names.get(`${kind}:${id}`) ?? id;
}

const iso = (at: Date | null) => at?.toISOString() ?? null;

/** An announcement as agents read it. */
export function faultView(fault: ShownFault, nameOf: ScopeNames, locale: Locale): z.output<typeof faultSchema> {
  const { ticket, title, priority, cause, progress, state, publishedBy, callers } = fault;
  const causeKind = fault.causeKind as FaultCause;
  return {
    ...{ number: ticket, title, priority, causeKind, cause, progress, state, publishedBy, callers },
    areas: fault.areas.map((id) => ({ id, name: nameOf('area', id) })),
    services: fault.services.map((id) => ({ id, name: nameOf('service', id) })),
    causeLabel: faultCauseLabels[causeKind][locale],
    expectedAt: iso(fault.expectedAt),
    publishedAt: fault.publishedAt.toISOString(),
    updatedAt: fault.updatedAt.toISOString(),
    endedAt: iso(fault.endedAt),
  };
}

/** The fault that a report is part of, or that an announcement is of: what agents read to the customer (F1). */
export async function knownFault(
  { number, process }: TicketRow,
  locale: Locale,
  deps: Deps,
): Promise<{ announcement?: z.output<typeof faultSchema> }> {
  if (process !== 'fault' && process !== 'fault-announcement') return {};
  const fault = process === 'fault' ? await faultOf(deps.db, number) : await findFault(deps.db, number);
  return fault ? { announcement: faultView(fault, await scopeNames(deps, locale), locale) } : {};
}
