import {
  type ClockName,
  type Label,
  type Process,
  clockLabels,
  recipientLabels,
  processLabels,
} from '@duban/contracts';
import type { Rung, Target } from '@duban/policy';
import type { PolicyChange } from '@duban/policy/compile';
import type { Locale } from '../http/locale';

const label = (zh: string, en: string): Label => ({ zh, en });

const places: Record<string, Label> = {
  name: label('名称', 'Name'),
  priorities: label('优先级', 'Priority'),
  calendars: label('日历', 'Calendar'),
  periods: label('期限', 'Period'),
  limits: label('限值', 'Limit'),
  target: label('时限', 'Target'),
  calendar: label('所用日历', 'Calendar'),
  pausable: label('等待客户时暂停', 'Pauses while waiting'),
  ladder: label('提醒与上报', 'Ladder'),
  timezone: label('时区', 'Time zone'),
  week: label('每周时间', 'Week'),
  holidays: label('休息日', 'Closed day'),
  publicDays: label('法定节假日', 'Public holidays of'),
  overrides: label('特殊日', 'Special day'),
  default: label('默认', 'default'),
};
const acts: Record<Rung['act'], Label> = {
  remind: label('提醒', 'remind'),
  warn: label('预警', 'warn'),
  breach: label('超时', 'breach'),
  escalate: label('上报', 'escalate'),
};

/** A change as people read it: `咨询 · 处理时限 · P1 · 时限`, `4 小时`, `2 小时`; null where nothing stands. */
export function changeWords({ path, before, after }: PolicyChange, locale: Locale) {
  return {
    place: placeOf(path)
      .map((part) => (typeof part === 'string' ? part : part[locale]))
      .join(' · '),
    before: before === undefined ? null : valueOf(path, before, locale),
    after: after === undefined ? null : valueOf(path, after, locale),
  };
}

function placeOf(path: string[]): Array<string | Label> {
  const [first = '', ...rest] = path;
  if (first !== 'clocks') return [places[first] ?? first, ...rest.map((part) => places[part] ?? part)];
  const [process = '', clock = '', ...more] = rest;
  return [
    processLabels[process as Process] ?? process,
    clockLabels[clock as ClockName] ?? clock,
    ...more.map((part) => places[part] ?? part),
  ].filter((part) => part !== '');
}

function valueOf(path: string[], value: unknown, locale: Locale): string {
  const last = path.at(-1);
  if (last === 'target') return targetWords(value as Target, locale);
  if (last === 'ladder')
    return (value as Rung[]).map((rung) => rungWords(rung, locale)).join(locale === 'zh' ? ';' : '; ');
  if (path[0] === 'periods' && typeof value === 'number') return durationWords(value, locale);
  if (typeof value === 'boolean') return value ? { zh: '是', en: 'yes' }[locale] : { zh: '否', en: 'no' }[locale];
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function targetWords(target: Target, locale: Locale): string {
  if (target.unit === 'businessTime') return durationWords(target.ms, locale);
  const { days } = target;
  if (target.unit === 'calendarDays') return locale === 'zh' ? `${days} 个自然日` : `${days} calendar days`;
  const endOfDay = target.at === 'endOfDay';
  if (locale === 'zh') return `${days} 个工作日${endOfDay ? '(当日结束前)' : ''}`;
  return `${endOfDay ? 'end of ' : ''}${days} working days`;
}

function rungWords({ at, act, tell }: Rung, locale: Locale): string {
  const when =
    'percent' in at ? `${at.percent} %` : `${at.afterDueMs < 0 ? '' : '+'}${durationWords(at.afterDueMs, locale)}`;
  return `${when} ${acts[act][locale]} ${tell.map((who) => recipientLabels[who][locale]).join(locale === 'zh' ? '、' : ', ')}`;
}

const units = [
  [86_400_000, label('天', 'd')],
  [3_600_000, label('小时', 'h')],
  [60_000, label('分钟', 'min')],
  [1_000, label('秒', 's')],
] as const;

/** The greatest units that say it exactly: `1 天 2 小时`. */
function durationWords(ms: number, locale: Locale): string {
  let left = Math.abs(ms);
  const parts: string[] = [];
  for (const [size, unit] of units) {
    const count = size === 1_000 ? left / size : Math.floor(left / size);
    if (count > 0) parts.push(`${count} ${unit[locale]}`);
    left -= count * size;
  }
  return `${ms < 0 ? '-' : ''}${parts.join(' ') || `0 ${units[3][1][locale]}`}`;
}
