/** What is known of a person whom a text may name. */
export interface KnownPerson {
  name: string | null;
  phones: ReadonlyArray<string | null>;
  emails: ReadonlyArray<string | null>;
}

const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
/** Telephone, identity, card, order numbers: six digits and more, also written in groups. */
const NUMBER = /(?<![\w.])\+?\d(?:[\d -]{4,}\d)[\dXx]?|\d{6,}[\dXx]?/g;

/**
 * A text without what identifies a person, as far as that is known (P4, P5): the customer's name, the surname before a
 * title, e-mail addresses, and numbers of six digits or more. Dates and times stay.
 */
export function withoutPerson(text: string, { name, phones, emails }: KnownPerson): string {
  let result = text;
  const known = [name, ...phones, ...emails].filter((word): word is string => (word?.trim().length ?? 0) >= 2);
  for (const word of known.sort((a, b) => b.length - a.length))
    result = result.replaceAll(word, word === name ? '客户' : '***');
  // 王 of 王小明, and 欧阳 of 欧阳明明.
  const surname = name && /^\p{Script=Han}{2,4}$/u.test(name) ? `${name.slice(0, 2)}|${name[0]}` : null;
  if (surname) result = result.replace(new RegExp(`(?:${surname})(?:先生|女士|小姐|老师)`, 'g'), '客户');
  return result.replace(EMAIL, '***').replace(NUMBER, (found) => (isDate(found) ? found : '***'));
}

/** `2026-01-31`, also with an hour after it, as in `2026-01-31 14:05`. */
function isDate(found: string): boolean {
  return /^(19|20)\d\d-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])( \d{1,2})?$/.test(found);
}
