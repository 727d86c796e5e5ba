import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { Marketplace, MARKETPLACE_CODES } from './common/marketplace';
import { PageKind, readAmazonPage } from './marketplace-data/amazon-page/amazon-page';
import { outcomeOf } from './marketplace-data/amazon-page/page-reading';

const USAGE = `Usage: npm run source:read -- --file page.html[.gz] --marketplace ${MARKETPLACE_CODES.join('|')} [--kind product|search] [--asin B0…]`;
const GZIP_MAGIC = 0x8b1f;

/** Prints what the page reader makes of a page, for anyone who has one that reads wrong. */
function main(): void {
  const { values } = parseArgs({
    options: {
      file: { type: 'string' },
      marketplace: { type: 'string' },
      kind: { type: 'string' },
      asin: { type: 'string' },
    },
  });
  const { file, kind, asin } = values;
  const marketplace = MARKETPLACE_CODES.find((code) => code === values.marketplace?.toUpperCase());
  if (file === undefined || marketplace === undefined || !isKind(kind)) throw new Error(USAGE);
  console.log(JSON.stringify(read(textOf(file), marketplace, kind, asin?.toUpperCase()), null, 2));
}

function read(html: string, marketplace: Marketplace, kind: PageKind | undefined, asin: string | undefined): unknown {
  const result = readAmazonPage(html, { marketplace, kind, asin });
  if (result.kind === 'search') return { result: 'ok', ...result.search };
  if (result.kind !== 'product') return { result: result.kind, detail: result.detail };
  const outcome = outcomeOf(result, result.product.asin ?? '', 'firecrawl', new Date());
  return { result: outcome.result, detail: outcome.detail ?? null, ...result.product };
}

function isKind(kind: string | undefined): kind is PageKind | undefined {
  return kind === undefined || kind === 'product' || kind === 'search';
}

/** Block pages come in Latin-1, all others in UTF-8. */
function textOf(file: string): string {
  const bytes = readFileSync(file);
  const plain = bytes.length > 2 && bytes.readUInt16LE(0) === GZIP_MAGIC ? gunzipSync(bytes) : bytes;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(plain);
  } catch {
    return new TextDecoder('windows-1252').decode(plain);
  }
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
