import * as common from '../common/steps';
import { visits } from '../common/visits';
import { field } from '../fields';
import { step } from '../steps';

/** Technical support 技术支持 (T1). */
export const technicalSupportSteps = {
  'record-guidance': step({
    label: { zh: '记录远程指导', en: 'Record remote guidance' },
    by: ['handler'],
    command: {
      result: field.code('指导结果', 'Result', ['solved', 'not-solved']),
      channel: field.code('指导方式', 'Channel', ['phone', 'chat', 'video', 'remote-control']),
    },
    material: { guidance: field.text('指导内容', 'What was tried', 4000) },
  }),
  ...visits,
  'replace-device': step({
    label: { zh: '更换设备', en: 'Replace the device' },
    by: ['handler', 'department', 'supervisor'],
    command: { returned: field.flag('旧设备已收回', 'Old device returned') },
    material: {
      oldDevice: field.text('旧设备编号', 'Old device', 100, true),
      newDevice: field.text('新设备编号', 'New device', 100),
      note: field.text('更换说明', 'Note', 2000, true),
    },
    signal: true,
  }),
  'confirm-with-customer': common.confirmWithCustomer,
  'record-call-back': common.recordCallBack,
  ...common.ofEveryTicket,
};
