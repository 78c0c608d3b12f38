import type { Choice } from './effects';
import type { Label } from './fields';

const parts = {
  load: { zh: '{members} 人中 {full} 人已满', en: '{full} of {members} at capacity' },
  leastLoaded: { zh: '负载最低:{handler},在办 {open} 件', en: 'least loaded: {handler}, {open} open' },
  fallback: {
    zh: '转后备组 {via},负载最低:{handler},在办 {open} 件',
    en: 'fall-back {via}, least loaded: {handler}, {open} open',
  },
  elsewhere: {
    zh: '其他组中负载最低:{handler},在办 {open} 件',
    en: 'elsewhere, least loaded: {handler}, {open} open',
  },
  byHand: { zh: '指定派给 {handler},在办 {open} 件', en: 'manual: {handler}, {open} open' },
  substitute: {
    zh: '{absent} 缺勤,由代办人 {handler} 接手,在办 {open} 件',
    en: '{absent} is away; substitute: {handler}, {open} open',
  },
  pickedUp: { zh: '{handler} 抢单,在办 {open} 件', en: 'picked up by {handler}, {open} open' },
  weight: { zh: ',权重 {weight}', en: ', weight {weight}' },
  skills: { zh: '需技能 {skills};', en: 'needs {skills}; ' },
  rule: { zh: '客户等级 {rule} → {via};', en: 'class {rule} → {via}; ' },
} as const satisfies Record<string, Label>;

/** Why somebody got a ticket (G7): `3 of 4 at capacity; least loaded: CS007, 2 open`. Ids and numbers, no names. */
export function choiceText(choice: Choice, locale: 'zh' | 'en'): string {
  const say = (part: Label) =>
    part[locale].replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = choice[name as keyof Choice];
      return Array.isArray(value) ? value.join(locale === 'zh' ? '、' : ', ') : String(value ?? '');
    });
  const before = [
    ...(choice.rule === undefined ? [] : [say(parts.rule)]),
    ...(choice.skills?.length ? [say(parts.skills)] : []),
  ].join('');
  const weight = choice.weight === undefined || choice.weight === 1 ? '' : say(parts.weight);
  const load = `${say(parts.load)}${locale === 'zh' ? ';' : '; '}`;
  switch (choice.choice) {
    case 'least-loaded':
      return before + load + say(parts.leastLoaded) + weight;
    case 'fallback':
      return before + load + say(parts.fallback) + weight;
    case 'elsewhere':
      return before + load + say(parts.elsewhere) + weight;
    case 'by-hand':
      return say(parts.byHand);
    case 'substitute':
      return say(parts.substitute);
    case 'picked-up':
      return say(parts.pickedUp);
  }
}
