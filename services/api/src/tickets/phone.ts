import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Which kind of contact an E.164 number is; where a country does not tell them apart, just a telephone. */
export function phoneKind(e164: string): 'phone' | 'mobile' | 'landline' {
  const type = parsePhoneNumberFromString(e164)?.getType();
  return type === 'MOBILE' ? 'mobile' : type === 'FIXED_LINE' ? 'landline' : 'phone';
}

/** A mobile or landline number as E.164, read as Chinese unless it says otherwise (G2); null when it is neither. */
export function normalizePhone(text: string): string | null {
  const parsed = parsePhoneNumberFromString(text, 'CN');
  if (!parsed?.isValid()) return null;
  const type = parsed.getType();
  const reachable = type === undefined || ['MOBILE', 'FIXED_LINE', 'FIXED_LINE_OR_MOBILE'].includes(type);
  return reachable ? parsed.number : null;
}
