import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import {
  EnvironmentError,
  readEnvironment,
  temporalAddress,
  temporalEnvironment,
  type TemporalAddress,
} from '@duban/platform';
import { Centre } from './centre';
import { type Stage, StoryBroken } from './demo/story';
import { complaintStory, consultationStory, escalationStory } from './demo/stories';
import { UsageError, parseCommandLine } from './ports';
import { projectRoot } from './project';
import { SIGN_IN_FILE, demoPassword } from './seed';

const stories = { consultation: consultationStory, complaint: complaintStory, escalation: escalationStory };
const UNIMPLEMENTED = 12;

/**
 * `npm run demo`: three stories of the manual in virtual time, acted through the API of a running local system.
 * Exit code 1 when nothing suitable runs or a story does not end as told.
 */
async function main(): Promise<number> {
  const commandLine = parseCommandLine('run demo', {
    lang: { type: 'string', help: 'zh (with English subtitles) or en' },
    only: { type: 'string', help: `one story: ${Object.keys(stories).join(', ')}` },
    'data-dir': { type: 'string', help: "the running system's data (.duban; DUBAN_DATA_DIR)" },
  });
  if (!commandLine) return 0;
  const { values, ports } = commandLine;
  const lang = oneOf('--lang', values['lang'] ?? 'zh', ['zh', 'en']);
  const names = Object.keys(stories) as Array<keyof typeof stories>;
  const chosen = values['only'] === undefined ? names : [oneOf('--only', values['only'], names)];
  const { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, DUBAN_DATA_DIR } = process.env;
  const dataDir = resolve(String(values['data-dir'] ?? DUBAN_DATA_DIR ?? join(projectRoot, '.duban')));
  const apiUrl = `http://127.0.0.1:${ports.api}`;
  const namespace = TEMPORAL_NAMESPACE || 'default';

  const centre = await openCentre(apiUrl, dataDir);
  const connection = await connect(
    TEMPORAL_ADDRESS
      ? temporalAddress(readEnvironment(temporalEnvironment, process.env))
      : { address: `127.0.0.1:${ports.temporal}` },
  );
  try {
    const client = new Client({ connection, namespace });
    await requireVirtualTime(client);
    const ui = TEMPORAL_ADDRESS ? undefined : `http://127.0.0.1:${ports['temporal-ui']}`;
    const stage: Stage = {
      ...{ centre, client, lang, mailboxUrl: `http://127.0.0.1:${ports.sms}` },
      link: (ticket) => ui && `${ui}/namespaces/${namespace}/workflows/${ticket}`,
      print: (line) => console.log(line),
    };
    return await tell(stage, chosen);
  } finally {
    await connection.close();
  }
}

async function tell(stage: Stage, names: Array<keyof typeof stories>): Promise<number> {
  const started = Date.now();
  let broken = 0;
  for (const name of names) {
    try {
      await stories[name](stage);
      stage.print(stage.lang === 'zh' ? '   ✓ 如期办结 · ended as told' : '   ✓ ended as told');
    } catch (error) {
      broken++;
      stage.print(`   ✗ ${name}: ${error instanceof StoryBroken ? error.message : ((error as Error).stack ?? error)}`);
    }
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  stage.print(`\n${names.length - broken} passed, ${broken} failed (${seconds} s)`);
  return broken === 0 ? 0 : 1;
}

/** The centre's people, logged in through the API that runs on these ports. */
async function openCentre(apiUrl: string, dataDir: string): Promise<Centre> {
  const hint = 'Start the system with `npm start`, and give the demo the same port and --data-dir options.';
  const ready = await fetch(`${apiUrl}/readyz`).catch(() => undefined);
  if (!ready?.ok) throw new UsageError(`No Duban answers at ${apiUrl}. ${hint}`);
  if (!existsSync(join(dataDir, SIGN_IN_FILE)))
    throw new UsageError(
      `There is no ${SIGN_IN_FILE} in ${dataDir}: the system that runs keeps its data elsewhere. ${hint}`,
    );
  const password = demoPassword(dataDir);
  if (!password) throw new UsageError('This system was started with --empty: it has no people who could act.');
  const centre = new Centre(apiUrl, password);
  await centre.request('SV001', 'GET', '/session').catch((error: Error) => {
    throw new UsageError(`SV001 cannot log in at ${apiUrl} (${error.message}). ${hint}`);
  });
  return centre;
}

async function connect(server: TemporalAddress): Promise<Connection> {
  return Connection.connect({ ...server, connectTimeout: 5_000 }).catch(() => {
    throw new UsageError(`No Temporal answers at ${server.address}. Start the system with \`npm start\` first.`);
  });
}

/** Asks for a workflow that is not there: a server without the feature says so before it looks. */
async function requireVirtualTime({ workflowService, options: { namespace } }: Client): Promise<void> {
  try {
    await workflowService.updateWorkflowExecutionOptions({
      namespace,
      workflowExecution: { workflowId: 'no-such-ticket' },
      workflowExecutionOptions: { timeSkippingConfig: { enabled: false } },
      updateMask: { paths: ['time_skipping_config'] },
    });
  } catch (error) {
    if ((error as { code?: number }).code !== UNIMPLEMENTED) return;
    throw new UsageError(
      'This Temporal server cannot move time: its days would take days. The demo needs the local server that `npm start` runs, without TEMPORAL_ADDRESS.',
    );
  }
}

function oneOf<T extends string>(option: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((known) => known === value);
  if (!found) throw new UsageError(`${option}: "${String(value)}" is none of ${allowed.join(', ')}.`);
  return found;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof UsageError || error instanceof EnvironmentError ? `\n${error.message}\n` : error);
    process.exit(1);
  },
);
