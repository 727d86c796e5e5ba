import { parseArgs } from 'node:util';
import { prepareBuild, prepareInstall } from './prepare.mjs';
import { main, Trouble } from './step.mjs';

await main(async () => {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      listings: { type: 'string', default: '2000' },
      days: { type: 'string', default: '365' },
      due: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '4' },
      only: { type: 'string', default: 'storage,routes,recording,due' },
      plans: { type: 'boolean', default: false },
    },
  });
  const options = Object.fromEntries(
    ['listings', 'days', 'due', 'rounds', 'seconds'].map((name) => {
      const number = Number(values[name]);
      if (!Number.isInteger(number) || number < 1) throw new Trouble(`--${name} must be a number from 1`);
      return [name, number];
    }),
  );
  await prepareInstall();
  await prepareBuild();
  const { run } = await import('./bench/run.mjs');
  const results = await run({ ...options, plans: values.plans, only: new Set(values.only.split(',')) });
  if (values.json) console.log(JSON.stringify(results, null, 2));
  else print(results);
  if (results.some(({ ok }) => ok === false)) process.exitCode = 1;
});

function print(results) {
  const cell = (value) =>
    value === null ? '' : typeof value === 'number' ? String(Math.round(value * 100) / 100) : String(value);
  const rows = [
    ['measure', 'value', 'floor', 'ratio', 'bar', 'unit', ''],
    ...results.map(({ measure, value, floor, ratio, bar, unit, ok }) => [
      measure,
      cell(value),
      cell(floor),
      cell(ratio),
      cell(bar),
      unit,
      ok === null ? '' : ok ? 'ok' : 'MISSED',
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) console.log(row.map((text, column) => text.padEnd(widths[column])).join('  '));
}
