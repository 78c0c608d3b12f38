import { setTimeout as sleep } from 'node:timers/promises';
import { timed } from '../load';

/** The five steps of the reference consultation, in order, as the person fills in each form. */
export const referenceSteps = [
  ['confirm-receipt', {}],
  ['reply', { channel: 'phone', text: '您好,请长按电源键十秒重启设备,若仍无法开机请联系我们。' }],
  ['resolve', { result: '已指导客户重启设备,问题解决' }],
  ['confirm-with-customer', { satisfied: true, feedback: '客户表示满意' }],
  ['submit-survey', { grade: 'satisfied', efficiency: 5, attitude: 5, solution: 4, comment: '服务很好' }],
] as const;
export type StepName = (typeof referenceSteps)[number][0];
export type Form = Record<string, string | number | boolean>;

/** One of the two programs, as its people see it. */
export interface Side {
  /** Registers the i-th consultation; answers its number. */
  register(i: number): Promise<string>;
  /** Resolves with the handler once there is one. */
  assigned(number: string): Promise<string>;
  /** Resolves once the customer has been invited to the survey by SMS. */
  invited(number: string): Promise<void>;
  /** Takes a step; resolves once its effect can be seen, for nobody goes on before. */
  take(number: string, handler: string, step: StepName, form: Form): Promise<void>;
  archived(number: string): Promise<void>;
}

/** How long each request took, and what the program does by itself in between, ms. */
export interface Timings {
  intake: number[];
  steps: number[];
  assigned: number[];
  invited: number[];
  archived: number[];
}
export const noTimings = (): Timings => ({ intake: [], steps: [], assigned: [], invited: [], archived: [] });

/**
 * One reference consultation: intake → assigned → receipt → reply → resolve → satisfied → survey → archived.
 * With `paceMs` people take their time before each step.
 */
export async function consult(side: Side, i: number, timings: Timings, paceMs = 0): Promise<string> {
  const number = await timed(timings.intake, () => side.register(i));
  const handler = await timed(timings.assigned, () => side.assigned(number));
  for (const [step, form] of referenceSteps) {
    if (step === 'submit-survey') await timed(timings.invited, () => side.invited(number));
    if (paceMs > 0) await sleep(paceMs);
    await timed(timings.steps, () => side.take(number, handler, step, form));
  }
  await timed(timings.archived, () => side.archived(number));
  return number;
}
