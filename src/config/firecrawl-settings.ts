import { Marketplace, MARKETPLACE_CODES } from '../common/marketplace';

const PROXIES = ['basic', 'enhanced', 'auto'] as const;
const LANGUAGE = /^[a-z]{2}(?:-[A-Z]{2})?$/;

/** How a marketplace's pages are asked for. */
export interface FirecrawlSettings {
  /** Where the page is read from (ISO 3166-1 alpha-2): decides its currency and whether a listing is sent there. */
  country: string;
  proxy: (typeof PROXIES)[number];
  /** How old a page of Firecrawl's cache may be. Firecrawl's own default is two days, which no tracker can use. */
  maxAgeSeconds: number;
  /** Language of the page; the marketplace's own where it is left out. */
  language?: string;
}

/**
 * Reads `proxy=auto,maxAge=600; DE: proxy=enhanced; BE: country=BE,language=fr`: settings of all marketplaces, then those of
 * one.
 * @throws Error that says what is wrong
 */
export function parseFirecrawlSettings(text: string): (marketplace: Marketplace) => FirecrawlSettings {
  const rules = new Map<string, Partial<FirecrawlSettings>>();
  for (const rule of text.split(';').map((part) => part.trim())) {
    if (rule === '') continue;
    const [scope = '', list = ''] = rule.includes(':') ? rule.split(':', 2) : ['all', rule];
    const marketplace = scope.trim();
    if (marketplace !== 'all' && !MARKETPLACE_CODES.includes(marketplace as Marketplace)) {
      throw new Error(`before the colon stands a marketplace (${MARKETPLACE_CODES.join(', ')}) or all`);
    }
    rules.set(marketplace, Object.assign({}, ...list.split(',').map(parseSetting)) as Partial<FirecrawlSettings>);
  }
  return (marketplace) => ({
    country: marketplace,
    proxy: 'auto',
    maxAgeSeconds: 0,
    ...rules.get('all'),
    ...rules.get(marketplace),
  });
}

function parseSetting(text: string): Partial<FirecrawlSettings> {
  const [name = '', value = ''] = text.split('=', 2).map((part) => part.trim());
  if (name === 'country' && /^[A-Z]{2}$/.test(value)) return { country: value };
  if (name === 'maxAge' && /^\d{1,7}$/.test(value)) return { maxAgeSeconds: Number(value) };
  if (name === 'language' && LANGUAGE.test(value)) return { language: value };
  const proxy = PROXIES.find((known) => known === value);
  if (name === 'proxy' && proxy) return { proxy };
  throw new Error(
    `settings are country=DE, language=de, proxy=${PROXIES.join('|')} and maxAge=seconds, with commas between them`,
  );
}
