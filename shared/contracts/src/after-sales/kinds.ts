import type { Label } from '../fields';

/** What a customer can be given after a sale (A1). */
export const serviceKinds = ['return', 'exchange', 'repair', 'refund', 'compensation'] as const;
export type ServiceKind = (typeof serviceKinds)[number];

export const serviceKindLabels: Record<ServiceKind, Label> = {
  return: { zh: '退货', en: 'Return' },
  exchange: { zh: '换货', en: 'Exchange' },
  repair: { zh: '维修', en: 'Repair' },
  refund: { zh: '退款', en: 'Refund' },
  compensation: { zh: '补偿', en: 'Compensation' },
};

/** The condition a product is in. */
export const conditionLabels = {
  unopened: { zh: '未拆封', en: 'unopened' },
  opened: { zh: '已拆封', en: 'opened' },
  defective: { zh: '有质量问题', en: 'defective' },
  'damaged-in-transit': { zh: '运输损坏', en: 'damaged in transit' },
  'wrong-item': { zh: '错发', en: 'wrong item' },
  misused: { zh: '人为损坏', en: 'misused' },
} as const satisfies Record<string, Label>;
export type Condition = keyof typeof conditionLabels;
export const conditions = Object.keys(conditionLabels) as [Condition, ...Condition[]];

/** What a rule may ask the customer for. */
export const wantedMaterialLabels = {
  invoice: { zh: '发票', en: 'invoice' },
  photo: { zh: '照片', en: 'photograph' },
  'serial-number': { zh: '序列号', en: 'serial number' },
  'order-proof': { zh: '订单凭证', en: 'proof of the order' },
  'warranty-card': { zh: '保修卡', en: 'warranty card' },
  'bank-account': { zh: '收款账户', en: 'bank account' },
} as const satisfies Record<string, Label>;
export type WantedMaterial = keyof typeof wantedMaterialLabels;
export const wantedMaterials = Object.keys(wantedMaterialLabels) as WantedMaterial[];

export const serviceStageLabels = {
  received: { zh: '已收到商品', en: 'received' },
  inspected: { zh: '已检测', en: 'inspected' },
  replaced: { zh: '已更换', en: 'replaced' },
  repaired: { zh: '已修复', en: 'repaired' },
  sent: { zh: '已寄出', en: 'sent' },
} as const satisfies Record<string, Label>;
export type ServiceStage = keyof typeof serviceStageLabels;

/** How each kind is carried out, in this order; money alone has no stages. */
export const serviceStages: Record<ServiceKind, readonly ServiceStage[]> = {
  return: ['received', 'inspected'],
  exchange: ['received', 'inspected', 'replaced', 'sent'],
  repair: ['received', 'inspected', 'repaired', 'sent'],
  refund: [],
  compensation: [],
};
/** Kinds that end with money. */
export const paidKinds: readonly ServiceKind[] = ['return', 'refund', 'compensation'];

/** What a ticket ended with. */
export const serviceResultLabels: Record<string, Label> = {
  returned: { zh: '已退货', en: 'Returned' },
  exchanged: { zh: '已换货', en: 'Exchanged' },
  repaired: { zh: '已维修', en: 'Repaired' },
  refunded: { zh: '已退款', en: 'Refunded' },
  compensated: { zh: '已补偿', en: 'Compensated' },
  refused: { zh: '未通过', en: 'Refused' },
};

/** What was behind it: counted for process improvement. */
export const causeLabels = {
  'product-defect': { zh: '产品缺陷', en: 'Product defect' },
  'transport-damage': { zh: '运输损坏', en: 'Damaged in transit' },
  'wrong-delivery': { zh: '错发漏发', en: 'Wrong delivery' },
  description: { zh: '描述不符', en: 'Not as described' },
  'changed-mind': { zh: '客户改变主意', en: 'Changed mind' },
  misuse: { zh: '使用不当', en: 'Misuse' },
  'other-cause': { zh: '其他原因', en: 'Other cause' },
} as const satisfies Record<string, Label>;
