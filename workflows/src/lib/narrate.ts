import {
  type Process,
  type Snapshot,
  clockLabels,
  processLabels,
  stageLabels,
  statusLabels,
  stepTables,
} from '@duban/contracts';
import type { StepTable, Stage, ClockName } from '@duban/contracts';
import type { FrozenPolicy } from '@duban/policy';

/** The ticket as supervisors read it in the Temporal UI: Markdown, codes and numbers only (P6, design 10). */
export function narrate(ticket: Snapshot, policy: FrozenPolicy): string {
  const time = localTime(policy);
  const lines = [
    `**${statusLabels[ticket.status].zh}** · ${stageLabels[ticket.stage as Stage].zh} · ${processLabels[ticket.process].zh} ${ticket.priority}`,
    '',
    `- 处理人 ${ticket.handler ?? '—'}${ticket.supporters.length ? ` · 协助 ${ticket.supporters.join(' ')}` : ''}`,
    `- 部门 ${ticket.departments.map((d) => `${d.id}(${departmentStates[d.state]})`).join(' ') || '—'}`,
  ];
  const links = ticket.links.map((link) => `${link.ticket}${link.open ? '(未结)' : ''}`);
  if (links.length) lines.push(`- 关联 ${links.join(' ')}`);
  if (ticket.urges) lines.push(`- 催单 ${ticket.urges} 次`);
  const clocks = ticket.clocks.filter((c) => c.state !== 'cancelled');
  if (clocks.length) {
    lines.push('');
    for (const clock of clocks) {
      const name =
        clockLabels[clock.name as ClockName].zh +
        (clock.about || clock.department ? ` ${clock.about ?? clock.department}` : '');
      lines.push(`- ${name}:${time(clock.dueAt)} 到期,${clockState(clock, time)}`);
    }
  }
  const steps = stepTables[ticket.process as Process] as StepTable;
  lines.push('', `可执行:${ticket.openSteps.map((step) => steps[step]?.label.zh ?? step).join('、') || '—'}`);
  return lines.join('\n');
}

const departmentStates: Record<Snapshot['departments'][number]['state'], string> = {
  asked: '待确认',
  helping: '协助中',
  acknowledged: '处理中',
  disputing: '有争议',
  delivered: '已反馈',
  released: '已退出',
};

function clockState(clock: Snapshot['clocks'][number], time: (ms: number) => string): string {
  if (clock.state === 'met')
    return clock.breachedAt === undefined ? '已完成' : `超时后于 ${time(clock.stoppedAt ?? 0)} 完成`;
  if (clock.breachedAt !== undefined) return '**已超时**';
  if (clock.state === 'paused') return '暂停';
  return clock.warned ? '即将超时' : '计时中';
}

/** Formats in the policy's own zone: workflows have no zone data of the host. */
function localTime(policy: FrozenPolicy): (ms: number) => string {
  const zones = Object.values(policy.calendars);
  const offsets = (zones.find((calendar) => !calendar.always) ?? zones[0])?.offsets ?? [];
  return (ms) => {
    let seconds = 0;
    for (const [from, offset] of offsets) if (from <= ms) seconds = offset;
    return new Date(ms + seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
  };
}
