import { ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { clusterMark, dataArgument, ServerFolder } from './cluster';
import { EmbeddedBinaries } from './embedded-binaries';
import { isAlive, readIfThere, removeIfStill } from './folder-lock';
import { Account, serverEnvironment } from './server-account';

const run = promisify(execFile);

const HOST = '127.0.0.1';
/** Below what operating systems give to outgoing connections, so that a server finds its port free again. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;
const LOG_LIMIT = 20 * 1024 * 1024;
const POLL_MS = 20;
/** A crash recovery may have a lot to read. */
const READY_MS = 300_000;
/** Until the backends of a killed server have gone. */
const RETRY_MS = 30_000;

export interface RunningServer {
  pid: number;
  port: number;
}

export interface StartOptions {
  binaries: EmbeddedBinaries;
  account: Account | undefined;
  settings: Record<string, string>;
  /** The port the program's connections already know; any free one without it. */
  port: number | undefined;
}

/** Whether this process is the server of this very cluster: process numbers are given again. */
async function isServerOf(cluster: string, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const mark = await clusterMark(cluster).catch(() => undefined);
  const command =
    process.platform === 'linux'
      ? (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
      : (await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }))).stdout.split(
          /\s+/,
        );
  return mark !== undefined && command.includes(mark);
}

/** The live server of the folder once it takes connections. Waits while one starts or stops. Callers hold the lock. */
export async function runningServer(folder: ServerFolder): Promise<RunningServer | undefined> {
  const pidFile = join(folder.cluster, 'postmaster.pid');
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const content = await readIfThere(pidFile);
    if (content === undefined) return undefined;
    const lines = content.split('\n');
    const pid = Number(lines[0]);
    if (!(await isServerOf(folder.cluster, pid))) {
      // PostgreSQL itself sees that the process is gone, but trusts any other one that has its number by now.
      if (!(pid > 0) || isAlive(pid)) await removeIfStill(pidFile, content);
      return undefined;
    }
    if (lines[7]?.trim() === 'ready') return { pid, port: Number(lines[3]) };
    if (Date.now() > deadline) throw new Error(`PostgreSQL (process ${pid}) does not become ready, see ${folder.log}`);
    await sleep(POLL_MS);
  }
}

/** Starts the server, again while what a killed one left behind is in the way. Callers hold the lock. */
export async function startServer(folder: ServerFolder, options: StartOptions): Promise<RunningServer> {
  const deadline = Date.now() + RETRY_MS;
  for (;;) {
    const port = options.port ?? (await choosePort(folder));
    const outcome = await launch(folder, options, port);
    if (typeof outcome !== 'string') return outcome;
    const passing = /is still in use|postmaster\.pid" already exists|could not bind/.test(outcome);
    if (!passing || Date.now() > deadline) throw new Error(`PostgreSQL does not start:\n${outcome}`);
    await sleep(5 * POLL_MS);
  }
}

/** Ends every session and waits. False when it is still there after `patience`. */
export async function stopServer(cluster: string, pid: number, patienceMs: number): Promise<boolean> {
  if (await isServerOf(cluster, pid)) process.kill(pid, 'SIGINT');
  const deadline = Date.now() + patienceMs;
  while (await isServerOf(cluster, pid)) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** The server, or what it said before it ended. */
async function launch(folder: ServerFolder, options: StartOptions, port: number): Promise<RunningServer | string> {
  const { account, binaries } = options;
  const size = await logSize(folder.log);
  const log = await open(folder.log, 'a', 0o600);
  if (account) {
    // Where root helps out in the folder of an ordinary user, that user writes to the log again later.
    const owner = await stat(folder.root);
    await log.chown(owner.uid, owner.gid);
  }
  const settings = {
    listen_addresses: HOST,
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...options.settings,
  };
  let child: ChildProcess;
  try {
    child = spawn(
      binaries.postgres,
      [
        ...['-D', dataArgument(folder.cluster, account), '-p', String(port)],
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
        ...['-c', await clusterMark(folder.cluster)],
      ],
      // A session of its own: Ctrl-C is for the program, which ends its work before the database goes.
      { ...account, cwd: folder.cluster, env: serverEnvironment(), detached: true, stdio: ['ignore', log.fd, log.fd] },
    );
    await once(child, 'spawn');
  } finally {
    await log.close();
  }
  child.unref();
  const pidFile = join(folder.cluster, 'postmaster.pid');
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    await sleep(POLL_MS);
    if (child.exitCode !== null || child.signalCode !== null) return logSince(folder.log, size);
    const lines = (await readIfThere(pidFile))?.split('\n') ?? [];
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return { pid: child.pid ?? 0, port };
  }
  return `it is not ready after ${READY_MS / 1000} s, see ${folder.log}`;
}

/** The port of the last run where it is free, so that an operator's own tools find the database again. */
async function choosePort(folder: ServerFolder): Promise<number> {
  const last = /"-p" "(\d+)"/.exec((await readIfThere(join(folder.cluster, 'postmaster.opts'))) ?? '')?.[1];
  if (last !== undefined && (await isFree(Number(last)))) return Number(last);
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, HOST), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** Its size, after a log grown too long was put aside. */
async function logSize(log: string): Promise<number> {
  const size = (await stat(log).catch(() => undefined))?.size ?? 0;
  if (size < LOG_LIMIT) return size;
  await rename(log, `${log}.1`);
  return 0;
}

async function logSince(log: string, offset: number): Promise<string> {
  return (await readFile(log)).subarray(offset).toString('utf8').trim() || `it ended without a word in ${log}`;
}
