import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { temporalEnvironment, type TemporalAddress } from '@duban/platform';
import { dynamicConfigFlags, RETENTION_DAYS } from '../temporal/settings';
import { freePort } from './ports';
import { Children, untilReady, type Child, type Log } from './processes';
import { findTemporal } from './temporal-binary';

export { findTemporal } from './temporal-binary';

/** The kinds of search attribute, as the server's enum `temporal.api.enums.v1.IndexedValueType` numbers them. */
const INDEXED_VALUE_TYPE = { TEXT: 1, KEYWORD: 2, INT: 3, DOUBLE: 4, BOOL: 5, DATETIME: 6, KEYWORD_LIST: 7 } as const;

/** Name → type of the search attributes, as `searchAttributeTypes` of `@duban/contracts`. */
export type SearchAttributeTypes = Readonly<Record<string, keyof typeof INDEXED_VALUE_TYPE>>;

export interface TemporalOptions {
  /** The SQLite file that holds everything. */
  dbFile: string;
  /** On loopback. */
  port: number;
  /** Of its HTTP API and its metrics; the server itself would pick two that another start may be about to take. */
  httpPort?: number;
  metricsPort?: number;
  /** `undefined`: without the web UI. */
  uiPort: number | undefined;
  log: Log;
  /** Who watches over the server; by default a family of its own that logs to `logDir`. */
  children?: Children;
  logDir?: string;
  namespace?: string;
  /** Known to the server from its first moment; to another server they are given by `registerSearchAttributes`. */
  searchAttributes?: SearchAttributeTypes;
}

export interface TemporalServer {
  /** host:port of the gRPC frontend. */
  address: string;
  uiUrl: string | undefined;
  readonly pid: number | undefined;
  /** For `keepAlive`, and for tests that kill it. */
  child: Child;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const READY_MS = 60_000;
/** Another host, with TLS, takes longer than loopback. */
const CONNECT_MS = 5_000;
const CLI_TYPE = {
  TEXT: 'Text',
  KEYWORD: 'Keyword',
  INT: 'Int',
  DOUBLE: 'Double',
  BOOL: 'Bool',
  DATETIME: 'Datetime',
  KEYWORD_LIST: 'KeywordList',
} as const;

/**
 * Starts a Temporal dev server on loopback with virtual time, and sets its retention.
 *
 * @throws with the end of the server's log when it does not come up
 */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const { dbFile, port, uiPort, log, namespace = 'default', searchAttributes = {} } = options;
  const children = options.children ?? new Children(options.logDir ?? join(dbFile, '..', 'logs'), log);
  const address = `127.0.0.1:${port}`;
  const httpPort = options.httpPort ?? (await freePort());
  const metricsPort = options.metricsPort ?? (await freePort());
  const child = children.add({
    name: 'temporal',
    command: await findTemporal(log),
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--db-filename', dbFile],
      ...['--http-port', String(httpPort), '--metrics-port', String(metricsPort)],
      ...['--namespace', namespace, '--log-level', 'warn'],
      // As durable as SQLite's default journal, with one sync a commit instead of several.
      ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=full'],
      ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']),
      ...dynamicConfigFlags(),
      ...Object.entries(searchAttributes).flatMap(([name, type]) => [
        '--search-attribute',
        `${name}=${CLI_TYPE[type]}`,
      ]),
    ],
    tier: 0,
    graceMs: 6_000,
  });
  await child.start();
  try {
    await untilReady(child, () => setRetention(address, namespace), READY_MS);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    address,
    uiUrl: uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`,
    get pid() {
      return child.pid;
    },
    child,
    stop: (signal) => child.stop(signal),
  };
}

/** Set at each start, so that a database file made by another version has it too. Answers true when done. */
async function setRetention(address: string, namespace: string): Promise<boolean> {
  const workflowExecutionRetentionTtl = msToTs(`${RETENTION_DAYS} days`);
  return withConnection({ address }, async ({ workflowService }) => {
    await workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl } });
    return true;
  });
}

/**
 * Makes the search attributes known to a server and waits until it accepts them. Those it has are left alone.
 *
 * @throws when one is registered with another type, or the server does not allow it
 */
export async function registerSearchAttributes(
  server: TemporalAddress,
  attributes: SearchAttributeTypes,
  namespace = 'default',
): Promise<void> {
  await withConnection(server, async ({ operatorService, workflowService }) => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    const missing: Record<string, number> = {};
    for (const [name, type] of Object.entries(attributes)) {
      const known = customAttributes?.[name];
      if (known === undefined || known === null) missing[name] = INDEXED_VALUE_TYPE[type];
      else if (known !== INDEXED_VALUE_TYPE[type])
        throw new Error(`Search attribute ${name} is registered in ${namespace} with another type than ${type}.`);
    }
    if (Object.keys(missing).length === 0) return;
    await operatorService.addSearchAttributes({ namespace, searchAttributes: missing });
    // The server's parts learn of it from a cache; until then a workflow start with one would be refused.
    const query = Object.keys(missing)
      .map((name) => `${name} is null`)
      .join(' and ');
    for (const end = Date.now() + 30_000; ; await sleep(200)) {
      try {
        await workflowService.countWorkflowExecutions({ namespace, query });
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
  });
}

/** For a child that is to reach the local server, which speaks without TLS: whatever else the environment names. */
export function withoutTemporalSecurity(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { TEMPORAL_ADDRESS: _, TEMPORAL_NAMESPACE: __, ...security } = temporalEnvironment.shape;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !(name in security)));
}

async function withConnection<T>(server: TemporalAddress, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ ...server, connectTimeout: CONNECT_MS });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
