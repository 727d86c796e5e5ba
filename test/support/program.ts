import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Options, transformFile } from '@swc/core';

const PROJECT = join(__dirname, '..', '..');
const READY_MS = 30_000;

const COMPILER: Options = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    target: 'es2022',
    keepClassNames: true,
  },
  module: { type: 'commonjs' },
};

/** The whole program as a process of its own, which a test can kill or stop. */
export interface RunningProgram {
  /** Where it listens. */
  url: string;
  /** What it printed so far. */
  output: () => string;
  isRunning: () => boolean;
  /** As the kernel does when memory runs out: without a word. */
  kill: () => Promise<void>;
  signal: (name: 'SIGTERM' | 'SIGINT') => void;
  /** Its exit code, once it has ended. */
  ended: Promise<number | null>;
}

/** The program compiled into a folder of its own. */
export class ProgramWorkshop {
  private readonly children = new Set<ChildProcess>();

  private constructor(private readonly folder: string) {}

  static async create(): Promise<ProgramWorkshop> {
    const folder = await mkdtemp(join(tmpdir(), 'aip-program-'));
    for (const top of ['src', 'migrations']) await compile(top, folder);
    await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
    return new ProgramWorkshop(folder);
  }

  async start(env: Record<string, string>): Promise<RunningProgram> {
    const child = spawn(process.execPath, [join(this.folder, 'src', 'main.js')], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'development',
        PORT: '0',
        DEMO: 'false',
        LOG_LEVEL: 'error',
        JWT_SECRET: 'only for tests, and long enough for them',
        ...env,
      },
    });
    this.children.add(child);
    let output = '';
    const ended = once(child, 'exit').then(([code]) => code as number | null);
    const url = await new Promise<string>((resolve, reject) => {
      const patience = setTimeout(() => {
        reject(new Error(`not ready after ${READY_MS} ms:\n${output}`));
      }, READY_MS);
      const note = (chunk: Buffer) => {
        output += chunk.toString();
        const found = /API {7}(\S+)\/api\/v1/.exec(output)?.[1];
        if (found === undefined) return;
        clearTimeout(patience);
        resolve(found);
      };
      child.stdout.on('data', note);
      child.stderr.on('data', note);
      void ended.then((code) => {
        clearTimeout(patience);
        reject(new Error(`ended with ${String(code)}:\n${output}`));
      });
    });
    return {
      url,
      output: () => output,
      isRunning: () => child.exitCode === null && child.signalCode === null,
      kill: async () => {
        child.kill('SIGKILL');
        await ended;
      },
      signal: (name) => child.kill(name),
      ended,
    };
  }

  async killAll(): Promise<void> {
    const running = [...this.children].filter((child) => child.exitCode === null && child.signalCode === null);
    this.children.clear();
    await Promise.all(
      running.map((child) => {
        child.kill('SIGKILL');
        return once(child, 'exit');
      }),
    );
  }

  async remove(): Promise<void> {
    await this.killAll();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function compile(top: string, folder: string): Promise<void> {
  const names = await readdir(join(PROJECT, top), { recursive: true });
  const sources = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
  await Promise.all(
    sources.map(async (name) => {
      const { code } = await transformFile(join(PROJECT, top, name), COMPILER);
      const target = join(folder, top, name.replace(/\.ts$/, '.js'));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, code);
    }),
  );
}
