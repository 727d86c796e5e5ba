import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigurationError, readEnvironment, VARIABLE_NAMES } from './environment';

const production = {
  NODE_ENV: 'production',
  JWT_SECRET: 'q8Zr1vK0n3Xw7Lc5Tj9Bf2Hd6Gs4Mp1Y',
  DATABASE_URL: 'postgres://aip:pw@db.internal:5432/aip',
};

describe('readEnvironment', () => {
  it('should have defaults for everything in development', () => {
    expect(readEnvironment({})).toMatchObject({
      NODE_ENV: 'development',
      PORT: 3000,
      ROLES: ['api', 'worker', 'scheduler'],
    });
  });

  it('should convert numbers, flags and lists', () => {
    expect(readEnvironment({ PORT: '8080', DEMO: 'false', ROLES: 'api, worker' })).toMatchObject({
      PORT: 8080,
      DEMO: false,
      ROLES: ['api', 'worker'],
    });
  });

  it('should take an empty variable as not set', () => {
    expect(readEnvironment({ PORT: ' ', KEEPA_API_KEY: '' })).toMatchObject({ PORT: 3000 });
  });

  it.each([
    ['PORT', '70000'],
    ['PORT', 'http'],
    ['ROLES', 'api,cook'],
    ['DATABASE_URL', 'mysql://secret-host/db'],
    ['REDIS_URL', 'localhost'],
    ['DEMO', 'maybe'],
    ['REFRESH_INTERVAL_MINUTES', '-77'],
    ['REFRESH_CRON', 'hourly'],
    ['CLEANUP_CRON', '99 4 * * 0'],
    ['DISCOVERY_SEARCH_DAYS', '366.5'],
    ['JWT_SECRET', 'short-secret'],
    ['LOG_LEVEL', 'loud'],
    ['LLM_BASE_URL', 'localhost:11434'],
    ['LLM_TEMPERATURE', 'warm'],
    ['LLM_TIMEOUT_SECONDS', '7200'],
    ['LLM_DAILY_TOKENS_PER_USER', '-88'],
    ['LLM_INPUT_PRICE', 'cheap'],
  ])('should name %s and not its value when it is wrong', (name, value) => {
    const read = () => readEnvironment({ [name]: value });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(name);
    expect(read).not.toThrow(value);
  });

  it('should name every wrong variable at once', () => {
    expect(() => readEnvironment({ PORT: 'x', DEMO: 'x' })).toThrow(/PORT[\s\S]*DEMO/);
  });

  it.each<[string, NodeJS.ProcessEnv, string]>([
    ['a model without its address', { LLM_MODEL: 'm' }, 'LLM_BASE_URL and LLM_MODEL'],
    ['an address without a model', { LLM_BASE_URL: 'http://localhost:11434/v1' }, 'LLM_BASE_URL and LLM_MODEL'],
    ['a key of no model', { LLM_API_KEY: 'sk-1234' }, 'LLM_BASE_URL and LLM_MODEL'],
    ['the price of one direction', { LLM_INPUT_PRICE: '0.15' }, 'LLM_INPUT_PRICE and LLM_OUTPUT_PRICE'],
  ])('should refuse %s', (_, env, names) => {
    expect(() => readEnvironment(env)).toThrow(names);
  });

  it('should read a model of this machine', () => {
    const env = { LLM_BASE_URL: 'http://127.0.0.1:11434/v1', LLM_MODEL: 'llama3.2', LLM_TEMPERATURE: '0' };
    expect(readEnvironment(env)).toMatchObject({ LLM_MODEL: 'llama3.2', LLM_TEMPERATURE: 0, LLM_TIMEOUT_SECONDS: 60 });
  });

  it('should accept a complete production environment', () => {
    expect(readEnvironment(production)).toMatchObject({ NODE_ENV: 'production' });
  });

  it.each(['JWT_SECRET', 'DATABASE_URL'])('should refuse production without %s', (name) => {
    expect(() => readEnvironment({ ...production, [name]: undefined })).toThrow(`${name} must be set in production`);
  });

  it.each([
    'change-me-change-me-change-me-change-me',
    'your-secret-key-your-secret-key-your',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  ])('should refuse the placeholder %s in production', (secret) => {
    expect(() => readEnvironment({ ...production, JWT_SECRET: secret })).toThrow(
      'JWT_SECRET must not be a placeholder',
    );
  });
});

describe('.env.example', () => {
  const example = parseEnv(readFileSync(join(__dirname, '..', '..', '.env.example'), 'utf8'));

  it('should say what the program does without it', () => {
    expect(readEnvironment(example as NodeJS.ProcessEnv)).toEqual(readEnvironment({}));
  });

  it('should document every variable there is', () => {
    expect(Object.keys(example).sort()).toEqual([...VARIABLE_NAMES].sort());
  });
});
