import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { createDelivery } from '@duban/api/delivery';
import { type NewStep, openDatabase } from '@duban/database';
import { createLogger } from '@duban/platform';

/** One replica of the API that takes one step, and dies where DUBAN_CRASH_AT says. */
async function main(): Promise<void> {
  const { database, address, step } = JSON.parse(process.argv[2]!) as {
    database: string;
    address: string;
    step: NewStep;
  };
  const client = new Client({ connection: await NativeConnection.connect({ address }) });
  const log = createLogger('crash', 'silent');
  await createDelivery({ database: openDatabase(database), client, log }).takeStep(step);
  process.exit(3);
}
void main();
