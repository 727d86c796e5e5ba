import { parseArgs } from 'node:util';
import { prepareBuild, prepareInstall } from './prepare.mjs';
import { main } from './step.mjs';

/** `npm run bench:similarity [-- --file set.csv.gz --file pairs.txt --json]` */
await main(async () => {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, file: { type: 'string', multiple: true, default: [] } },
  });
  await prepareInstall();
  await prepareBuild();
  const { run } = await import('./bench/similarity.mjs');
  const results = await run(values.file);
  if (values.json) {
    console.log(JSON.stringify(results, null, 2));
    return;
  }
  console.table(results.map(({ value, ...rest }) => ({ ...rest, value: Math.round(value * 10_000) / 10_000 })));
});
