import type { Client } from '@temporalio/client';
import type { Snapshot } from '@duban/contracts';
import { type Database, schema } from '@duban/database';
import { type Told, readHistory } from './histories';

/** Everything both stores say once all has come to rest; each check reads it and returns what is wrong. */
export type Facts = Awaited<ReturnType<typeof gatherFacts>>;

const AT_ONCE = 10;
const QUERY_MS = 60_000;
const ROUNDS = 5;

export async function gatherFacts(database: Database, client: Client) {
  for (let round = 1; ; round++) {
    const facts = await readAll(database, client);
    const { tickets } = schema;
    const now = await database.db.select({ number: tickets.number, revision: tickets.revision }).from(tickets);
    const before = new Map(facts.tickets.map(({ number, revision }) => [number, revision]));
    // What moved while it was read cannot be compared; what differs at rest does so in every round.
    if (round === ROUNDS || now.every(({ number, revision }) => before.get(number) === revision)) return facts;
  }
}

async function readAll(database: Database, client: Client) {
  const { db } = database;
  const rows = {
    tickets: await db.select().from(schema.tickets),
    steps: await db.select().from(schema.steps),
    timeline: await db.select().from(schema.timeline),
    claims: await db.select().from(schema.claims),
    queue: await db.select().from(schema.assignmentQueue),
    staff: await db.select().from(schema.staff),
    notifications: await db.select().from(schema.notifications),
    deliveries: await db.select().from(schema.deliveries),
    materials: await db.select().from(schema.materials),
    serials: await db.select().from(schema.serials),
    wakeups: await db.select().from(schema.wakeups),
  };
  const workflows: string[] = [];
  const query = "WorkflowType IN ('consultation', 'complaint', 'escalation')";
  for await (const { workflowId } of client.workflow.list({ query })) workflows.push(workflowId);

  const told = new Map<string, Told>();
  const states = new Map<string, Snapshot>();
  const askedAt = new Map<string, number>();
  const unreadable: string[] = [];
  const numbers = rows.tickets.map((ticket) => ticket.number).values();
  const worker = async () => {
    for (const number of numbers) {
      try {
        const handle = client.workflow.getHandle(number);
        askedAt.set(number, Date.now());
        await client.withDeadline(Date.now() + QUERY_MS, async () => {
          states.set(number, await handle.query<Snapshot>('state'));
          told.set(number, readHistory(await handle.fetchHistory()));
        });
      } catch (error) {
        unreadable.push(`${number}: ${(error as Error).message}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { ...rows, workflows, told, states, askedAt, unreadable };
}
