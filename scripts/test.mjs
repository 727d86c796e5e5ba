import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareInstall } from './prepare.mjs';
import { main, programOf, ROOT } from './step.mjs';

/** The coverage of a part of the tests says nothing, and would miss the threshold. */
const PARTIAL = /^([^-]|-[tof]\b|--(coverage|test|only|watch|changed|find|list|show))/;

await main(async () => {
  await prepareInstall();
  const args = process.argv.slice(2);
  const coverage = args.some((arg) => PARTIAL.test(arg)) ? [] : ['--coverage'];
  const folder = mkdtempSync(join(tmpdir(), 'aip-results-'));
  try {
    const results = join(folder, 'results.json');
    process.exitCode = await jest([...coverage, '--json', `--outputFile=${results}`, ...args]);
    process.stdout.write(`${summary(results)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function jest(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [programOf('jest'), ...args], { cwd: ROOT, stdio: 'inherit' });
    // Ctrl-C reaches jest too, which stops its database: this process waits for it.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** A file that could not even be run counts as one failure. */
function summary(file) {
  let results;
  try {
    results = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return '0 passed, 1 failed';
  }
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const skipped = results.numPendingTests + results.numTodoTests;
  return `${results.numPassedTests} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
}
