import { prepareInstall } from './prepare.mjs';
import { main, programOf, step } from './step.mjs';

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
});

async function check(name, args) {
  await step(name, process.execPath, args);
}
