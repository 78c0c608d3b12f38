import { type CheckedItem, wrongPoints } from '@duban/contracts';
import {
  type Executor,
  type Questionnaire,
  type TicketRow,
  findCategory,
  findQualityForm,
  findQuestionnaire,
  versionOf,
} from '@duban/database';
import { type FieldError, invalidFields } from '../http/problems';

type Body = Record<string, unknown>;
type Points = Record<string, number>;

/** What `facts` of a revisit or check name by `id:version`; undefined before its workflow has answered. */
function named(ticket: TicketRow, fact: 'questionnaire' | 'form'): { id: string; version: number } | undefined {
  const name = ticket.snapshot?.facts[fact];
  return typeof name === 'string' ? versionOf(name) : undefined;
}

/** The questions that a revisit asks; undefined before its workflow has answered. */
export async function questionnaireOf(db: Executor, ticket: TicketRow): Promise<Questionnaire | undefined> {
  const of = named(ticket, 'questionnaire');
  return of && findQuestionnaire(db, of.id, of.version);
}

/**
 * Checks what a step of a revisit or a quality check says against the questionnaire or form that the ticket began with
 * (R1). Throws 422 with every field that is wrong; other steps pass.
 */
export async function checkCareStep(db: Executor, step: string, ticket: TicketRow, body: Body): Promise<void> {
  const errors =
    step === 'record-answers'
      ? await answerErrors(db, ticket, body)
      : step === 'score' || step === 'decide-appeal'
        ? await pointErrors(db, ticket, body.points as Points | undefined)
        : [];
  if (errors.length) throw invalidFields(errors);
}

async function answerErrors(db: Executor, ticket: TicketRow, body: Body): Promise<FieldError[]> {
  const { questions = [] } = (await questionnaireOf(db, ticket)) ?? {};
  const {
    scores = {},
    answers = {},
    problem,
    need,
    category,
  } = body as {
    scores?: Points;
    answers?: Body;
    problem?: string;
    need?: string;
    category?: string;
  };
  const errors: FieldError[] = [];
  const given = { scores: new Set(Object.keys(scores)), answers: new Set(Object.keys(answers)) };
  for (const { id, kind, options = [], optional } of questions) {
    const place = kind === 'score' ? 'scores' : 'answers';
    const value = (kind === 'score' ? scores : answers)[id];
    given[place].delete(id);
    const field = `${place}.${id}`;
    const fits = {
      score: () => Number(value) >= 1 && Number(value) <= 5,
      choice: () => options.some((option) => option.id === value),
      text: () => typeof value === 'string' && value.length <= 2000,
    }[kind];
    if (value === undefined || value === '') {
      if (!optional) errors.push({ field, code: 'required' });
    } else if (!fits()) errors.push({ field, code: 'malformed' });
  }
  for (const place of ['scores', 'answers'] as const)
    for (const id of given[place]) errors.push({ field: `${place}.${id}`, code: 'unknown-field' });
  if (problem !== undefined && !need?.trim()) errors.push({ field: 'need', code: 'required' });
  if (category !== undefined) {
    const process = (await findCategory(db, category))?.process;
    const fits = problem === undefined ? process === 'consultation' || process === 'complaint' : process === problem;
    if (!fits) errors.push({ field: 'category', code: 'wrong-process' });
  }
  return errors;
}

async function pointErrors(db: Executor, ticket: TicketRow, points: Points | undefined): Promise<FieldError[]> {
  const of = named(ticket, 'form');
  const form = of && (await findQualityForm(db, of.id, of.version));
  if (!points || !form) return [];
  const strange = Object.keys(points).filter((id) => !form.items.some((item) => item.id === id));
  const wrong = form.items.filter((item) => wrongPoints([item] as CheckedItem[], pick(points, item.id)) !== null);
  return [
    ...strange.map((id): FieldError => ({ field: `points.${id}`, code: 'unknown-field' })),
    ...wrong.map(({ id }): FieldError => ({
      ...{ field: `points.${id}`, code: points[id] === undefined ? 'required' : 'malformed' },
    })),
  ];
}

const pick = (points: Points, id: string): Points => (points[id] === undefined ? {} : { [id]: points[id] });
