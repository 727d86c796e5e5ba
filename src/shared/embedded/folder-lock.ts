import { link, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Its holder renews the lock this often; one much older belongs to nobody, whatever process has its number now. */
const RENEW_MS = 5000;
const STALE_MS = 30_000;
const POLL_MS = 25;

let counter = 0;

/** A name nobody else uses, beside `path`. */
export function besides(path: string): string {
  counter += 1;
  return `${path}.${process.pid}-${counter}`;
}

/** Creates the file with its whole content, or not at all: false when it is there already. */
export async function createWhole(path: string, content: string): Promise<boolean> {
  const draft = besides(path);
  await writeFile(draft, content, { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

/** Removes the file if it still says `content`: one that somebody put there meanwhile is kept. */
export async function removeIfStill(path: string, content: string): Promise<void> {
  const aside = besides(path);
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readFile(aside, 'utf8')) !== content) await link(aside, path).catch(() => undefined);
  await unlink(aside);
}

export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** One process at a time, also after the last one was killed in the middle. */
export async function withFolderLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const mine = `${process.pid} ${besides('')} ${Date.now()}\n`;
  while (!(await createWhole(path, mine))) {
    const holder = await readIfThere(path);
    if (holder !== undefined && (await isStale(path, holder))) await removeIfStill(path, holder);
    else await sleep(POLL_MS);
  }
  const renewal = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, RENEW_MS);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await removeIfStill(path, mine);
  }
}

async function isStale(path: string, holder: string): Promise<boolean> {
  const pid = parseInt(holder, 10);
  if (Number.isNaN(pid) || !isAlive(pid)) return true;
  const age = await stat(path).catch(() => undefined);
  return age !== undefined && Date.now() - age.mtimeMs > STALE_MS;
}
