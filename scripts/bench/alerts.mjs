import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { built, withServer } from '../built.mjs';
import { ROOT } from '../step.mjs';
import { openWorld } from './run.mjs';

const require = createRequire(import.meta.url);

const HISTORY_DAYS = 40;
/** What the queue loses is found within a minute. */
const PATIENCE_MS = 120_000;
const JWT_SECRET = 'only for the benchmark, and long enough';
/** By more than a rule of 10 % asks for, and by less. */
const FALL = 0.85;
const WOBBLE = 0.02;
/** Neighbours by price are competitors: nobody is undercut before one falls, and none wobbles as much as the rule asks for. */
const RULES = {
  falls: { metric: 'price', condition: { kind: 'falls', metric: 'price' } },
  undercut: { metric: 'buy_box_price', condition: { kind: 'undercut', percent: 5 } },
};

/**
 * The program as worker and scheduler in a process of its own; this one records as it does after a capture, and receives. Each listing
 * is read once, as it has one point a minute at most. PostgreSQL runs with its own, durable settings.
 * @returns measures: numbers, and percentiles of milliseconds from before a reading is recorded to the arrival of its webhook
 */
export async function run(options) {
  const say = (text) => process.stderr.write(`${text}\n`);
  const queue = options.redis === '' ? 'PostgreSQL' : 'Redis';
  say(
    `${cpus().length} cores, ${cpus()[0].model}; ${options.rate} readings/s for ${options.seconds} s, rule ${options.rule}, queue ${queue}`,
  );
  return withServer({ shared_buffers: '512MB' }, async (url) => {
    const listings = options.rate * options.seconds;
    const world = await openWorld(url, { listings, days: HISTORY_DAYS }, say);
    const receiver = await Receiver.start();
    const env = {
      NODE_ENV: 'production',
      JWT_SECRET,
      PORT: '0',
      HOST: '127.0.0.1',
      DATABASE_URL: url,
      LOG_LEVEL: 'error',
      ALLOWED_PRIVATE_RANGES: '127.0.0.0/8',
      OUTBOUND_PORTS: String(receiver.port),
      ...(options.redis === '' ? {} : { REDIS_URL: options.redis }),
    };
    const { program, address } = await start({ ...env, ROLES: 'worker,scheduler' });
    const app = await context({ ...env, ROLES: 'api' }, url);
    try {
      const owned = await prepare(world, app, receiver.port, options.rule);
      const readings = await record(owned, app, options);
      await settle(world, app, receiver);
      return await report(world, receiver, readings, queue, address);
    } finally {
      await app.close();
      program.kill('SIGKILL');
      await receiver.stop();
      await world.close();
    }
  });
}

/** Takes every webhook at once, and notes when it came. */
class Receiver {
  arrivals = new Map();

  static async start() {
    const receiver = new Receiver();
    receiver.server = createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const { id } = JSON.parse(Buffer.concat(chunks).toString());
        if (!receiver.arrivals.has(id)) receiver.arrivals.set(id, Date.now());
        response.writeHead(204).end();
      });
    });
    await new Promise((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    receiver.port = receiver.server.address().port;
    return receiver;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function start(env) {
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'src', 'main.js')], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = await new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const found = /API {7}(\S+)\/api\/v1/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('exit', (code) => reject(new Error(`the program ended with ${code}:\n${output}`)));
  });
  // What it logs from now on are errors.
  child.stdout.pipe(process.stderr);
  return { program: child, address };
}

/** The program's modules in this process, where nothing works on queues. */
async function context(env, url) {
  const { NestFactory } = require('@nestjs/core');
  const { AppModule } = built('app.module.js');
  const { Config } = built('config/config.js');
  const { readEnvironment } = built('config/environment.js');
  return NestFactory.createApplicationContext(AppModule.with(new Config(readEnvironment(env), url)), {
    logger: ['error'],
    abortOnError: false,
  });
}

