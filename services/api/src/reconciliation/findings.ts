export type FindingKind =
  | 'undelivered-step'
  | 'projection-older'
  | 'projection-differs'
  | 'timeline-gap'
  | 'material-lost'
  | 'workflow-older'
  | 'workflow-missing'
  | 'workflow-ended'
  | 'workflow-unreadable'
  | 'ticket-missing'
  | 'serial-behind'
  | 'claim-left';

/** One difference between step log, projection and workflows. */
export interface Finding {
  kind: FindingKind;
  ticket: string;
  /** What differs: codes, ids, revisions. */
  differs: string;
  repaired: boolean;
}

/** What a person does about what is not repaired by itself. */
export const findingRemedies: Record<FindingKind, { zh: string; en: string }> = {
  'undelivered-step': {
    zh: '查看 lastError,恢复 Temporal 与编排服务后重新执行',
    en: 'Read its lastError, restore Temporal and the orchestrator, then run this again',
  },
  'projection-older': {
    zh: '加 --repair 由流程历史补写',
    en: "Run with --repair: written again from the workflow's history",
  },
  'projection-differs': {
    zh: '加 --repair 由流程状态改写',
    en: "Run with --repair: written again from the workflow's state",
  },
  'timeline-gap': {
    zh: '加 --repair 由流程历史补写;历史已过保留期则见归档包',
    en: 'Run with --repair: written again from the history; past its retention, see the archive bundle',
  },
  'material-lost': {
    zh: '环节记录已由历史重建,文字内容已丢失,请经办人补录',
    en: 'The step is rebuilt from the history, its texts are lost: ask who took it to write them again',
  },
  'workflow-older': {
    zh: 'Temporal 曾恢复到较早时刻:以数据库时间线为准,核对后由主管重新执行缺失的环节',
    en: 'Temporal was restored to an earlier minute: the timeline here is right; a supervisor takes the missing steps again',
  },
  'workflow-missing': {
    zh: '流程不存在:恢复 Temporal 备份,或登记新工单并关联本单',
    en: 'There is no workflow: restore Temporal from backup, or register a new ticket that names this one',
  },
  'workflow-ended': {
    zh: '流程被终止:在 Temporal 界面查明原因,重置流程或登记新工单',
    en: 'The workflow was ended by force: find out why in the Temporal UI, reset it or register a new ticket',
  },
  'workflow-unreadable': {
    zh: '编排服务未运行或流程任务失败:恢复后重新执行',
    en: 'The orchestrator is down or the workflow task fails: restore it, then run this again',
  },
  'ticket-missing': {
    zh: '有流程而无工单:从备份恢复该工单,或在核实后终止该流程',
    en: 'A workflow without ticket: restore the row from backup, or terminate the workflow once that is certain',
  },
  'serial-behind': {
    zh: '加 --repair 推进编号,避免重号',
    en: 'Run with --repair: the serial moves on, so no number is given twice',
  },
  'claim-left': { zh: '加 --repair 释放占用', en: 'Run with --repair: the claim is released' },
};
