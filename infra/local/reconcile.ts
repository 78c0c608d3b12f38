import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseCommandLine, UsageError } from './ports';
import { postgresUrl } from './postgres';
import { projectRoot } from './project';
import { typescriptLoader } from './services';
import { withoutTemporalSecurity } from './temporal';

/** `npm run reconcile`: the API's command against the local system, or whatever the environment names. */
function main(): number {
  const commandLine = parseCommandLine('run reconcile', {
    repair: { type: 'boolean', help: 'repair what is safe; without it differences are only listed' },
    'data-dir': { type: 'string', help: "the running system's data (.duban; DUBAN_DATA_DIR)" },
  });
  if (!commandLine) return 0;
  const { values, ports } = commandLine;
  const { DATABASE_URL, TEMPORAL_ADDRESS, DUBAN_DATA_DIR } = process.env;
  const dataDir = resolve(String(values['data-dir'] ?? DUBAN_DATA_DIR ?? join(projectRoot, '.duban')));
  const databaseUrl = DATABASE_URL ?? postgresUrl(dataDir, ports.postgres);
  if (!databaseUrl)
    throw new UsageError(`There is no local system in ${dataDir}: name it by --data-dir, or set DATABASE_URL.`);
  const script = join(projectRoot, 'services', 'api', 'src', 'reconcile.ts');
  const args = ['--import', typescriptLoader, script, ...(values['repair'] === true ? ['--repair'] : [])];
  const env = {
    ...(TEMPORAL_ADDRESS ? process.env : withoutTemporalSecurity(process.env)),
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: TEMPORAL_ADDRESS || `127.0.0.1:${ports.temporal}`,
  };
  return spawnSync(process.execPath, args, { env, stdio: 'inherit' }).status ?? 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error instanceof UsageError ? `\n${error.message}\n` : error);
  process.exitCode = 1;
}
