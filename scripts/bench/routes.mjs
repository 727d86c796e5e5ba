import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { ROOT } from '../step.mjs';
import { median, result } from './run.mjs';

const CLIENTS = 16;

/** Requests a second of the hot routes, with authentication, beside a bare handler that runs the equivalent SQL without. */
export async function measureRoutes(world) {
  const { options, users, say } = world;
  const api = await startProgram(world, join(ROOT, 'dist', 'src', 'main.js'), /API {7}(\S+)\/api\/v1/, {
    NODE_ENV: 'development',
    ROLES: 'api',
    DATABASE_URL: world.url,
    PORT: '0',
    DEMO: 'false',
    LOG_LEVEL: 'error',
    JWT_SECRET: 'only for the benchmark, and long enough',
    LIMIT_REQUESTS_PER_MINUTE: '100000000',
    LIMIT_PRODUCT_READS_PER_MINUTE: '100000000',
    LIMIT_LOGIN_PER_MINUTE: '100000000',
  });
  const floor = await startProgram(world, join(ROOT, 'scripts', 'bench', 'floor.mjs'), /floor (\S+)/, {
    DATABASE_URL: world.url,
  });
  try {
    // One after another: to check a password takes the memory of many requests.
    const tokens = [];
    for (const user of users) tokens.push(await login(api.url, user.username));
    const now = Date.now();
    const from = new Date(now - 90 * 86_400_000).toISOString();
    const to = new Date(now).toISOString();
    const each = (ours, theirs) =>
      users.flatMap((user, index) =>
        user.products.slice(0, 20).map(({ id }) => ({
          ours: { path: ours(id), headers: { authorization: `Bearer ${tokens[index]}` } },
          theirs: { path: theirs(id, user.id) },
        })),
      );
    const routes = [
      [
        'GET product',
        each(
          (id) => `/api/v1/products/${id}`,
          (id, user) => `/product/${id}/${user}`,
        ),
      ],
      [
        'GET 90-day history of 4 metrics',
        each(
          (id) => `/api/v1/products/${id}/price-history?metrics=price,bsr,rating,stock&from=${from}&to=${to}`,
          (id, user) => `/history/${id}/${user}`,
        ),
      ],
      [
        'the same, beside the stored arrays as JSON',
        each(
          (id) => `/api/v1/products/${id}/price-history?metrics=price,bsr,rating,stock&from=${from}&to=${to}`,
          (id, user) => `/stored/${id}/${user}`,
        ),
        null,
      ],
      [
        'GET list of 100',
        users.map((user, index) => ({
          ours: { path: '/api/v1/products?page[size]=100', headers: { authorization: `Bearer ${tokens[index]}` } },
          theirs: { path: `/list/${user.id}` },
        })),
      ],
    ];
    const results = [];
    for (const [name, requests, bar = 0.7] of routes) {
      const ours = [];
      const theirs = [];
      for (let round = 0; round < options.rounds; round++) {
        ours.push(
          await load(
            api.url,
            requests.map((request) => request.ours),
            options.seconds,
          ),
        );
        theirs.push(
          await load(
            floor.url,
            requests.map((request) => request.theirs),
            options.seconds,
          ),
        );
      }
      say(
        `${name}: ${ours.map(({ rate }) => Math.round(rate))} against ${theirs.map(({ rate }) => Math.round(rate))} requests/s`,
      );
      results.push(
        result(`${name} / bare handler`, {
          value: median(ours.map(({ rate }) => rate)),
          floor: median(theirs.map(({ rate }) => rate)),
          bar,
          unit: 'requests/s',
        }),
        result(`${name}: p99 / p50 at ${CLIENTS} clients`, {
          value: median(ours.map(({ p99 }) => p99)),
          floor: median(ours.map(({ p50 }) => p50)),
          bar: 4,
          atLeast: false,
          unit: 'ms',
        }),
      );
    }
    results.push(
      result('memory of the API process under that load, at most', {
        value: peakMegabytes(api.pid),
        bar: 250,
        atLeast: false,
        unit: 'MB',
      }),
    );
    return results;
  } finally {
    api.stop();
    floor.stop();
  }
}

async function login(url, username) {
  const answer = await fetch(`${url}/api/v1/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: 'bench password' }),
  });
  const { accessToken } = await answer.json();
  if (!accessToken) throw new Error(`no login for ${username}: ${answer.status}`);
  return accessToken;
}

/** Requests a second, and latencies in milliseconds. */
async function load(url, requests, seconds) {
  await autocannon({ url, requests, connections: CLIENTS, duration: 1 });
  const {
    requests: rate,
    latency,
    non2xx,
    errors,
  } = await autocannon({ url, requests, connections: CLIENTS, duration: seconds });
  if (non2xx > 0 || errors > 0) throw new Error(`${url}: ${non2xx} answers were not 2xx, ${errors} errors`);
  return { rate: rate.average, p50: Math.max(1, latency.p50), p99: Math.max(1, latency.p99) };
}

async function startProgram({ say }, file, ready, env) {
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const url = await new Promise((resolve, reject) => {
    const note = (chunk) => {
      output += chunk;
      const found = ready.exec(output)?.[1];
      if (found) resolve(found);
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    child.on('exit', (code) => reject(new Error(`${file} ended with ${code}:\n${output}`)));
  });
  say(`${file.slice(ROOT.length + 1)} at ${url}`);
  return { url, pid: child.pid, stop: () => child.kill('SIGKILL') };
}

/** The largest resident set the process ever had; Linux only, elsewhere what it has now is not told. */
function peakMegabytes(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)[1]) / 1024;
}
