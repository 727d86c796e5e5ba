import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Config } from './config';
import { readEnvironment } from './environment';

const SECRET = 'q8Zr1vK0n3Xw7Lc5Tj9Bf2Hd6Gs4Mp1Y';
const PRODUCTION = {
  NODE_ENV: 'production',
  JWT_SECRET: SECRET,
  DATABASE_URL: 'postgres://aip:pw@db.internal:5432/aip',
};

const configOf = (env: Record<string, string>) => new Config(readEnvironment({ JWT_SECRET: SECRET, ...env }));

describe('demo', () => {
  it.each([
    ['made on a machine of one’s own', {}, true],
    ['not made when it is not wanted', { DEMO: 'false' }, false],
    ['not made where others can reach it', { HOST: '0.0.0.0' }, false],
    ['made where others can reach it when asked for', { HOST: '0.0.0.0', DEMO: 'true' }, true],
    ['not made without the sandbox', { SANDBOX: 'false' }, false],
    ['not made in production, even when asked for', { ...PRODUCTION, DEMO: 'true', SANDBOX: 'true' }, false],
  ])('should be %s', (_, env, demo) => {
    expect(configOf(env as Record<string, string>).demo).toBe(demo);
  });
});

describe('production', () => {
  it('should have no sandbox and migrate only when told to', () => {
    const { sandboxEnabled, migrateOnStart, host } = configOf(PRODUCTION);
    expect({ sandboxEnabled, migrateOnStart, host }).toEqual({
      sandboxEnabled: false,
      migrateOnStart: false,
      host: '0.0.0.0',
    });
  });
});

describe('JWT key of development', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aip-config-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('should be made once, kept for the next start, and readable by nobody else', () => {
    const first = new Config(readEnvironment({ DATA_DIR: folder })).jwtSecret;
    const second = new Config(readEnvironment({ DATA_DIR: folder })).jwtSecret;
    const file = join(folder, 'jwt.secret');
    expect([second, readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([first, first, 0o600]);
    expect(first.length).toBeGreaterThanOrEqual(64);
  });
});
