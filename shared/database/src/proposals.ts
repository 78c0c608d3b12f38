import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Executor } from './connection';
import { customerContacts, customers, knowledgeProposals, steps, tickets } from './schema';
import { type KnownPerson, withoutPerson } from './stripping';

export type Proposal = typeof knowledgeProposals.$inferSelect;
export type NewProposal = Pick<Proposal, 'id' | 'kind' | 'ticket' | 'category' | 'title' | 'body' | 'proposedBy'>;

/** Records what should become an article, once for each id. False when it is there already. */
export async function addProposal(db: Executor, values: NewProposal): Promise<boolean> {
  const rows = await db
    .insert(knowledgeProposals)
    .values(values)
    .onConflictDoNothing()
    .returning({ id: knowledgeProposals.id });
  return rows.length > 0;
}

export async function findProposal(db: Executor, id: string): Promise<Proposal | undefined> {
  return (await db.select().from(knowledgeProposals).where(eq(knowledgeProposals.id, id)))[0];
}

/** Newest first; `after` is where the page before ended. */
export async function listProposals(
  db: Executor,
  {
    state,
    kind,
    after,
    limit,
  }: { state?: string; kind?: string; after?: { at: string; number: string }; limit: number },
): Promise<Proposal[]> {
  const { proposedAt, id } = knowledgeProposals;
  return db
    .select()
    .from(knowledgeProposals)
    .where(
      and(
        state === undefined ? undefined : eq(knowledgeProposals.state, state),
        kind === undefined ? undefined : eq(knowledgeProposals.kind, kind),
        after && sql`(${proposedAt}, ${id}) < (${after.at}::timestamptz, ${after.number})`,
      ),
    )
    .orderBy(desc(proposedAt), desc(id))
    .limit(limit);
}

/** Settles an open proposal. False when somebody decided before. */
export async function decideProposal(
  db: Executor,
  id: string,
  decision: { state: 'accepted'; article: string; by: string } | { state: 'declined'; reason: string; by: string },
): Promise<boolean> {
  const { by, ...values } = decision;
  const rows = await db
    .update(knowledgeProposals)
    .set({ ...values, decidedBy: by, decidedAt: sql`clock_timestamp()` })
    .where(and(eq(knowledgeProposals.id, id), eq(knowledgeProposals.state, 'open')))
    .returning({ id: knowledgeProposals.id });
  return rows.length > 0;
}

/** Whether an article came from an answer that a team leader found: those are announced (C2). */
export async function isFoundAnswer(db: Executor, article: string): Promise<boolean> {
  const rows = await db
    .select({ id: knowledgeProposals.id })
    .from(knowledgeProposals)
    .where(and(eq(knowledgeProposals.article, article), eq(knowledgeProposals.kind, 'answer')));
  return rows.length > 0;
}

/** Answers that were found for requests become proposals, in the transaction that applies them (C2). */
export async function proposeAnswers(db: Executor, ticket: string, stepIds: string[]): Promise<void> {
  const given = await db
    .select({ id: steps.id, actor: steps.actorId, material: steps.material })
    .from(steps)
    .where(and(eq(steps.ticket, ticket), inArray(steps.id, stepIds)));
  for (const { id, actor, material } of given) {
    const answer = (material as { answer?: unknown }).answer;
    if (typeof answer !== 'string' || !answer.trim()) continue;
    const about = await strippedTicket(db, ticket);
    await addProposal(db, {
      ...{ id: `answer:${id}`, kind: 'answer', ticket, category: about.category, proposedBy: actor },
      title: (about.question ?? about.subject).slice(0, 200),
      body: about.strip(answer),
    });
  }
}

/** A closed ticket as a case: what was asked and how it ended, without the person. Undefined when nothing was resolved. */
export async function caseOf(db: Executor, ticket: string) {
  const { subject, content, category, result, strip } = await strippedTicket(db, ticket);
  if (result === null) return undefined;
  return { title: subject, body: `${content}\n\n${strip(result)}`, category };
}

/** Proposes a closed ticket as a case, once (G14). False when it was proposed before or has nothing to tell. */
export async function proposeCase(db: Executor, ticket: string, proposedBy: string): Promise<boolean> {
  const found = await caseOf(db, ticket);
  if (!found) return false;
  return addProposal(db, { ...found, id: `case:${ticket}`, kind: 'case', ticket, proposedBy });
}

/** Steps in which a handler or department says how a matter ended, and the field that says it. */
const ENDINGS: Record<string, string> = {
  ...{ resolve: 'result', 'propose-solution': 'action', 'deliver-result': 'result' },
  ...{ diagnose: 'findings', 'record-guidance': 'guidance', 'record-visit': 'findings', 'replace-device': 'note' },
};

async function strippedTicket(db: Executor, number: string) {
  const [row] = await db
    .select({ ticket: tickets, customer: customers })
    .from(tickets)
    .innerJoin(customers, eq(customers.id, tickets.customer))
    .where(eq(tickets.number, number));
  const { ticket, customer } = row!;
  const contacts = await db.select().from(customerContacts).where(eq(customerContacts.customer, customer.id));
  const values = contacts.map(({ value }) => value);
  const person: KnownPerson = {
    name: customer.name,
    phones: [customer.phone, customer.phone?.replace(/^\+86/, '') ?? null, ...values],
    emails: [customer.email],
  };
  const strip = (text: string) => withoutPerson(text, person);
  const { consignee } = ticket.form as { consignee?: string };
  const stripAll = (text: string) => strip(consignee ? text.replaceAll(consignee, '客户') : text);
  const told = await db
    .select({ step: steps.step, material: steps.material })
    .from(steps)
    .where(and(eq(steps.ticket, number), eq(steps.state, 'applied')))
    .orderBy(desc(steps.seq));
  const textOf = (names: Record<string, string>): string | null => {
    for (const { step, material } of told) {
      const text = names[step] && (material as Record<string, unknown>)[names[step]];
      if (typeof text === 'string' && text.trim()) return text;
    }
    return null;
  };
  const question = textOf({ 'request-answer': 'question' });
  return {
    category: ticket.category,
    subject: stripAll(ticket.subject),
    content: stripAll(ticket.content),
    question: question === null ? null : stripAll(question),
    result: textOf(ENDINGS),
    strip: stripAll,
  };
}
