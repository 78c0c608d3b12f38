import {
  type ChangeKind,
  type ClockName,
  type Label,
  type LinkKind,
  type Process,
  type Stage,
  changeLabels,
  clockLabels,
  processLabels,
  roles,
  stageLabels,
  stepLabel,
} from '@duban/contracts';

export type Lang = 'zh' | 'en';

/** One entry of `GET /tickets/:number/timeline`. */
export interface Entry {
  revision: number;
  index: number;
  at: string;
  kind: ChangeKind;
  actor: { id: string; name: string } | null;
  step: { id: string; name: string; material: Record<string, unknown> } | null;
  data: Record<string, unknown>;
}

/** One message, with everyone who was told by it and how. */
export interface Told {
  key: string;
  template: string;
  title: string;
  /** Recipient → channels. */
  to: Map<string, string[]>;
}

const both = (zh: string, en: string): Label => ({ zh, en });
const labelOf = (labels: Record<string, Label>, name: unknown): Label =>
  labels[String(name)] ?? both(String(name), String(name));

/** `11-22 18:41` in China, where the demo centre is. */
export function localTime(ms: number): string {
  const format = { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' } as const;
  return new Intl.DateTimeFormat('sv-SE', format).format(ms).slice(5);
}

/** `30 分钟`, `26 小时 40 分钟`, `3 天`. */
export function duration(ms: number): Label {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return both('不到 1 分钟', 'less than a minute');
  if (minutes >= 2880 && minutes % 1440 === 0) return both(`${minutes / 1440} 天`, `${minutes / 1440} days`);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const parts = (hour: string, minute: string) =>
    [hours ? `${hours} ${hour}` : '', rest ? `${rest} ${minute}` : ''].filter(Boolean).join(' ');
  return both(parts('小时', '分钟'), parts('h', 'min'));
}

/** What one timeline entry says, in both languages; people's own words only in the first. */
export function describe(entry: Entry): Label {
  const { kind, data, step } = entry;
  const plain = changeLabels[kind];
  switch (kind) {
    case 'started': {
      const process = processLabels[data.process as Process];
      return both(`${process.zh}登记(${data.priority})`, `${process.en} registered (${data.priority})`);
    }
    case 'step': {
      const label = stepLabel(step?.name ?? String(data.step)) ?? plain;
      const words = Object.values(step?.material ?? {}).find((value) => typeof value === 'string');
      const origin = data.origin === 'signal' ? both('(部门系统信号)', ' (by signal)') : both('', '');
      return both(`${label.zh}${origin.zh}${words ? `:「${words}」` : ''}`, `${label.en}${origin.en}`);
    }
    case 'assigned':
      return both(`派单给 ${data.handler}`, `Assigned to ${data.handler}`);
    case 'support-joined':
      return both(`${data.staff} 协同排查`, `${data.staff} joins as technical support`);
    case 'stage': {
      const stage = labelOf(stageLabels, data.stage as Stage);
      return both(`进入环节「${stage.zh}」`, `Stage: ${stage.en}`);
    }
    case 'reminded':
    case 'warned':
    case 'breached':
    case 'escalated-up': {
      const clock = labelOf(clockLabels, data.clock as ClockName);
      const [limit, due] = [duration(Number(data.limitMs)), localTime(Number(data.dueAt))];
      const late = labelOf(roles, data.late);
      return both(
        `${plain.zh}:${clock.zh},时限 ${limit.zh},${due} 到期,责任方 ${late.zh}`,
        `${plain.en}: ${clock.en}, limit ${limit.en}, due ${due}, late: ${late.en}`,
      );
    }
    case 'clock-met-late': {
      const clock = labelOf(clockLabels, data.clock as ClockName);
      const late = duration(Number(data.lateByMs));
      return both(`${clock.zh}超时 ${late.zh}后完成`, `${clock.en} met ${late.en} late`);
    }
    case 'linked':
      return both(`关联工单 ${data.ticket}(${linkWords[data.kind as LinkKind].zh})`, `Linked: ${data.ticket}`);
    case 'link-changed':
      return both(
        `关联工单 ${data.ticket} 已结束(${data.outcome ?? data.event})`,
        `${data.ticket}: ${data.outcome ?? data.event}`,
      );
    case 'closed':
      return both(`${plain.zh}(${data.outcome})`, `${plain.en} (${data.outcome})`);
    default:
      return plain;
  }
}

const linkWords: Record<LinkKind, Label> = {
  'escalates-to': both('升级为', 'escalates to'),
  'escalated-from': both('来自', 'escalated from'),
  'reopened-as': both('重新打开为', 'reopened as'),
  reopens: both('重新打开', 'reopens'),
  'merged-into': both('并入', 'merged into'),
  'attached-to': both('属于故障公告', 'part of fault'),
  'merged-from': both('并自', 'merged from'),
  'followed-by': { zh: '加办', en: 'followed by' },
  follows: { zh: '加办自', en: 'follows' },
  checks: both('质检', 'checks'),
  'checked-by': both('由此质检', 'checked by'),
};

const channelWords: Record<string, Label> = {
  'in-app': both('站内', 'in-app'),
  sms: both('短信', 'SMS'),
  email: both('邮件', 'e-mail'),
};

/** `CS001 站内+短信、客户 短信`. */
export function recipients(to: Array<[id: string, channels: string[]]>, lang: Lang): string {
  const people = [...to].sort(([a], [b]) => (a < b ? -1 : 1));
  return people
    .map(([id, channels]) => {
      const who = id === 'customer' ? both('客户', 'customer')[lang] : id;
      return `${who} ${channels.map((channel) => labelOf(channelWords, channel)[lang]).join('+')}`;
    })
    .join(lang === 'zh' ? '、' : ', ');
}
