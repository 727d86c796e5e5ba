import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chown, constants, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedBinaries } from './embedded-binaries';
import { besides, createWhole, isAlive, readIfThere } from './folder-lock';
import { Account, serverEnvironment } from './server-account';

const run = promisify(execFile);

export const SUPERUSER = 'aip';

/** Where everything of one embedded server lives. */
export interface ServerFolder {
  root: string;
  /** PostgreSQL's own data folder. */
  cluster: string;
  log: string;
  password: string;
  lock: string;
}

export async function serverFolder(dataDir: string): Promise<ServerFolder> {
  const root = resolve(dataDir);
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await access(root, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(`the database cannot be kept in ${root}: start as the owner of that folder, or set DATA_DIR`, {
      cause: error,
    });
  }
  return {
    root,
    cluster: join(root, 'postgres'),
    log: join(root, 'postgres.log'),
    password: join(root, 'postgres.password'),
    lock: join(root, 'postgres.lock'),
  };
}

/**
 * How a program of PostgreSQL is told its data folder, which is its working directory already. Started by root it runs
 * as a user who may not pass through the folders above (a clone in root's home); the link in /proc needs no right on them.
 */
export function dataArgument(folder: string, account: Account | undefined): string {
  return account && process.platform === 'linux' ? '/proc/self/cwd' : folder;
}

/** Says which cluster a server belongs to: stays the same when the folder is renamed, and differs for a copy of it. */
export async function clusterMark(cluster: string): Promise<string> {
  const { dev, ino } = await stat(cluster, { bigint: true });
  return `aip.cluster=${dev}-${ino}`;
}

/** The cluster's password, once there is a cluster. Callers hold the folder's lock. */
export async function ensureCluster(
  folder: ServerFolder,
  binaries: EmbeddedBinaries,
  account: Account | undefined,
  durable: boolean,
): Promise<string> {
  const version = await readIfThere(join(folder.cluster, 'PG_VERSION'));
  if (version !== undefined && version.trim() !== binaries.major) {
    throw new Error(
      `${folder.cluster} was made by PostgreSQL ${version.trim()}, this is ${binaries.major}: move it away or go back`,
    );
  }
  if (version === undefined) {
    await createWhole(folder.password, `${randomBytes(24).toString('base64url')}\n`);
  }
  const password = (await readIfThere(folder.password))?.trim();
  if (!password) throw new Error(`${folder.password} is missing, and the database in ${folder.cluster} asks for it`);
  if (version === undefined) await initialise(folder, binaries, account, password, durable);
  return password;
}

/** Made beside its place and moved there when complete, so that a crash half-way leaves no half-made cluster. */
async function initialise(
  folder: ServerFolder,
  binaries: EmbeddedBinaries,
  account: Account | undefined,
  password: string,
  durable: boolean,
): Promise<void> {
  await removeUnfinished(folder);
  const unfinished = besides(`${folder.cluster}.new`);
  const data = join(unfinished, 'data');
  const passwordFile = join(unfinished, 'password');
  try {
    await mkdir(data, { recursive: true, mode: 0o700 });
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (account) {
      for (const path of [unfinished, data, passwordFile]) await chown(path, account.uid, account.gid);
    }
    const options = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    await run(
      binaries.initdb,
      [
        `--pgdata=${dataArgument(data, account)}`,
        `--username=${SUPERUSER}`,
        '--pwfile=../password',
        '--auth=scram-sha-256',
        ...options,
        ...(durable ? [] : ['--no-sync']),
      ],
      { ...account, cwd: data, env: serverEnvironment() },
    );
    await rename(data, folder.cluster);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** What processes left that were killed while they made a cluster. */
async function removeUnfinished(folder: ServerFolder): Promise<void> {
  for (const name of await readdir(folder.root)) {
    const maker = /^postgres\.new\.(\d+)-\d+$/.exec(name)?.[1];
    if (maker === undefined || isAlive(Number(maker))) continue;
    await rm(join(folder.root, name), { recursive: true, force: true });
  }
}
