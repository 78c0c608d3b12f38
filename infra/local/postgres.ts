import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { findBinaries, findPostgresHome, type PostgresHome, existingPostgresHome } from './postgres-home';
import { processCommand, processIdentity } from './process-identity';
import { Children, untilReady, type Child, type Log } from './processes';

export interface PostgresOptions {
  /** The system's data directory; the cluster lies inside, or where `findPostgresHome` puts it. */
  dataDir: string;
  /** On loopback. */
  port: number;
  log: Log;
  /** Who watches over the server; by default a family of its own that logs to `dataDir/logs`. */
  children?: Children;
}

export interface PostgresServer {
  /** With user and password, of the database `duban`. */
  url: string;
  /** The postmaster that runs now. */
  readonly pid: number | undefined;
  /** For `keepAlive`, and for tests that kill it. */
  child: Child;
  /** SIGINT is a fast orderly shutdown (the default), SIGQUIT and SIGKILL are crashes. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const USER = 'duban';
const DATABASE = 'duban';
/** Crash recovery after a long load is the slowest start. */
const READY_MS = 60_000;
/** A killed postmaster's backends end by themselves within moments; until then a new one refuses to start. */
const LEFTOVER_MS = 15_000;
const LEFTOVER = /pre-existing shared memory block|lock file "postmaster.pid" already exists/;

/** Durability stays on: the fault tests kill this very server. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  fsync: 'on',
  synchronous_commit: 'on',
  max_wal_size: '2GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
};

/**
 * Starts the embedded PostgreSQL on loopback, creating the cluster (UTF8, C.UTF-8) and its database `duban` at the
 * first start. What an earlier run that was killed left behind is cleared away.
 *
 * @throws with the end of the server's log when it does not come up
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { dataDir, port, log, children = new Children(join(options.dataDir, 'logs'), log) } = options;
  const place = findPostgresHome(dataDir);
  const binaries = findBinaries(place);
  const password = readPassword(place);
  const cluster = join(place.home, 'data');
  if (!existsSync(cluster)) {
    log('creating the PostgreSQL cluster');
    createCluster(place, binaries, cluster);
  }
  const child = children.add({
    name: 'postgres',
    command: join(binaries, 'postgres'),
    args: [
      '-D',
      cluster,
      '-p',
      String(port),
      ...Object.entries(SETTINGS).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    cwd: place.home,
    env: serverEnvironment(),
    uid: place.account?.uid,
    gid: place.account?.gid,
    tier: 0,
    stopSignal: 'SIGINT',
    graceMs: 8_000,
    prepare: () => clearStalePid(cluster, log),
  });
  const address = { host: '127.0.0.1', port, user: USER, password };
  for (const end = Date.now() + LEFTOVER_MS; ; await sleep(200)) {
    await child.start();
    try {
      await untilReady(child, () => ensureDatabase(address), READY_MS);
      break;
    } catch (error) {
      if (Date.now() < end && child.pid === undefined && LEFTOVER.test(child.tail(6))) continue;
      await child.stop('SIGQUIT');
      throw error;
    }
  }
  return {
    url: urlOf(port, password),
    get pid() {
      return child.pid;
    },
    child,
    stop: (signal) => child.stop(signal),
  };
}

function createCluster({ home, account }: PostgresHome, binaries: string, cluster: string): void {
  // Made beside its place and moved there when complete: a first start that was interrupted leaves no half cluster.
  const draft = `${cluster}.new`;
  rmSync(draft, { recursive: true, force: true });
  // macOS knows no locale C.UTF-8; the built-in provider needs none, only LC_CTYPE is the system's.
  const locale = process.platform === 'linux' ? ['--locale=C.UTF-8'] : ['--locale=C', '--builtin-locale=C.UTF-8'];
  const { status, stderr, error } = spawnSync(
    join(binaries, 'initdb'),
    [
      `--pgdata=${draft}`,
      `--username=${USER}`,
      `--pwfile=${join(home, 'password')}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      ...locale,
      '--no-instructions',
    ],
    { ...account, cwd: home, env: serverEnvironment(), encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] },
  );
  if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? stderr}`);
  renameSync(draft, cluster);
}

/** Nothing of the caller's environment: a PGDATA or LC_ALL there must not change the server. */
function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_MESSAGES: 'C', TZ: 'UTC' };
}

/** The random password, made at the first start and readable by its owner alone. */
function readPassword({ home, account }: PostgresHome): string {
  const file = join(home, 'password');
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 });
    if (account) chownSync(file, account.uid, account.gid);
  }
  return readFileSync(file, 'utf8').trim();
}

/**
 * PostgreSQL refuses to start when the number in `postmaster.pid` is that of any live process. If that is another
 * program the file is stale; if it is this cluster's old postmaster, that one is stopped.
 */
async function clearStalePid(cluster: string, log: Log): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  const pid = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : NaN;
  if (!Number.isInteger(pid) || processIdentity(pid) === undefined) return;
  if (!processCommand(pid).includes(cluster)) return rmSync(file, { force: true });
  log(`an earlier PostgreSQL (process ${pid}) still runs on these data; stopping it`);
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    process.kill(pid, signal);
    for (const end = Date.now() + 8_000; processIdentity(pid) !== undefined && Date.now() < end;) await sleep(50);
    if (processIdentity(pid) === undefined) return;
  }
}

/** True once the server answers; creates the database when it is missing. */
async function ensureDatabase(address: {
  host: string;
  port: number;
  user: string;
  password: string;
}): Promise<boolean> {
  const sql = postgres({ ...address, database: 'postgres', max: 1, connect_timeout: 5, onnotice: () => undefined });
  try {
    const found = await sql`select 1 from pg_database where datname = ${DATABASE}`;
    if (found.length === 0) await sql`create database ${sql(DATABASE)}`;
    return true;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function urlOf(port: number, password: string): string {
  return `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`;
}

/** The address of the cluster that belongs to `dataDir`, for commands beside a running system; undefined without one. */
export function postgresUrl(dataDir: string, port: number): string | undefined {
  const home = existingPostgresHome(dataDir);
  return home && urlOf(port, readFileSync(join(home, 'password'), 'utf8').trim());
}
