import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import express from 'express';
import { NAIVE_QUEUE, type Intake, type Signal, type Step, steps } from './types';

/** The naive program's HTTP face: starts the workflow, sends the signals. Nobody has to log in. */
async function main(): Promise<void> {
  const { TEMPORAL_ADDRESS = '', PORT = '' } = process.env;
  const { workflow } = new Client({ connection: await Connection.connect({ address: TEMPORAL_ADDRESS }) });
  const app = express().use(express.json());
  app.get('/readyz', (_request, response) => void response.json({ status: 'ready' }));
  app.post('/tickets', async (request, response) => {
    const number = randomUUID();
    await workflow.start('naiveConsultation', {
      workflowId: number,
      taskQueue: NAIVE_QUEUE,
      args: [request.body as Intake],
    });
    response.status(201).json({ number });
  });
  app.post('/tickets/:number/steps/:step', async (request, response) => {
    const { number, step } = request.params;
    if (!steps.includes(step as Step)) return void response.status(404).end();
    await workflow.getHandle(number).signal(step, request.body as Signal);
    response.status(202).json({ step });
  });
  app.listen(Number(PORT), '127.0.0.1');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
