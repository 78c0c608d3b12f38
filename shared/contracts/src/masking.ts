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
