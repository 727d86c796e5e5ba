import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT, Trouble } from './step.mjs';

const LOCK = join(ROOT, '.prepare.lock');
const RENEW_MS = 1000;
/** Not renewed for so long, and none of its processes there: its owner was killed. */
const STALE_MS = 5000;
const PATIENCE_MS = 600_000;

/** One preparation of this folder at a time. `work` gets a function that notes a process which outlives a killed owner. */
export async function withPrepareLock(work) {
  await take();
  const renewal = setInterval(() => {
    try {
      utimesSync(LOCK, new Date(), new Date());
    } catch {
      // Removed by hand: the work goes on.
    }
  }, RENEW_MS);
  try {
    return await work((pid) => writeFileSync(join(LOCK, 'pids'), `${process.pid} ${pid}`));
  } finally {
    clearInterval(renewal);
    rmSync(LOCK, { recursive: true, force: true });
  }
}

async function take() {
  const deadline = Date.now() + PATIENCE_MS;
  let told = false;
  while (!tryTake()) {
    const holder = readHolder();
    if (holder && isStale(holder)) {
      putAside(holder);
      continue;
    }
    if (!told) process.stderr.write('Another process prepares this folder, waiting for it\n');
    told = true;
    if (Date.now() > deadline) {
      throw new Trouble(`${LOCK} is held by process ${holder}: remove it if nothing is at work there`);
    }
    await sleep(200);
  }
}

/** The folder gets its place complete, with the owner's number in it, or not at all. */
function tryTake() {
  const draft = mkdtempSync(`${LOCK}.`);
  writeFileSync(join(draft, 'pids'), String(process.pid));
  try {
    renameSync(draft, LOCK);
    return true;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code)) throw error;
    return false;
  }
}

function readHolder(folder = LOCK) {
  try {
    return readFileSync(join(folder, 'pids'), 'utf8');
  } catch {
    return undefined;
  }
}

function isStale(holder) {
  const pids = holder.split(' ').map(Number);
  if (pids.some((pid) => pid !== process.pid && isAlive(pid))) return false;
  const renewed = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - renewed > STALE_MS;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Another process may have done so already, and somebody may hold a new one: that one goes back. */
function putAside(holder) {
  const aside = `${LOCK}.${process.pid}.old`;
  mkdirSync(aside, { recursive: true });
  try {
    renameSync(LOCK, aside);
    if (readHolder(aside) !== holder) renameSync(aside, LOCK);
  } catch {
    // Somebody else was faster either way.
  }
  rmSync(aside, { recursive: true, force: true });
}
