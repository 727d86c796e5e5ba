import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Real pages and answers of vendors. They are other people's material and not part of the repository. */
const ROOT = join(__dirname, '..', '..', '..', 'shared', 'fixtures');

/** `describe`, or reported as skipped where the material is not there. */
export const describeWithFixtures = existsSync(ROOT) ? describe : describe.skip;

export function readFixture(path: string): string {
  const content = readFileSync(join(ROOT, path));
  return (path.endsWith('.gz') ? gunzipSync(content) : content).toString('utf8');
}

export function readJsonFixture(path: string): unknown {
  return JSON.parse(readFixture(path));
}
