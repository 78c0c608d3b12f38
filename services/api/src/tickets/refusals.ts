import { type Refusal, refusals, refusalText } from '@duban/contracts';
import { Problem } from '@duban/platform';
import type { Locale } from '../http/locale';
import { personIn } from './directory';
import { type Names, clockName, taskName } from './words';

/** A refusal's text; `names` says what clocks, tasks, departments and people in it are called. */
export function refusalMessage(refusal: Refusal, locale: Locale, names?: Names): string {
  const detail: Record<string, string | number> = { field: refusal.field ?? '', ...refusal.detail };
  if (names)
    for (const [name, code] of Object.entries(detail))
      if (typeof code === 'string') detail[name] = named(name, code, names, locale);
  return refusalText(refusal.code, locale, detail);
}

function named(name: string, code: string, names: Names, locale: Locale): string {
  switch (name) {
    case 'clock':
      return clockName(code, names, locale);
    case 'task':
      return taskName(code, names, locale);
    case 'tasks':
      return code
        .split(', ')
        .map((id) => taskName(id, names, locale))
        .join(locale === 'zh' ? '、' : ', ');
    case 'department':
      return names.directory.departments.get(code)?.[locale] ?? code;
    case 'handler':
      return personIn(names.directory, code)!.name;
    default:
      return code; // `refusalText` knows stages and steps
  }
}

/**
 * 409: the workflow said no, and nothing has changed (design 3). For a stale look `revision` says how far the ticket is
 * by now.
 */
export function refusedProblem(refusal: Refusal, step: string, names?: Names): Problem {
  const texts = { zh: refusalMessage(refusal, 'zh', names), en: refusalMessage(refusal, 'en', names) };
  const code = refusal.code in refusals ? refusal.code : 'refused';
  return new Problem(409, code, texts, {
    step,
    ...(refusal.code === 'stale' && refusal.detail ? { revision: refusal.detail.revision } : {}),
    ...(refusal.field ? { errors: [{ field: refusal.field, code: refusal.code }] } : {}),
  });
}
