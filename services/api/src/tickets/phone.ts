import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** A mobile or landline number as E.164, read as Chinese unless it says otherwise (G2); null when it is neither. */
export function normalizePhone(text: string): string | null {
  const parsed = parsePhoneNumberFromString(text, 'CN');
  if (!parsed?.isValid()) return null;
  const type = parsed.getType();
  const reachable = type === undefined || ['MOBILE', 'FIXED_LINE', 'FIXED_LINE_OR_MOBILE'].includes(type);
  return reachable ? parsed.number : null;
}
