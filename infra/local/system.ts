import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { searchAttributeTypes } from '@duban/contracts';
import { readEnvironment, temporalAddress, temporalEnvironment } from '@duban/platform';
import { acquireLock } from './lock';
import { startMailbox, type Mailbox } from './mailbox';
import { requireFreePorts, UsageError, type PortName, type Ports } from './ports';
import { startPostgres, type PostgresServer } from './postgres';
import { dropPostgres } from './postgres-home';
import { Children, type Child, type Log } from './processes';
import { serviceNames, startServices } from './services';
import { registerSearchAttributes, startTemporal, type TemporalServer } from './temporal';

export interface SystemOptions {
  /** Database, Temporal's file, logs and secret. */
  dataDir: string;
  ports: Ports;
  log: Log;
  /** Each service its own process. */
  separate?: boolean;
  /** No demo data. */
  empty?: boolean;
  /** Drop the embedded data first. */
  reset?: boolean;
  /** Without Temporal's web UI. */
  headless?: boolean;
  /** A database instead of the embedded one. */
  databaseUrl?: string | undefined;
  /** A Temporal server instead of the local one. */
  temporalAddress?: string | undefined;
  namespace?: string;
  /** More variables for the services, for tests (crash points). */
  serviceEnvironment?: Record<string, string>;
}

export interface System {
  databaseUrl: string;
  temporalAddress: string;
  namespace: string;
  apiUrl: string;
  uiUrl: string | undefined;
  mailbox: Mailbox;
  /** Where mail to the centre comes in, by SMTP on loopback. */
  mailInPort: number;
  /** `undefined` where `databaseUrl` or `temporalAddress` was given. */
  postgres: PostgresServer | undefined;
  temporal: TemporalServer | undefined;
  services: Child[];
  /** What seeding has to say to the person: staff numbers and how to log in. */
  signIn: readonly string[];
}

/** A system that is being started or runs; it can be stopped at any moment, also while it starts. */
export class LocalSystem {
  private children: Children | undefined;
  private mailbox: Mailbox | undefined;
  private release: (() => void) | undefined;

  constructor(private readonly options: SystemOptions) {}

  /**
   * Starts everything, in order, and waits until every service is ready.
   *
   * @throws UsageError when the person has to change something (port, data directory, option), AlreadyRunning when
   *   the data are in use, EnvironmentError when Temporal's variables are not sound; call `stop` then
   */
  async start(): Promise<System> {
    const { dataDir, ports, log, databaseUrl: givenDatabase, temporalAddress: givenTemporal } = this.options;
    const { namespace = 'default', headless = false } = this.options;
    if (this.options.reset && (givenDatabase ?? givenTemporal))
      throw new UsageError(
        '--reset drops embedded data only: unset DATABASE_URL and TEMPORAL_ADDRESS, or reset those yourself.',
      );
    const reach = givenTemporal
      ? temporalAddress(readEnvironment(temporalEnvironment, { ...process.env, TEMPORAL_ADDRESS: givenTemporal }))
      : undefined;
    requireWritable(dataDir);
    this.children = new Children(join(dataDir, 'logs'), log);
    const { children } = this;
    this.release = await acquireLock(join(dataDir, 'running.json'), children.watchdogPid, log);
    if (this.options.reset) dropData(dataDir);
    await requireFreePorts(ports, [
      ...serviceNames,
      ...(givenDatabase ? [] : (['postgres'] satisfies PortName[])),
      ...(givenTemporal ? [] : temporalPorts.filter((name) => !headless || name !== 'temporal-ui')),
      'mail',
      'sms',
      'mail-in',
    ]);
    const [postgres, temporal, mailbox] = await Promise.all([
      givenDatabase
        ? undefined
        : stage(log, 'PostgreSQL', () => startPostgres({ dataDir, port: ports.postgres, log, children })),
      givenTemporal ? undefined : stage(log, 'Temporal', () => this.startTemporal(children)),
      startMailbox(ports),
    ]);
    this.mailbox = mailbox;
    postgres?.child.keepAlive();
    temporal?.child.keepAlive();
    const databaseUrl = givenDatabase ?? postgres?.url ?? '';
    const serverAddress = givenTemporal ?? temporal?.address ?? '';
    const [seeded] = await Promise.all([
      answering('DATABASE_URL', givenDatabase, () => this.prepareDatabase(databaseUrl)),
      stage(log, 'search attributes', () =>
        answering('TEMPORAL_ADDRESS', givenTemporal, () =>
          registerSearchAttributes(reach ?? { address: serverAddress }, searchAttributeTypes, namespace),
        ),
      ),
    ]);
    const services = await stage(log, 'services', () =>
      startServices({
        ...{ ports, databaseUrl, temporalAddress: serverAddress, namespace, children },
        localTemporal: !givenTemporal,
        ...{ smtpUrl: mailbox.smtpUrl, smsUrl: mailbox.smsUrl, secret: readSecret(dataDir) },
        filesDir: join(dataDir, 'files'),
        separate: this.options.separate ?? false,
        extraEnvironment: this.options.serviceEnvironment ?? {},
      }),
    );
    const apiUrl = `http://127.0.0.1:${ports.api}`;
    if (seeded.fresh && !this.options.empty) await this.addDemoTickets(apiUrl, databaseUrl);
    return {
      ...{ databaseUrl, temporalAddress: serverAddress, namespace, apiUrl, mailbox, postgres, temporal, services },
      mailInPort: ports['mail-in'],
      uiUrl: temporal?.uiUrl,
      signIn: seeded.signIn,
    };
  }

