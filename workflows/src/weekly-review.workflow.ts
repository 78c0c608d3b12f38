import { sleep, workflowInfo } from '@temporalio/workflow';
import type { Addressee, Message } from '@duban/contracts';
import { notification, reviews } from './lib/activities';

const DAY_MS = 86_400_000;
/** An owner has so long to say what will be done and by when. */
const PLAN_MS = 3 * DAY_MS;
/** Told when it is due, and again so often. */
const REMIND_EACH_MS = 7 * DAY_MS;
/** Afterwards the packs of later weeks keep naming what is open. */
const FOLLOWED_MS = 84 * DAY_MS;

const supervisors: Addressee = { kind: 'role', role: 'supervisor' };

/** 投诉复盘 (K6): the week's pack is prepared, owners are asked for preventive measures, and these are followed up. */
export async function weeklyReview(input: { week?: string } = {}): Promise<void> {
  const [scheduled] = (workflowInfo().searchAttributes.TemporalScheduledStartTime ?? []) as Date[];
  const begun = Date.now();

  // 1. Frequent types and stages, overdue rectifications and measures so far, into the library and onto paper.
  const { week, complaints, problems } = await reviews.makeWeeklyPack({
    ...input,
    at: scheduled?.getTime() ?? begun,
  });
  const about = `review-${week}`;

  // 2. The supervisors hear that the review can be held.
  await tell(about, [message('review-ready', '1', [supervisors], { complaints, problems: problems.length })]);

  // 3. Who answers for a problem is asked what will be done against it, and by when.
  const wanted = await reviews.askForMeasures({ week, problems, at: begun, dueAt: begun + PLAN_MS });
  await tell(
    about,
    wanted.map(({ id, problem, owner, dueAt }) =>
      message('measure-wanted', id, [{ kind: 'staff', id: owner }], { problem, dueAt }),
    ),
  );

  // 4. Looked after every day: what falls due reminds its owner and the supervisors, week by week, until it is settled.
  const told = new Map<string, { times: number; at: number }>();
  while (Date.now() < begun + FOLLOWED_MS) {
    await sleep(DAY_MS, { summary: '跟进预防措施' });
    const open = await reviews.openMeasures({ week });
    if (open.length === 0) return;
    const now = Date.now();
    const late = open.filter(({ id, dueAt }) => dueAt <= now && now - (told.get(id)?.at ?? 0) >= REMIND_EACH_MS);
    const reminders = late.map(({ id, problem, owner, dueAt }) => {
      const times = (told.get(id)?.times ?? 0) + 1;
      told.set(id, { times, at: now });
      const to: Addressee[] = [{ kind: 'staff', id: owner }, supervisors];
      return message('measure-overdue', `${id}:${times}`, to, { problem, dueAt, owner });
    });
    await tell(about, reminders);
  }

  function message(template: Message['template'], key: string, to: Addressee[], data: Message['data']): Message {
    return { key: `${about}:${template}:${key}`, template, to, data };
  }
}

async function tell(about: string, messages: Message[]): Promise<void> {
  if (messages.length) await notification.notify({ ticket: about, messages });
}
