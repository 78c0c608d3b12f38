// What `npm start`, `npm test` and the other scripts run first: it needs nothing but Node and npm, installs
// what is missing (pinned pnpm, the workspace's packages) and then runs the command in this same process.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const commands = {
  start: 'infra/local/start.ts',
  test: 'infra/local/test.ts',
  verify: 'infra/local/verify.ts',
  demo: 'infra/local/demo.ts',
  calls: 'infra/local/calls.ts',
  bench: 'tests/bench/run.ts',
  reconcile: 'infra/local/reconcile.ts',
  'calendar-cases': 'shared/policy/src/calendar-cases.ts',
  generate: 'infra/generate.ts',
};

function fail(message) {
  console.error(`\n${message}\n`);
  process.exit(1);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Duban needs Node 20.19 or newer; this is Node ${process.versions.node} (${process.execPath}).`);
}

/** The pinned pnpm inside the project's own cache, so that nothing is installed on the machine. */
function pnpm() {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const version = packageManager.replace(/^pnpm@/, '').replace(/\+.*$/, '');
  const home = join(root, '.duban', 'tools', `pnpm-${version}`);
  const entry = join(home, 'node_modules', 'pnpm', 'bin', 'pnpm.mjs');
  const stamp = join(home, 'installed');
  if (existsSync(stamp)) return entry;
  console.log(`→ getting pnpm ${version} into .duban/tools`);
  mkdirSync(home, { recursive: true });
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', ['install', '--prefix', home, ...quiet, `pnpm@${version}`], { shell: process.platform === 'win32' });
  writeFileSync(stamp, '');
  return entry;
}

/** A digest of all that decides what `pnpm install` would put into node_modules. */
function manifestDigest() {
  const workspace = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
  const globs =
    /^packages: \[(.*)\]$/m
      .exec(workspace)?.[1]
      .split(',')
      .map((glob) => glob.trim()) ?? [];
  const folders = globs.flatMap((glob) => {
    if (!glob.endsWith('/*')) return [glob];
    const parent = glob.slice(0, -2);
    return readdirSync(join(root, parent)).map((name) => `${parent}/${name}`);
  });
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${process.versions.modules}`);
  for (const file of ['pnpm-lock.yaml', 'package.json', ...folders.sort().map((folder) => `${folder}/package.json`)]) {
    const path = join(root, file);
    if (existsSync(path)) hash.update(`\n${file}\n`).update(readFileSync(path));
  }
  return hash.update(workspace).digest('hex');
}

function installPackages() {
  const stamp = join(root, 'node_modules', '.duban-installed');
  const digest = manifestDigest();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  const entry = pnpm();
  console.log('→ installing packages (pnpm install --frozen-lockfile)');
  // This is the pinned pnpm already; looking itself up would need a registry that publishes that very version.
  const options = [
    '--frozen-lockfile',
    '--pm-on-fail=ignore',
    '--reporter=append-only',
    '--config.confirmModulesPurge=false',
  ];
  run(process.execPath, [entry, 'install', ...options], {});
  writeFileSync(stamp, digest);
}

/** Runs a tool to its end, showing what it says. */
function run(command, args, options) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    ...options,
  });
  if (error || status !== 0) {
    const reason = error ? error.message : `it ended with code ${status}`;
    fail(`${[command, ...args].join(' ')} failed: ${reason}.\nIs the package registry reachable? See the lines above.`);
  }
}

checkNode();
const [command = '', ...rest] = process.argv.slice(2);
const file = Object.hasOwn(commands, command) ? join(root, commands[command]) : undefined;
if (!file)
  fail(`Usage: node infra/local/bootstrap.mjs COMMAND [options]\nCommands: ${Object.keys(commands).join(', ')}`);
try {
  installPackages();
} catch (error) {
  fail(`Could not install what Duban needs: ${error.message}`);
}
if (!existsSync(file)) fail(`${commands[command]} is not there: this checkout has no command "${command}".`);

// The command becomes this process's main module: no second process to start, to signal or to be orphaned.
await import(pathToFileURL(createRequire(join(root, 'package.json')).resolve('tsx')).href);
process.argv = [process.argv[0], file, ...rest];
Module.runMain();
