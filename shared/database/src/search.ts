const RUNS = /\p{Script=Han}+|[\p{L}\p{N}]+/gu;
const HAN = /^\p{Script=Han}/u;

/** Han text and everything else apart: `登录err500` is two runs. */
function runsOf(text: string): string[] {
  const apart = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/(\p{Script=Han})(?=[^\p{Script=Han}])|([^\p{Script=Han}])(?=\p{Script=Han})/gu, '$1$2 ');
  return apart.match(RUNS) ?? [];
}

/** A telephone number's digits, and the last four that customers name themselves by. */
function phoneTokens(phone: string): string[] {
  const digits = phone.replace(/\D/g, '').replace(/^86(?=1\d{10}$)/, '');
  return digits.length > 4 ? [digits, digits.slice(-4)] : [digits];
}

/**
 * What a text is found by, as space-separated tokens for `to_tsvector('simple', …)`: Chinese as bigrams and its last
 * character alone (so that every single character begins some token), other words whole and in lower case.
 */
export function bigrams(text: string): string {
  const tokens = new Set<string>();
  for (const run of runsOf(text)) {
    if (!HAN.test(run)) tokens.add(run);
    else for (let i = 0; i < run.length; i++) tokens.add(run.slice(i, i + 2));
  }
  return [...tokens].join(' ');
}

/** The `search` column of a ticket: its texts, its number and the caller's telephone number. */
export function searchText(ticket: {
  number: string;
  phone?: string | null;
  texts: Array<string | null | undefined>;
}): string {
  const tokens = ticket.texts.map((text) => bigrams(text ?? ''));
  return [...new Set([ticket.number, ...(ticket.phone ? phoneTokens(ticket.phone) : []), ...tokens])]
    .filter(Boolean)
    .join(' ');
}

/**
 * What a reader typed as a `to_tsquery('simple', …)` text that matches `bigrams`: all words must occur, words and
 * numbers by their beginning. Null when it holds nothing to search for.
 */
export function searchQuery(text: string): string | null {
  return allOf(runsOf(text));
}

/** The same without its single characters; null when it has none, or nothing else. */
export function narrowQuery(text: string): string | null {
  const runs = runsOf(text);
  const longer = runs.filter((run) => run.length > 1);
  return longer.length < runs.length ? allOf(longer) : null;
}

function allOf(runs: string[]): string | null {
  const terms = runs.flatMap((run) => {
    if (!HAN.test(run) || run.length === 1) return [`'${run}':*`];
    return Array.from({ length: run.length - 1 }, (_, i) => `'${run.slice(i, i + 2)}'`);
  });
  return terms.length ? [...new Set(terms)].join(' & ') : null;
}
