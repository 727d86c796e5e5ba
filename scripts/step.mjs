import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const KILL_AFTER_MS = 2000;

/** What the reader of the terminal can act on: shown without a stack. */
export class Trouble extends Error {}

/** Runs the work of a script; what went wrong is one line, without a stack nobody can use. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    const isForReader = error instanceof Trouble || error.code?.startsWith('ERR_PARSE_ARGS_');
    console.error(isForReader ? error.message : error);
    process.exitCode = 1;
  }
}

/** One line: what is done and how long it took. The output of the command is shown only when it fails. */
export async function step(title, command, args, { onSpawn = () => {} } = {}) {
  const begin = performance.now();
  process.stderr.write(`${title} … `);
  const { code, signal, output } = await run(command, args, onSpawn);
  const seconds = `${((performance.now() - begin) / 1000).toFixed(1)} s`;
  if (code === 0) {
    process.stderr.write(`${seconds}\n`);
    return;
  }
  process.stderr.write(`failed after ${seconds}\n${output}`);
  throw new Trouble(`${title}: failed with ${signal ?? `exit code ${code}`}`);
}

function run(command, args, onSpawn) {
  return new Promise((resolve, reject) => {
    const shell = process.platform === 'win32' && command === 'npm';
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], shell });
    // The command ends before this process does, or the next one would find it still at work. npm takes its time.
    let impatience;
    const passOn = (signal) => {
      child.kill(signal);
      impatience ??= setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, passOn);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('spawn', () => onSpawn(child.pid));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(impatience);
      for (const name of signals) process.off(name, passOn);
      resolve({ code, signal, output });
    });
  });
}

/** The program an installed package brings, to be run by this very Node. */
export function programOf(packageName, program = packageName) {
  const manifest = join(ROOT, 'node_modules', packageName, 'package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin[program]);
}
