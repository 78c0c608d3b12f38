import type { Question, TicketRow } from '@duban/database';
import type { Deps } from '../deps';
import type { Locale } from '../http/locale';
import { customerSteps } from '../tickets/customer-page';
import { questionnaireOf } from './answers';

/** What a customer sees of their questionnaire: the questions in their language, and whether they may still answer. */
export async function questionnaireView(ticket: TicketRow, locale: Locale, { db }: Deps) {
  const form = await questionnaireOf(db, ticket);
  const open = form !== undefined && customerSteps(ticket, locale).some(({ step }) => step === 'record-answers');
  const answered = ticket.snapshot?.facts.result === 'answered';
  return {
    number: ticket.number,
    title: form ? { zh: form.nameZh, en: form.nameEn }[locale] : '',
    open,
    state: open ? 'open' : answered ? 'answered' : 'over',
    questions: open ? form.questions.map((question) => questionView(question, locale)) : [],
  };
}

function questionView({ id, kind, options, optional, ...text }: Question, locale: Locale) {
  return {
    ...{ id, kind, text: text[locale], field: kind === 'score' ? 'scores' : 'answers', optional: optional ?? false },
    options: (options ?? []).map((option) => ({ id: option.id, text: option[locale] })),
  };
}
