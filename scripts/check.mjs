import { join } from 'node:path';
import { prepareBuild, prepareInstall } from './prepare.mjs';
import { main, programOf, ROOT, step } from './step.mjs';

await main(async () => {
  await prepareInstall();
  await check('prettier', [programOf('prettier'), '--check', '.']);
  await check('eslint', [programOf('eslint'), '--max-warnings', '0', '.']);
  await check('tsc', [programOf('typescript', 'tsc'), '--noEmit']);
  await check('depcruise', [
    programOf('dependency-cruiser', 'depcruise'),
    '--config',
    '.dependency-cruiser.cjs',
    'src',
  ]);
  await check('knip', [programOf('knip')]);
  await prepareBuild();
  await check('openapi', [join(ROOT, 'dist', 'src', 'openapi.js'), '--check']);
});

async function check(name, args) {
  await step(name, process.execPath, args);
}
