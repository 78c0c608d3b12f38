import type { Label } from '@duban/contracts';

export type Locale = 'zh' | 'en';

/** The language of `Accept-Language` (first known wins by weight), else the person's own, else Chinese. */
export function localeOf(header: string | undefined, own?: string | null): Locale {
  const wanted = (header ?? '')
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
      const weight = parameters.map((p) => /^\s*q=([\d.]+)$/.exec(p)?.[1]).find((q) => q !== undefined);
      return { language: tag.slice(0, 2), weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ language, weight }) => (language === 'zh' || language === 'en') && weight > 0)
    .sort((a, b) => b.weight - a.weight)[0]?.language;
  return (wanted ?? own) === 'en' ? 'en' : 'zh';
}

/** The label of a code in a table, or the code itself. */
export function labelIn(table: Record<string, Label>, code: string | null, locale: Locale): string {
  return code === null ? '' : ((Object.hasOwn(table, code) ? table[code]?.[locale] : undefined) ?? code);
}
