import { Marketplace, MARKETPLACE_CODES } from '../common/marketplace';
import { SOURCE_IDS, SourceName } from '../common/source-name';

/** What a source is needed for. */
export type SourceNeed = 'fetch' | 'history' | 'search';

const NEEDS: readonly string[] = ['fetch', 'history', 'search'] satisfies SourceNeed[];

/** Sources that can be asked; `import` is what users bring. The sandbox knows its own listings only. */
export const ASKED_SOURCES: readonly SourceName[] = (Object.keys(SOURCE_IDS) as SourceName[]).filter(
  (name) => name !== 'import',
);

/** In which order sources are asked, by marketplace and need. */
export class SourceOrder {
  private constructor(private readonly rules: ReadonlyMap<string, SourceName[]>) {}

  /**
   * Reads `keepa,firecrawl; JP: firecrawl; all/search: keepa; DE/fetch: sp-api,keepa`: rules of one marketplace, one need, both
   * or all, of which the most particular holds. A source that a rule does not name is not asked.
   * @throws Error that says what is wrong, for the person who configures
   */
  static parse(text: string): SourceOrder {
    const rules = new Map<string, SourceName[]>();
    for (const rule of text.split(';').map((part) => part.trim())) {
      if (rule === '') continue;
      const [scope, list] = rule.includes(':') ? rule.split(':', 2) : ['all', rule];
      const [marketplace = 'all', need = 'all'] = (scope ?? '').trim().split('/', 2);
      if (marketplace !== 'all' && !MARKETPLACE_CODES.includes(marketplace as Marketplace)) {
        throw new Error(`before the colon stands a marketplace (${MARKETPLACE_CODES.join(', ')}) or all`);
      }
      if (need !== 'all' && !NEEDS.includes(need)) throw new Error(`after the slash stands one of ${NEEDS.join(', ')}`);
      const names = (list ?? '').split(',').map((name) => name.trim());
      if (names.some((name) => !ASKED_SOURCES.includes(name as SourceName))) {
        throw new Error(`a list names some of ${ASKED_SOURCES.join(', ')}`);
      }
      // The sandbox answers for no listing but its own, which nobody else knows.
      rules.set(`${marketplace}/${need}`, [...new Set<SourceName>(['sandbox', ...(names as SourceName[])])]);
    }
    if (!rules.has('all/all')) rules.set('all/all', ['sandbox', 'keepa', 'firecrawl', 'sp-api']);
    return new SourceOrder(rules);
  }

  of(marketplace: Marketplace, need: SourceNeed): readonly SourceName[] {
    for (const key of [`${marketplace}/${need}`, `${marketplace}/all`, `all/${need}`]) {
      const rule = this.rules.get(key);
      if (rule) return rule;
    }
    return this.rules.get('all/all') ?? [];
  }
}

export const DEFAULT_ORDER = SourceOrder.parse('');

/** Units a source may take in a day (UTC); a source that is not in it may take any number. */
export type DailyLimits = Partial<Record<SourceName, number>>;

/**
 * Reads `firecrawl:500,keepa:20000`: units a source may take in a day.
 * @throws Error that says what is wrong
 */
export function parseDailyLimits(text: string): DailyLimits {
  const limits: DailyLimits = {};
  for (const part of text.split(',').map((item) => item.trim())) {
    if (part === '') continue;
    const match = /^([a-z-]+)\s*:\s*(\d{1,9})$/.exec(part);
    const name = match?.[1] as SourceName | undefined;
    if (name === undefined || !ASKED_SOURCES.includes(name)) {
      throw new Error(`each part is a source (${ASKED_SOURCES.join(', ')}), a colon and a number of units`);
    }
    limits[name] = Number(match?.[2]);
  }
  return limits;
}
