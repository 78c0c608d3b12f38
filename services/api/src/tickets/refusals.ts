import { type Refusal, refusals, refusalText, stageLabels, stepTables } from '@duban/contracts';
import { Problem } from '@duban/platform';
import { type Locale, labelIn } from '../http/locale';

const stepLabels = Object.assign({}, ...Object.values(stepTables)) as Record<
  string,
  { label: { zh: string; en: string } }
>;

/** A refusal's text; stages and steps in it are called by their names. */
export function refusalMessage(refusal: Refusal, locale: Locale): string {
  const detail: Record<string, string | number> = { field: refusal.field ?? '', ...refusal.detail };
  if (typeof detail.stage === 'string') detail.stage = labelIn(stageLabels, detail.stage, locale);
  if (typeof detail.step === 'string') detail.step = stepLabels[detail.step]?.label[locale] ?? detail.step;
  return refusalText(refusal.code, locale, detail);
}

/** 409: the workflow said no, and nothing has changed (design 3). */
export function refusedProblem(refusal: Refusal, step: string): Problem {
  const texts = { zh: refusalMessage(refusal, 'zh'), en: refusalMessage(refusal, 'en') };
  const code = refusal.code in refusals ? refusal.code : 'refused';
  return new Problem(409, code, texts, {
    step,
    ...(refusal.field ? { errors: [{ field: refusal.field, code: refusal.code }] } : {}),
  });
}
