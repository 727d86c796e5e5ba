import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepareBuild, prepareInstall } from './prepare.mjs';
import { main, ROOT } from './step.mjs';

/** Whoever ends npm alone, by a signal, ends its shell too, which passes nothing on: the program would go on with nobody to stop it. */
function stopWithParent() {
  const parent = process.ppid;
  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (isStopping = true));
  setInterval(() => {
    if (process.ppid === parent || isStopping) return;
    isStopping = true;
    process.kill(process.pid, 'SIGTERM');
  }, 1000).unref();
}

await main(async () => {
  // A variable that is set already wins over the file.
  const settings = join(ROOT, '.env');
  if (existsSync(settings)) process.loadEnvFile?.(settings);
  await prepareInstall();
  await prepareBuild();
  stopWithParent();
  // In this same process, so that signals and the exit code are the program's own.
  await import(pathToFileURL(join(ROOT, 'dist', 'src', 'main.js')).href);
});
