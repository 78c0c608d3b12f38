import type { Label } from '../fields';

/** Why something does not work, as summaries count it (F3). */
export const faultCauseLabels = {
  line: { zh: '线路', en: 'Line' },
  equipment: { zh: '设备', en: 'Equipment' },
  power: { zh: '电力', en: 'Power' },
  software: { zh: '软件', en: 'Software' },
  external: { zh: '外部因素', en: 'External' },
  misuse: { zh: '操作不当', en: 'Misuse' },
  unknown: { zh: '原因不明', en: 'Unknown' },
} as const satisfies Record<string, Label>;
export type FaultCause = keyof typeof faultCauseLabels;
export const faultCauses = Object.keys(faultCauseLabels) as FaultCause[];
