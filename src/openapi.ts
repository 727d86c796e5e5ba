import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module';
import { Config } from './config/config';
import { readEnvironment } from './config/environment';
import { createAdapter, createDocument, PREFIX } from './configure-app';

/** Writes openapi.json, or with `--check` compares it. Needs no database: `preview` builds the graph without instances. */
async function main(): Promise<void> {
  const config = new Config(
    readEnvironment({ NODE_ENV: 'development', JWT_SECRET: 'this one signs nothing and is never used' }),
    'postgres://nobody@127.0.0.1:1/none',
  );
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config), createAdapter(config), {
    preview: true,
    logger: ['error'],
    abortOnError: false,
  });
  app.setGlobalPrefix(PREFIX);
  const text = `${JSON.stringify(createDocument(app), null, 2)}\n`;
  const file = join(process.cwd(), 'openapi.json');
  const fresh = existsSync(file) && readFileSync(file, 'utf8') === text;
  if (process.argv[2] !== '--check') writeFileSync(file, text);
  else if (!fresh) console.error('openapi.json is not what the code says: run `npm run openapi`');
  process.exit(process.argv[2] === '--check' && !fresh ? 1 : 0);
}

void main();
