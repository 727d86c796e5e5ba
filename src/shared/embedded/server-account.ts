import { lchown, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Another OS user to run a program as. */
export interface Account {
  uid: number;
  gid: number;
}

/** What PostgreSQL is told about the machine: never the program's own settings, which hold secrets. */
const PASSED_ON = ['PATH', 'TMPDIR', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'];

export function serverEnvironment(): NodeJS.ProcessEnv {
  const passed = Object.entries(process.env).filter(([name]) => PASSED_ON.includes(name));
  return { ...Object.fromEntries(passed), LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * PostgreSQL refuses to run as root, so root runs it as the owner of the cluster there is, or else as a user every
 * machine has. Anybody else runs it as themselves: undefined.
 */
export async function serverAccount(cluster: string): Promise<Account | undefined> {
  const self = process.getuid?.();
  const owner = await stat(cluster).catch(() => undefined);
  if (self !== 0) {
    if (!owner || owner.uid === self) return undefined;
    throw new Error(`${cluster} belongs to another user (${owner.uid}): start as that user, or set DATA_DIR`);
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };

  const users = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const user = ['postgres', 'nobody'].map((name) => users.find((fields) => fields[0] === name)).find(Boolean);
  if (!user) {
    throw new Error(
      'PostgreSQL does not run as root, and there is no user "postgres" or "nobody": start as another user, or set DATABASE_URL',
    );
  }
  const account = { uid: Number(user[2]), gid: Number(user[3]) };
  // A cluster that became root's (chown -R of the whole project) goes back to the user who can run it.
  if (owner) await giveTo(cluster, account);
  return account;
}

async function giveTo(folder: string, account: Account): Promise<void> {
  const entries = await readdir(folder, { recursive: true });
  for (const entry of entries) await lchown(join(folder, entry), account.uid, account.gid);
  await lchown(folder, account.uid, account.gid);
}
