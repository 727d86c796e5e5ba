import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module';
import { Config } from './config/config';
import { readEnvironment } from './config/environment';
import { createAdapter, createDocument, PREFIX } from './configure-app';

/** Writes openapi.json, or with a path as argument there. Needs no database: `preview` builds the graph without instances. */
async function main(): Promise<void> {
  const target = process.argv[2] ?? join(process.cwd(), 'openapi.json');
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
  writeFileSync(target, `${JSON.stringify(createDocument(app), null, 2)}\n`);
  process.exit(0);
}

void main();
