import { type Label, channelLabels } from '@duban/contracts';

/** Names of codes that stand in lists only. */
export const directionLabels: Record<string, Label> = {
  inbound: { zh: '呼入', en: 'Incoming' },
  outbound: { zh: '呼出', en: 'Outgoing' },
};

export const mediumLabels: Record<string, Label> = { ...channelLabels, sms: { zh: '短信', en: 'Text message' } };

export const conversationLabels: Record<string, Label> = {
  waiting: { zh: '等待接入', en: 'Waiting' },
  open: { zh: '进行中', en: 'Open' },
  closed: { zh: '已结束', en: 'Closed' },
};

export const deliveryLabels: Record<string, Label> = {
  pending: { zh: '待发送', en: 'Pending' },
  sending: { zh: '发送中', en: 'Sending' },
  sent: { zh: '已发送', en: 'Sent' },
  failed: { zh: '失败', en: 'Failed' },
  unknown: { zh: '结果不明', en: 'Unknown' },
};

export const articleLabels: Record<string, Label> = {
  draft: { zh: '草稿', en: 'Draft' },
  review: { zh: '待审核', en: 'In review' },
  published: { zh: '已发布', en: 'Published' },
  retired: { zh: '已下架', en: 'Retired' },
};

export const articleKindLabels: Record<string, Label> = {
  article: { zh: '文章', en: 'Article' },
  case: { zh: '案例', en: 'Case' },
};

export const problemLabels: Record<string, Label> = {
  proposed: { zh: '待确认', en: 'Proposed' },
  open: { zh: '未解决', en: 'Open' },
  settled: { zh: '已解决', en: 'Settled' },
};

export const measureLabels: Record<string, Label> = {
  asked: { zh: '待制定', en: 'Asked for' },
  planned: { zh: '已计划', en: 'Planned' },
  done: { zh: '已完成', en: 'Done' },
  dropped: { zh: '已取消', en: 'Dropped' },
};

export const revisitChannelLabels: Record<string, Label> = {
  phone: { zh: '电话访谈', en: 'Telephone' },
  online: { zh: '在线问卷', en: 'Online' },
  email: { zh: '电子邮件', en: 'E-mail' },
};

export const timeOfDayLabels: Record<string, Label> = {
  morning: { zh: '上午', en: 'Morning' },
  afternoon: { zh: '下午', en: 'Afternoon' },
  evening: { zh: '晚上', en: 'Evening' },
};

export const proposalKindLabels: Record<string, Label> = {
  idea: { zh: '建议', en: 'Idea' },
  answer: { zh: '答复', en: 'Answer' },
  case: { zh: '案例', en: 'Case' },
};

export const proposalLabels: Record<string, Label> = {
  open: { zh: '待处理', en: 'Open' },
  accepted: { zh: '已采纳', en: 'Accepted' },
  declined: { zh: '未采纳', en: 'Declined' },
};

export const modeLabels: Record<string, Label> = {
  automatic: { zh: '自动派单', en: 'Automatic' },
  manual: { zh: '人工派单', en: 'By hand' },
  'pick-up': { zh: '抢单', en: 'Picked up' },
};

export const absenceLabels: Record<string, Label> = {
  leave: { zh: '休假', en: 'Leave' },
  sick: { zh: '病假', en: 'Sick' },
  training: { zh: '培训', en: 'Training' },
  other: { zh: '其他', en: 'Other' },
};

export const weekdayLabels: readonly Label[] = [
  { zh: '周一', en: 'Mon' },
  { zh: '周二', en: 'Tue' },
  { zh: '周三', en: 'Wed' },
  { zh: '周四', en: 'Thu' },
  { zh: '周五', en: 'Fri' },
  { zh: '周六', en: 'Sat' },
  { zh: '周日', en: 'Sun' },
];

export const phraseLabels: Record<string, Label> = {
  greeting: { zh: '问候语', en: 'Greeting' },
  closing: { zh: '结束语', en: 'Closing' },
  soothing: { zh: '安抚语', en: 'Soothing words' },
};

export const phraseDayLabels: Record<string, Label> = {
  any: { zh: '任何一天', en: 'Any day' },
  weekday: { zh: '工作日', en: 'Weekday' },
  weekend: { zh: '周末', en: 'Weekend' },
  holiday: { zh: '节日', en: 'Holiday' },
  'new-year': { zh: '新年', en: 'New year' },
};
