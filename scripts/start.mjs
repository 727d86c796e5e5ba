import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepareBuild, prepareInstall } from './prepare.mjs';
import { main, ROOT } from './step.mjs';

await main(async () => {
  // A variable that is set already wins over the file.
  const settings = join(ROOT, '.env');
  if (existsSync(settings)) process.loadEnvFile?.(settings);
  await prepareInstall();
  await prepareBuild();
  // In this same process, so that signals and the exit code are the program's own.
  await import(pathToFileURL(join(ROOT, 'dist', 'src', 'main.js')).href);
});