  /** Stops everything in reverse order. Data are kept. */
  async stop(): Promise<void> {
    await this.children?.stopAll();
    await this.mailbox?.stop();
    this.release?.();
  }

  /** Kills everything at once. */
  kill(): void {
    this.children?.killAll();
    this.release?.();
  }

  private startTemporal(children: Children): Promise<TemporalServer> {
    const { dataDir, ports, log, headless, namespace = 'default' } = this.options;
    const dbFile = join(dataDir, 'temporal.db');
    const uiPort = headless ? undefined : ports['temporal-ui'];
    const searchAttributes = searchAttributeTypes;
    const own = { port: ports.temporal, httpPort: ports['temporal-http'], metricsPort: ports['temporal-metrics'] };
    return startTemporal({ dbFile, ...own, uiPort, log, children, namespace, searchAttributes });
  }

  private async prepareDatabase(databaseUrl: string): Promise<{ signIn: string[]; fresh: boolean }> {
    const { log, dataDir, empty = false } = this.options;
    const { migrate } = await import('@duban/database');
    await stage(log, 'migrations', () => migrate(databaseUrl));
    const { seedDatabase, SIGN_IN_FILE } = await import('./seed');
    const passwordFile = join(dataDir, SIGN_IN_FILE);
    return stage(log, empty ? 'first data' : 'demo data', () => seedDatabase(databaseUrl, { empty, passwordFile }));
  }

  /** What is over, in bulk; what is open through the API, as people would. A system without them is still whole. */
  private async addDemoTickets(apiUrl: string, databaseUrl: string): Promise<void> {
    const { log, dataDir } = this.options;
    const { centreAt, pastTickets, seedTickets } = await import('./seed-tickets');
    const { seedPast } = await import('./past/seed');
    const { seedKnowledge } = await import('./past/knowledge');
    const { openDatabase } = await import('@duban/database');
    const database = openDatabase(databaseUrl, { max: 2 });
    try {
      await stage(log, 'demo tickets', async () => {
        await seedPast(database, pastTickets);
        await seedKnowledge(database.db);
        await seedTickets(centreAt(apiUrl, dataDir));
      });
    } catch (error) {
      log(`✗ demo tickets: ${(error as Error).message} (--reset begins afresh)`);
    } finally {
      await database.close();
    }
  }
}

const temporalPorts = ['temporal', 'temporal-ui', 'temporal-http', 'temporal-metrics'] as const satisfies PortName[];

/** Runs one stage and tells how long it took; a long one says meanwhile that it still works. */
async function stage<T>(log: Log, name: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  const timer = setInterval(() => log(`… ${name} (${seconds()})`), 5_000);
  try {
    const result = await work();
    log(`✓ ${name} (${seconds()})`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

/** Says which variable names a server that does not answer; its value may hold a password. */
async function answering<T>(variable: string, given: string | undefined, work: () => Promise<T>): Promise<T> {
  if (given === undefined) return work();
  return work().catch((error: Error & { code?: string }) => {
    const isAway = /^E[A-Z]+$|^CONNECT/.test(error.code ?? '') || error.message.startsWith('Failed to connect');
    if (!isAway) throw error;
    throw new UsageError(`What ${variable} names does not answer (${error.code ?? error.message}).`);
  });
}

function requireWritable(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK | constants.X_OK);
    if (existsSync(join(dataDir, 'logs'))) accessSync(join(dataDir, 'logs'), constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = (error as Error).message;
    throw new UsageError(`Duban can't write its data (${reason}). If another user started it here, use --data-dir.`);
  }
}

/** Only what Duban itself made: the data directory may be somebody's own. */
function dropData(dataDir: string): void {
  dropPostgres(dataDir);
  for (const file of ['temporal.db', 'temporal.db-wal', 'temporal.db-shm', 'secret', 'sign-in.json'])
    rmSync(join(dataDir, file), { force: true });
  rmSync(join(dataDir, 'files'), { recursive: true, force: true });
}

/** Signs what must survive a restart; made at the first start. */
function readSecret(dataDir: string): string {
  const file = join(dataDir, 'secret');
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}
