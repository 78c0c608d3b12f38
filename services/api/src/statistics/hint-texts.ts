import { type ClockName, type Label, type Stage, clockLabels, processLabels, stageLabels } from '@duban/contracts';
import type { Hint } from '@duban/database';
import { type Directory, categoryName } from '../tickets/directory';
import type { Locale } from '../http/locale';

/** What each rule of a hint says, and by which rule it was found. */
const texts: Record<Hint['rule'], { rule: Label; text: Label }> = {
  'slower-category': {
    rule: {
      zh: '近 30 天解决时长 90 分位达前 30 天 2 倍以上(各至少 10 件)',
      en: 'p90 of 30 days at least twice that of the 30 before (10 tickets each)',
    },
    text: {
      zh: '「{category}」解决时长 90 分位为 {p90Ms},是前 30 天({beforeMs})的 {number} 倍',
      en: 'Resolution of "{category}" takes {p90Ms} at the 90th percentile: {number} times the {beforeMs} of the 30 days before',
    },
  },
  'often-breached-clock': {
    rule: {
      zh: '近 30 天某时限超时占比 20% 以上(至少 10 次)',
      en: 'A clock that ran out in at least 20 % of its runs in 30 days (10 runs)',
    },
    text: {
      zh: '{process}的「{clock}」时限 {runs} 次中超时 {breached} 次({number}),多发于「{stage}」环节',
      en: '"{clock}" of {process} ran out {breached} times in {runs} ({number}), mostly at stage "{stage}"',
    },
  },
  'less-satisfied-category': {
    rule: {
      zh: '近 30 天满意率较前 30 天下降 10 个百分点以上(各至少 10 份)',
      en: 'Satisfied share at least 10 points below the 30 days before (10 surveys each)',
    },
    text: {
      zh: '「{category}」满意率由 {shareBefore} 降至 {share}',
      en: 'Satisfaction with "{category}" fell from {shareBefore} to {share}',
    },
  },
  'growing-backlog': {
    rule: {
      zh: '在办积压达 30 天前的 1.5 倍以上(至少 20 件)',
      en: 'Backlog at least 1.5 times that of 30 days ago (20 tickets)',
    },
    text: {
      zh: '在办工单 {open} 件,是 30 天前({openBefore} 件)的 {number} 倍',
      en: '{open} tickets are open: {number} times the {openBefore} of 30 days ago',
    },
  },
};
const SHARES = new Set(['share', 'shareBefore']);

/** A hint as people read it: its rule, what it found, and the figures behind it (G15). */
export function hintView(hint: Hint, directory: Directory, locale: Locale) {
  const { rule, text } = texts[hint.rule];
  return {
    ...hint,
    ruleText: rule[locale],
    text: text[locale].replace(/\{(\w+)\}/g, (_, name: string) => word(name, hint, directory, locale)),
  };
}

function word(name: string, { rule, subject, number, evidence }: Hint, directory: Directory, locale: Locale): string {
  if (name === 'number') return rule === 'often-breached-clock' ? percent(number) : number.toFixed(1);
  const figure = evidence[name];
  if (figure !== undefined) {
    if (name.endsWith('Ms')) return hours(figure, locale);
    return SHARES.has(name) ? percent(figure) : String(figure);
  }
  const code = subject[name];
  if (code === undefined) return '—';
  if (name === 'category') return categoryName(directory, code, locale);
  const table = { clock: clockLabels[code as ClockName], stage: stageLabels[code as Stage] }[name];
  return (table ?? processLabels[code as keyof typeof processLabels])?.[locale] ?? code;
}

const percent = (share: number) => `${Math.round(share * 100)}%`;
const hours = (ms: number, locale: Locale) => `${(ms / 3_600_000).toFixed(1)} ${locale === 'zh' ? '小时' : 'h'}`;
