import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepareBuild, prepareInstall } from './prepare.mjs';
import { main, ROOT, Trouble } from './step.mjs';

await main(async () => {
  const name = process.argv[2];
  if (!name) throw new Trouble('Usage: node scripts/run.mjs <program in src> [arguments]');
  const settings = join(ROOT, '.env');
  if (existsSync(settings)) process.loadEnvFile?.(settings);
  await prepareInstall();
  await prepareBuild();
  const program = join(ROOT, 'dist', 'src', `${name}.js`);
  if (!existsSync(program)) throw new Trouble(`there is no ${program}`);
  // The program finds its arguments where it would find them without this script.
  process.argv.splice(1, 2, program);
  await import(pathToFileURL(program).href);
});
