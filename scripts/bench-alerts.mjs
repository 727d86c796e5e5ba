import { parseArgs } from 'node:util';
import { prepareBuild, prepareInstall } from './prepare.mjs';
import { main, Trouble } from './step.mjs';

/**
 * `npm run bench:alerts [-- --rule falls|undercut --rate N --seconds N --batch N --share N --seed N --redis redis://… --json]`: how long
 * it takes from a reading to the webhook that tells of it, by the real program, while readings come at a steady rate. With `undercut` it
 * is the reading of a competitor.
 */
await main(async () => {
  const { values } = parseArgs({
    options: {
      rule: { type: 'string', default: 'falls' },
      rate: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '60' },
      batch: { type: 'string', default: '100' },
      share: { type: 'string', default: '0.1' },
      seed: { type: 'string', default: '1' },
      redis: { type: 'string', default: process.env.TEST_REDIS_URL ?? '' },
      json: { type: 'boolean', default: false },
    },
  });
  const options = Object.fromEntries(
    ['rate', 'seconds', 'batch', 'seed'].map((name) => {
      const number = Number(values[name]);
      if (!Number.isInteger(number) || number < 1) throw new Trouble(`--${name} must be a whole number from 1`);
      return [name, number];
    }),
  );
  const share = Number(values.share);
  if (!(share > 0 && share <= 1)) throw new Trouble('--share must be above 0 and at most 1');
  const { rule } = values;
  if (rule !== 'falls' && rule !== 'undercut') throw new Trouble('--rule must be falls or undercut');
  await prepareInstall();
  await prepareBuild();
  const { run } = await import('./bench/alerts.mjs');
  const results = [];
  for (const redis of values.redis === '' ? [''] : ['', values.redis])
    results.push(...(await run({ ...options, rule, share, redis })));
  if (values.json) console.log(JSON.stringify(results, null, 2));
  else console.table(results.map(({ value, ...rest }) => ({ ...rest, value: Math.round(value * 100) / 100 })));
});
