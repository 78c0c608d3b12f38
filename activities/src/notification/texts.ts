import {
  type ClockName,
  type Label,
  type Message,
  type Role,
  type ServiceKind,
  type ServiceStage,
  type Stage,
  clockLabels,
  roles,
  serviceKindLabels,
  serviceStageLabels,
  stageLabels,
  wantedMaterialLabels,
} from '@duban/contracts';
import type { TaskWords } from '@duban/database';
import type { Locale } from './channel';

/** What the variables of a text are filled with. */
export interface TextContext {
  ticket: string;
  data: Message['data'];
  locale: Locale;
  /** IANA zone in which people read times. */
  timeZone: string;
  /** Names of departments and groups by id; a missing one is shown as its id. */
  names?: ReadonlyMap<string, { zh: string; en: string }>;
  /** An emergency's tasks by id, from PostgreSQL, too. */
  tasks?: ReadonlyMap<string, TaskWords> | undefined;
  /** A person's own words, from PostgreSQL (design 10). */
  text?: string;
  link?: string;
}

/** Fills `{variable}`s: codes are spoken in the reader's language, instants in the centre's zone. Unknown ones vanish. */
export function fill(template: string, context: TextContext): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => variable(name, context)).trim();
}

function variable(name: string, context: TextContext): string {
  const { data, locale, ticket } = context;
  switch (name) {
    case 'ticket':
      return ticket;
    case 'text':
      return context.text ?? '';
    case 'link':
      return context.link ?? '';
    case 'clock':
      return clock(context);
    case 'task':
      return data.task === undefined ? '—' : taskName(String(data.task), context);
    case 'stage':
      return stageLabels[data.stage as Stage]?.[locale] ?? String(data.stage ?? '—');
    case 'limit':
      return typeof data.limitMs === 'number' ? duration(data.limitMs, locale) : '—';
    case 'due':
      return typeof data.dueAt === 'number' && data.dueAt > 0 ? localTime(data.dueAt, context.timeZone) : '—';
    case 'late':
      return data.clock === 'task' ? taskOwner(context) : who(data.late, context);
    case 'department':
      return who(data.department, context);
    case 'serviceStage':
      return serviceStageLabels[data.serviceStage as ServiceStage]?.[locale] ?? '—';
    case 'kind':
      return serviceKindLabels[data.kind as ServiceKind]?.[locale] ?? '—';
    case 'materials':
      return listed(data.materials, wantedMaterialLabels, locale);
    case 'allowed':
      return listed(data.allowed, serviceKindLabels, locale);
    case 'amount':
      return typeof data.amountFen === 'number' ? `¥${(data.amountFen / 100).toFixed(2)}` : '—';
    case 'decision':
    case 'verdict':
    case 'grade':
    case 'reason':
      return words[String(data[name])]?.[locale] ?? String(data[name] ?? '');
    default:
      return String(data[name] ?? '');
  }
}

/** The tickets whose tasks these messages name. */
export function emergenciesIn(messages: Array<{ ticket: string; data: Message['data'] }>): string[] {
  return [...new Set(messages.flatMap(({ ticket, data }) => (data.task || data.clock === 'task' ? [ticket] : [])))];
}

/** The departments and groups that these tasks belong to. */
export function ownersOf(tasks: ReadonlyMap<string, ReadonlyMap<string, TaskWords>>): string[] {
  const owners = [...tasks.values()].flatMap((all) => [...all.values()].map(({ owner }) => owner));
  return [...new Set(owners.flatMap((owner) => (owner && 'id' in owner ? [owner.id] : [])))];
}

/** A clock's label; where a task is late, which one. */
function clock({ data, ...context }: TextContext): string {
  const { locale } = context;
  const label = clockLabels[data.clock as ClockName]?.[locale] ?? String(data.clock ?? '—');
  if (data.clock !== 'task' || data.late === undefined) return label;
  const task = taskName(String(data.late), { ...context, data });
  return locale === 'zh' ? `${label}「${task}」` : `${label} "${task}"`;
}

/** What a task says; its id where that is not known any more. */
const taskName = (id: string, { tasks, locale }: TextContext): string => tasks?.get(id)?.[locale] ?? id;

/** Whose the late task is; the task itself where that is not known. */
function taskOwner(context: TextContext): string {
  const task = String(context.data.late ?? '—');
  const owner = context.tasks?.get(task)?.owner;
  if (!owner || owner.kind === 'customer') return taskName(task, context);
  return who(owner.kind === 'role' ? owner.role : owner.id, context);
}

/** Codes with commas between them, in the reader's language. */
function listed(codes: string | number | undefined, labels: Record<string, Label>, locale: Locale): string {
  const known = String(codes ?? '')
    .split(',')
    .flatMap((code) => labels[code]?.[locale] ?? []);
  return known.join(locale === 'zh' ? '、' : ', ') || '—';
}

/** A staff number as it is; a role, department or group by its name. */
function who(code: string | number | undefined, { locale, names }: TextContext): string {
  const id = String(code ?? '—');
  if (id === 'committee') return roles['committee-member'][locale];
  return roles[id as Role]?.[locale] ?? names?.get(id)?.[locale] ?? id;
}

/** `2026-11-22 14:05` in the given zone: read alike in both languages. */
export function localTime(ms: number, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(ms);
}

/** `24 小时`, `1 小时 30 分钟`, `3 天`; days only from two whole ones on, as the manual speaks. */
export function duration(ms: number, locale: Locale): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.round(ms / 1000))} ${units.second[locale]}`;
  if (minutes >= 2_880 && minutes % 1_440 === 0) return `${minutes / 1_440} ${units.day[locale]}`;
  const parts = [
    [Math.floor(minutes / 60), units.hour[locale]],
    [minutes % 60, units.minute[locale]],
  ] as const;
  return parts.flatMap(([count, unit]) => (count ? [`${count} ${unit}`] : [])).join(' ');
}

const units = {
  second: { zh: '秒', en: 's' },
  minute: { zh: '分钟', en: 'min' },
  hour: { zh: '小时', en: 'h' },
  day: { zh: '天', en: 'days' },
};

/** Codes in a message's data that people read. */
const words: Record<string, { zh: string; en: string }> = {
  approved: { zh: '已批准', en: 'approved' },
  rejected: { zh: '已驳回', en: 'rejected' },
  upheld: { zh: '成立', en: 'upheld' },
  'not-upheld': { zh: '不成立', en: 'not upheld' },
  passed: { zh: '合格', en: 'passed' },
  failed: { zh: '不合格', en: 'failed' },
  satisfied: { zh: '满意', en: 'satisfied' },
  'basically-satisfied': { zh: '基本满意', en: 'basically satisfied' },
  dissatisfied: { zh: '不满意', en: 'dissatisfied' },
  'slot-full': { zh: '已约满', en: 'is full' },
  'slot-past': { zh: '已过', en: 'has passed' },
  'slot-closed': { zh: '不可预约', en: 'is not to be had' },
  'customer-replied': { zh: '客户已回复', en: 'the customer has replied' },
  'handler-absent': {
    zh: '处理人缺勤,且工单无法自动转交。',
    en: 'Its handler is away, and it is not handed on by itself.',
  },
};
