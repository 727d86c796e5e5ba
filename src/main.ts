import { setFlagsFromString } from 'node:v8';
import { NestFactory } from '@nestjs/core';
import { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module';
import { createAdapter, configureApp } from './configure-app';
import { Config } from './config/config';
import { ConfigurationError } from './config/environment';
import { DEMO_LOGIN, ensureDemo } from './demo';
import { openDatabase } from './open-database';
import { AppLogger } from './shared/logging/app-logger';

/**
 * V8 collects when the heap has grown to a multiple of what was in use, by default up to four. What requests leave behind is
 * soon garbage, so that half as much again is enough: 180 MB under load in place of 340, at the same speed.
 */
setFlagsFromString('--heap-growing-percent=50');

/** Ports tried after PORT in development, where a second copy of the program may run. */
const PORT_TRIES = 20;

async function main(): Promise<void> {
  const started = performance.now();
  const database = await openDatabase(Config.load(), say);
  const { config } = database;
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config), createAdapter(config), {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  stopOnSignal(app, () => database.release());
  await configureApp(app);
  await app.init();
  app.useLogger(app.get(AppLogger));
  if (config.demo) await ensureDemo(app);
  const port = await listen(app, config);
  banner(config, port, Math.round(performance.now() - started));
}

async function listen(app: NestFastifyApplication, config: Config): Promise<number> {
  const wanted = config.env.PORT;
  const tries = config.isProduction || wanted === 0 ? 1 : PORT_TRIES;
  for (let port = wanted; ; port++) {
    try {
      // Not by Nest, which would log a taken port as an error before the next one is tried.
      await app.getHttpAdapter().getInstance().listen({ port, host: config.host });
      const address = app.getHttpServer().address();
      return typeof address === 'object' && address !== null ? address.port : port;
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!taken || port + 1 >= wanted + tries) throw error;
    }
  }
}

/** systemd and npm each pass the same signal on; somebody who presses Ctrl-C again takes longer than that. */
const SAME_SIGNAL_MS = 500;

/** Requests in flight are answered, jobs in hand are finished, then the database is let go. A second signal does not wait. */
function stopOnSignal(app: NestFastifyApplication, releaseDatabase: () => Promise<void>): void {
  let stoppingSince: number | undefined;
  const stop = (signal: string) => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    say(`${signal}: finishing what is under way …`);
    app
      .close()
      .then(releaseDatabase)
      .then(
        () => {
          say('stopped');
          process.exit(0);
        },
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

function banner(config: Config, port: number, elapsedMs: number): void {
  const host = config.host === '0.0.0.0' ? 'localhost' : config.host;
  const address = `http://${host}:${port}`;
  const lines = [
    '',
    `  Amazon Insights Platform is ready (${(elapsedMs / 1000).toFixed(1)} s), roles: ${config.env.ROLES.join(', ')}`,
    `    API       ${address}/api/v1`,
    `    API docs  ${address}/api/docs`,
    `    data      ${config.env.DATABASE_URL === undefined ? config.dataDir : 'the database of DATABASE_URL'}`,
    config.demo
      ? `    log in    user name "${DEMO_LOGIN.username}", password "${DEMO_LOGIN.password}" (its listings are simulated)`
      : '    log in    POST /api/v1/auth/register makes an account',
    '',
  ];
  console.log(lines.join('\n'));
}

function say(message: string): void {
  console.log(`[start] ${message}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigurationError ? error.message : error);
  process.exit(1);
});