/**
 * Every listing is a product, its competitor the one that costs as much or a little more, every user has a webhook and a rule for all products, and
 * every rule has looked once.
 */
async function prepare({ query, users, say }, app, port, rule) {
  await query(
    `INSERT INTO product (id, user_id, listing_id, tags, is_active, created_at, updated_at)
     SELECT gen_random_uuid(), ($1::uuid[])[1 + l.id % $2], l.id, '{own}', true, now(), now() FROM listing l
     WHERE NOT EXISTS (SELECT FROM product p WHERE p.listing_id = l.id)`,
    [users.map(({ id }) => id), users.length],
  );
  const { metric, condition } = RULES[rule];
  const price = `s.current_values[${built('common/metric.js').METRICS[metric].id}]`;
  await query(
    `INSERT INTO competitor (id, user_id, product_id, listing_id, status, confirmed_at, found_by, created_at, updated_at)
     SELECT gen_random_uuid(), user_id, id, rival, 'confirmed', now() - interval '2 hours', '{user}', now(), now() FROM (
       SELECT p.user_id, p.id, lead(p.listing_id) OVER (ORDER BY ${price}, p.listing_id) AS rival
       FROM product p JOIN listing_state s ON s.listing_id = p.listing_id WHERE ${price} IS NOT NULL
     ) pair WHERE rival IS NOT NULL`,
  );
  const channels = app.get(built('alerts/channels/channels.service.js').ChannelsService);
  const rules = app.get(built('alerts/rules/alert-rules.service.js').AlertRules);
  for (const [index, { id }] of users.entries()) {
    await channels.create(id, { kind: 'webhook', url: `http://127.0.0.1:${port}/${index}` });
    await rules.create(id, { productId: null, tag: null }, { conditions: [condition] });
  }
  // A rule looks at what became known in a later minute than its own.
  await query(`UPDATE alert_rule SET created_at = now() - interval '2 hours', updated_at = now() - interval '2 hours'`);
  await query(`UPDATE product SET created_at = now() - interval '2 hours'`);
  const evaluation = app.get(built('alerts/engine/evaluation.service.js').Evaluation);
  const listings = await query(
    `SELECT l.id, l.asin, ${price} AS price, c.listing_id AS rival FROM listing l JOIN listing_state s ON s.listing_id = l.id
     JOIN product p ON p.listing_id = l.id LEFT JOIN competitor c ON c.product_id = p.id ORDER BY l.id`,
  );
  for (let place = 0; place < listings.length; place += 100)
    await evaluation.evaluate(listings.slice(place, place + 100).map(({ id }) => id));
  const [{ n }] = await query('SELECT count(*)::int AS n FROM alert');
  if (n > 0) throw new Error(`${n} alerts before any reading`);
  await query('VACUUM ANALYZE');
  say(`${listings.length} listings of ${users.length} users are looked at`);
  return listings.filter(({ price }) => price !== null);
}

/** @returns when each listing was recorded, by id, and of how many products the rule is to tell */
async function record(listings, app, { rule, rate, batch, share, seed }) {
  const { getQueueToken } = require('@nestjs/bullmq');
  const recorder = app.get(built('price-history/recorder.js').Recorder);
  const recorded = app.get(getQueueToken(built('price-history/price-history.queue.js').RECORDED_QUEUE));
  const random = built('analytics/random.js').seededRandom(seed);
  const times = new Map();
  const pending = [];
  const batches = new Map();
  const begin = performance.now();
  for (let place = 0; place < listings.length; place += batch) {
    await sleep(begin + (place / rate) * 1000 - performance.now());
    const readings = listings.slice(place, place + batch).map(({ id, asin, price }) => {
      const isFall = random() < share;
      if (isFall) batches.set(id, place);
      const value = Math.round(price * (isFall ? FALL : 1 + WOBBLE * (random() - 0.5)));
      const facts = { asin, marketplace: 'US', source: 'keepa', observedAt: new Date(), facts: {} };
      return { listingId: id, result: 'ok', reading: { ...facts, values: { [RULES[rule].metric]: value } } };
    });
    const at = Date.now();
    for (const { listingId } of readings) times.set(listingId, at);
    pending.push(
      recorder.record('keepa', readings).then(async (listingIds) => {
        if (listingIds.length > 0) await recorded.add('recorded', { listingIds });
      }),
    );
  }
  await Promise.all(pending);
  // Of two that fall together, or if the own one was first, nobody is undercut.
  const told = listings.filter(({ id, rival }) => {
    if (rule === 'falls') return batches.has(id);
    return batches.has(rival) && !(batches.get(id) <= batches.get(rival));
  });
  return { times, told: told.length, seconds: (performance.now() - begin) / 1000 };
}

