import { NativeConnection, Worker } from '@temporalio/worker';
import postgres from 'postgres';
import { createActivities } from './activities';
import { NAIVE_QUEUE, READY } from './types';

/** Hosts the naive program's workflow and activities, with the SDK's default options. */
async function main(): Promise<void> {
  const { NAIVE_DATABASE_URL = '', TEMPORAL_ADDRESS = '', SMS_URL = '' } = process.env;
  const sql = postgres(NAIVE_DATABASE_URL);
  const connection = await NativeConnection.connect({ address: TEMPORAL_ADDRESS });
  const worker = await Worker.create({
    connection,
    taskQueue: NAIVE_QUEUE,
    workflowsPath: require.resolve('./workflows'),
    activities: createActivities(sql, SMS_URL),
  });
  const running = worker.run(); // until SIGTERM
  console.log(READY);
  await running;
  await sql.end();
  await connection.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
