import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { start as startApi } from '@duban/api';
import { start as startArchiving } from '@duban/archiving';
import { start as startAssignment } from '@duban/assignment';
import { type Change, type Snapshot, searchAttributeTypes } from '@duban/contracts';
import { schema, setInitialPassword } from '@duban/database';
import { Centre } from '@duban/infra/local/centre';
import { startMailbox } from '@duban/infra/local/mailbox';
import { freePort } from '@duban/infra/local/ports';
import { seedPeople, seedPolicies } from '@duban/infra/local/seed';
import { demoStaff } from '@duban/infra/local/demo-data';
import { webhookSecret } from '@duban/infra/local/services';
import { startTemporal } from '@duban/infra/local/temporal';
import { advance, virtualNow } from '@duban/infra/local/virtual-time';
import { start as startNotification } from '@duban/notification';
import { historiesOf } from '@duban/platform';
import { start as startOrchestrator } from '@duban/orchestrator';
import { asc, eq } from 'drizzle-orm';
import { createTestDatabase } from './database';

const PASSWORD = 'tests-only-password';
const histories = join(__dirname, '../replay/histories');

export type TestCentre = Awaited<ReturnType<typeof openCentre>>;

/**
 * The whole centre in this process: real PostgreSQL, Temporal, mail and SMS receivers and all five services, with the
 * demo people. `policy` names the preset in force. Close it, or jest does not end.
 */
export async function openCentre(options: { policy?: string } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'duban-centre-'));
  const quiet = () => undefined;
  const [database, temporal, mailbox] = await Promise.all([
    createTestDatabase(),
    startTemporal({
      ...{ dbFile: join(directory, 'temporal.db'), port: await freePort(), uiPort: undefined, log: quiet },
      searchAttributes: searchAttributeTypes,
    }),
    startMailbox({ mail: await freePort(), sms: await freePort() }),
  ]);
  await seedPolicies(database.db, options.policy);
  await seedPeople(database.db);
  const first = demoStaff[0]!.id;
  await setInitialPassword(database.db, first, PASSWORD, { mustChange: false });
  const [hashed] = await database.db.select().from(schema.staff).where(eq(schema.staff.id, first));
  // One hash for all: thirty of them would take longer than a test.
  const { passwordHash, passwordInitial, passwordExpiresAt } = hashed!;
  await database.db.update(schema.staff).set({ passwordHash, passwordInitial, passwordExpiresAt, capacity: 1000 });

  const connection = await NativeConnection.connect({ address: temporal.address });
  const client = new Client({ connection });
  const [apiPort, mailInPort] = [await freePort(), await freePort()];
  const env = {
    ...{ DATABASE_URL: database.url, TEMPORAL_ADDRESS: temporal.address, LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent' },
    ...{
      DUBAN_SMTP_URL: mailbox.smtpUrl,
      DUBAN_SMS_URL: mailbox.smsUrl,
      DUBAN_SECRET: 'a secret of the tests alone, 32 bytes long',
    },
    ...{
      DUBAN_FILES_DIR: join(directory, 'files'),
      DUBAN_TELEPHONY_SECRET: webhookSecret('tests', 'telephony'),
      DUBAN_INBOUND_MAIL_SECRET: webhookSecret('tests', 'mail'),
      DUBAN_MAIL_IN_PORT: String(mailInPort),
      // Receivers of the tests' own.
      DUBAN_WEBHOOK_ALLOW: '127.0.0.0/8',
      DUBAN_API_URL: `http://127.0.0.1:${apiPort}`,
      DUBAN_PUBLIC_URL: `http://127.0.0.1:${apiPort}`,
      DUBAN_API_PORT: String(apiPort),
      DUBAN_ORCHESTRATOR_PORT: '0',
    },
    ...{ DUBAN_ASSIGNMENT_PORT: '0', DUBAN_NOTIFICATION_PORT: '0', DUBAN_ARCHIVING_PORT: '0' },
  };
  const starts = [startOrchestrator, startAssignment, startNotification, startArchiving, startApi];
  const services = await Promise.all(starts.map((start) => start(env, { connection })));
  const people = new Centre(`http://127.0.0.1:${apiPort}`, PASSWORD);

  return {
    database,
    client,
    mailbox,
    people,
    apiUrl: people.apiUrl,
    /** Where the centre's own mail comes in. */
    mailInPort,
    temporalAddress: temporal.address,

    /** The workflow's own answer. */
    state: (ticket: string): Promise<Snapshot> => client.workflow.getHandle(ticket).query('state'),
    advance: (ticket: string, by: number) => advance(client, ticket, by),
    virtualNow: (ticket: string) => virtualNow(client, ticket),
    /** Moves a ticket to just past a clock's due instant, or a share of it in percent. */
    async advancePast(ticket: string, clock: string, percent = 100) {
      const { clocks } = await this.state(ticket);
      const found = clocks.find((c) => c.key === clock);
      if (!found) throw new Error(`no clock ${clock}; there are ${clocks.map((c) => c.key).join(', ')}`);
      const at = found.startedAt + ((found.dueAt - found.startedAt) * percent) / 100;
      await advance(client, ticket, Math.max(1, at - (await virtualNow(client, ticket))) + 1_000);
      return found;
    },

    /** The timeline as kept, in order. */
    async timeline(ticket: string): Promise<Change[]> {
      const { timeline } = schema;
      const rows = await database.db
        .select()
        .from(timeline)
        .where(eq(timeline.ticket, ticket))
        .orderBy(asc(timeline.revision), asc(timeline.index));
      return rows.map((row) => ({ ...row, at: row.at.getTime() }) as unknown as Change);
    },
    /** Who was told what in the application, as `template → staff`. */
    async told(ticket: string): Promise<string[]> {
      const rows = await database.db.select().from(schema.notifications).where(eq(schema.notifications.ticket, ticket));
      return rows.map((row) => `${row.template} → ${row.staff}`);
    },
    /** What left the building, as `template → channel state`. */
    async sent(ticket: string): Promise<string[]> {
      const rows = await database.db.select().from(schema.deliveries).where(eq(schema.deliveries.ticket, ticket));
      return rows.map((row) => `${row.template} → ${row.channel} ${row.state}`);
    },
    /** Waits until something in the database is as it should be; its failure is thrown after ten seconds. */
    async eventually<T>(look: () => Promise<T>): Promise<T> {
      for (const end = Date.now() + 10_000; ;) {
        try {
          return await look();
        } catch (error) {
          if (Date.now() > end) throw error;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    },
    /** Ends when the workflow has, archived and all. */
    ended: (ticket: string) => client.workflow.getHandle(ticket).result(),
    /**
     * Keeps the path's history for the replay tests, when asked to by SAVE_HISTORIES=1; of a converted ticket also
     * that of the process it left, as `<path>-before`.
     */
    async saveHistory(ticket: string, path: string): Promise<void> {
      if (process.env.SAVE_HISTORIES !== '1') return;
      const runs = await historiesOf(client, ticket);
      runs.forEach((history, i) => {
        const file = join(histories, `${path}${i < runs.length - 1 ? '-before' : ''}.json`);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, `${JSON.stringify(JSON.parse(historyToJSON(history)))}\n`);
      });
    },

    async close() {
      for (const service of services.reverse()) await service.stop();
      await connection.close();
      await temporal.stop();
      await mailbox.stop();
      await database.drop();
      await Runtime.instance().shutdown();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
