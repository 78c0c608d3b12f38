import { join, resolve } from 'node:path';
import { EnvironmentError } from '@duban/platform';
import { AlreadyRunning } from './lock';
import { parseCommandLine, UsageError } from './ports';
import { onStopSignal } from './processes';
import { projectRoot } from './project';
import { LocalSystem, type System } from './system';

/** `npm start`: the whole system on this machine, until Ctrl-C. */
async function main(): Promise<void> {
  const commandLine = parseCommandLine('start', {
    reset: { type: 'boolean', help: 'begin afresh: drop the embedded data' },
    empty: { type: 'boolean', help: 'no demo data' },
    separate: { type: 'boolean', help: 'each service in a process of its own, as in production' },
    'data-dir': { type: 'string', help: 'where data and logs are kept (.duban; DUBAN_DATA_DIR)' },
  });
  if (!commandLine) return;
  const { values, ports } = commandLine;
  const started = Date.now();
  const log = (line: string) => console.log(`  ${line}`);
  const { DATABASE_URL, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, DUBAN_DATA_DIR } = process.env;
  const dataDir = resolve(String(values['data-dir'] ?? DUBAN_DATA_DIR ?? join(projectRoot, '.duban')));
  const system = new LocalSystem({
    dataDir,
    ports,
    log,
    separate: values['separate'] === true,
    empty: values['empty'] === true,
    reset: values['reset'] === true,
    databaseUrl: DATABASE_URL || undefined,
    temporalAddress: TEMPORAL_ADDRESS || undefined,
    namespace: TEMPORAL_NAMESPACE || 'default',
  });
  let stopping = false;
  onStopSignal(
    (reason) => {
      stopping = true;
      console.log(`\nStopping (${reason}); Ctrl-C again kills at once.`);
      void system.stop().then(() => {
        console.log('Stopped. Data are kept.');
        process.exit(0);
      });
    },
    () => {
      system.kill();
      process.exit(130);
    },
  );
  process.stdout.on('error', () => undefined); // whoever read our lines is gone; npm's end is noticed elsewhere
  console.log(`督办 Duban is starting; logs are in ${join(dataDir, 'logs')}`);
  try {
    announce(await system.start(), Date.now() - started);
  } catch (error) {
    if (stopping) return;
    const forPerson = [UsageError, AlreadyRunning, EnvironmentError].some((kind) => error instanceof kind);
    console.error(`\n${forPerson ? (error as Error).message : ((error as Error).stack ?? String(error))}\n`);
    await system.stop();
    process.exit(1);
  }
}

function announce(system: System, tookMs: number): void {
  const lines = [
    '',
    `督办 Duban is ready (${(tookMs / 1000).toFixed(1)} s).`,
    '',
    `  API            ${system.apiUrl}/api/v1`,
    `  API docs       ${system.apiUrl}/docs`,
    `  Temporal UI    ${system.uiUrl ? `${system.uiUrl}/namespaces/${system.namespace}/workflows` : `of ${system.temporalAddress}`}`,
    `  Mail and SMS   ${system.mailbox.pageUrl}`,
    `  Mail to us     smtp://127.0.0.1:${system.mailInPort}`,
    '',
    ...system.signIn.map((line) => `  ${line}`),
    '',
    'Ctrl-C stops it.',
  ];
  console.log(lines.join('\n'));
}

main().catch((error: unknown) => {
  console.error(error instanceof UsageError ? `\n${error.message}\n` : error);
  process.exit(1);
});
