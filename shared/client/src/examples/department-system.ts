/**
 * A department's own system acknowledges an escalation (E3, D1): its texts go to the API, the step to the workflow.
 *
 *   node --import tsx shared/client/src/examples/department-system.ts TICKET DEPARTMENT
 *
 * with DUBAN_API_URL, DUBAN_TOKEN (scope `materials:write`) and TEMPORAL_ADDRESS. See docs/guide/client.md.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDubanClient } from '@duban/client';
import { type Actor, refusalOf } from '@duban/contracts';
import { Client, Connection } from '@temporalio/client';

const HOUR_MS = 3_600_000;
const { DUBAN_API_URL = 'http://127.0.0.1:8080', DUBAN_TOKEN, TEMPORAL_ADDRESS = '127.0.0.1:7233' } = process.env;

async function main(ticket: string, department: string): Promise<void> {
  const connection = await Connection.connect({ address: TEMPORAL_ADDRESS });
  const duban = createDubanClient(new Client({ connection }));
  const actor: Actor = { kind: 'system', id: `${department}-desk`, roles: [], departments: [department] };
  try {
    // 1. Names and telephone numbers never pass through Temporal: stored first, they are referred to by an id.
    const material = await storeMaterial(ticket, 'acknowledge', { contact: '林海涛', phone: '8813' });

    // 2. The Signal has the step's name. Its id is the sender's own; sent again, it is the same step.
    const step = {
      stepId: randomUUID(),
      actor,
      material,
      command: { department, rank: 'specialist', expectedAt: Date.now() + 20 * HOUR_MS },
    } as const;
    await duban.signal(ticket, 'escalation', 'acknowledge', step);

    // 3. A Signal has no answer: the state tells whether it was in time.
    for (let look = 0; look < 50 && !(await acknowledged()); look++) await sleep(100);
    const { stage, departments, openSteps } = await duban.state(ticket);
    console.log({ stage, departments, openSteps });

    // 4. The same step as an Update has an answer, and a refusal has a reason.
    const again = { ...step, stepId: randomUUID() };
    await duban.step(ticket, 'escalation', 'acknowledge', again).catch((error: unknown) => {
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      console.log('refused:', refusal);
    });
  } finally {
    await connection.close();
  }

  async function acknowledged(): Promise<boolean> {
    const { departments } = await duban.state(ticket);
    return departments.some(({ id, state }) => id === department && state === 'acknowledged');
  }
}

async function storeMaterial(ticket: string, kind: string, body: Record<string, string>): Promise<string> {
  const response = await fetch(`${DUBAN_API_URL}/api/v1/materials`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${DUBAN_TOKEN}` },
    body: JSON.stringify({ ticket, kind, body }),
  });
  if (!response.ok) throw new Error(`POST /materials: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { id: string }).id;
}

const [ticket, department] = process.argv.slice(2);
if (!ticket || !department) throw new Error('usage: department-system.ts TICKET DEPARTMENT');
void main(ticket, department);