async function settle({ query, say }, app, { arrivals }) {
  const evaluation = app.get(built('alerts/engine/evaluation.service.js').Evaluation);
  const deadline = Date.now() + PATIENCE_MS;
  let [before, quietSince] = [-1, Date.now()];
  while (Date.now() < deadline) {
    const [{ n }] = await query(`SELECT count(*)::int AS n FROM delivery WHERE state = 'pending'`);
    const overdue = await evaluation.overdue(1);
    if (arrivals.size !== before || n + overdue.length > 0) quietSince = Date.now();
    else if (Date.now() - quietSince > 5000) return;
    before = arrivals.size;
    await sleep(1000);
  }
  say('not everything has arrived in time');
}

async function report({ query }, { arrivals }, { times, told, seconds }, queue, address) {
  const rows = await query(
    `SELECT a.id, cause.id AS listing_id, a.created_at, t.attempted_at FROM alert a JOIN product p ON p.id = a.product_id JOIN listing l ON l.id = p.listing_id
     JOIN listing cause ON cause.asin = coalesce(a.evidence->0->'competitor'->>'asin', l.asin)
     LEFT JOIN delivery d ON d.alert_id = a.id LEFT JOIN delivery_attempt t ON t.delivery_id = d.id`,
  );
  const arrived = rows.filter(({ id }) => arrivals.has(id));
  const stage = (of) => arrived.map(of).sort((a, b) => a - b);
  const stages = {
    'recorded → arrived': stage(({ id, listing_id }) => arrivals.get(id) - times.get(listing_id)),
    'recorded → looked at': stage(({ listing_id, created_at }) => created_at.getTime() - times.get(listing_id)),
    'looked at → sent': stage(({ created_at, attempted_at }) => attempted_at.getTime() - created_at.getTime()),
    'sent → arrived': stage(({ id, attempted_at }) => arrivals.get(id) - attempted_at.getTime()),
  };
  const measure = (name, value, unit) => ({ measure: `${name}, queue in ${queue}`, value, unit });
  return [
    measure('readings', times.size, 'readings'),
    measure('rate', times.size / seconds, 'readings/s'),
    measure('alerts to come', told, 'alerts'),
    measure('alerts', rows.length, 'alerts'),
    measure('delivered', arrived.length, 'alerts'),
    measure('evaluation of a batch, mean', await meanJob(address), 'ms'),
    ...Object.entries(stages).flatMap(([name, ms]) => [
      measure(`${name}, p50`, ms[Math.floor(ms.length * 0.5)] ?? NaN, 'ms'),
      measure(`${name}, p99`, ms[Math.floor(ms.length * 0.99)] ?? NaN, 'ms'),
      measure(`${name}, max`, ms.at(-1) ?? NaN, 'ms'),
    ]),
  ];
}

/** From the program's own metrics. */
async function meanJob(address) {
  const metrics = await (await fetch(`${address}/metrics`)).text();
  const read = (part) =>
    Number(
      new RegExp(`aip_job_duration_seconds_${part}\\{queue="recorded",outcome="completed"\\} (\\S+)`).exec(
        metrics,
      )?.[1],
    );
  return (read('sum') / read('count')) * 1000;
}
