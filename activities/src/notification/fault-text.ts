import type { FaultAnnouncement } from '@duban/database';
import type { Locale } from './channel';
import { localTime } from './texts';

/** What a caller is told of a known fault (F1): its cause, how far it is, and when it is expected to be over. */
export function faultText(fault: FaultAnnouncement | undefined, locale: Locale, timeZone: string): string {
  if (!fault) return '';
  const { cause, progress, expectedAt } = fault;
  const due = expectedAt && localTime(expectedAt.getTime(), timeZone);
  return locale === 'zh'
    ? `原因:${cause};进展:${progress}${due ? `;预计恢复时间:${due}` : ''}。`
    : `Cause: ${cause}; progress: ${progress}${due ? `; expected recovery: ${due}` : ''}.`;
}
