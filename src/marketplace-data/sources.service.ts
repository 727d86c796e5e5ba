import { Injectable } from '@nestjs/common';
import { Marketplace } from '../common/marketplace';
import { ASKED_SOURCES, DEFAULT_ORDER, SourceNeed, SourceOrder } from '../config/source-order';
import { MarketplaceData, SOURCE_IDS, SourceName } from './marketplace-data';

const NAME_BY_ID = new Map<number, SourceName>(
  Object.entries(SOURCE_IDS).map(([name, id]) => [id, name as SourceName]),
);

export type RivalSource =
  | { name: SourceName; source: MarketplaceData; absence?: undefined }
  | { name: SourceName; source?: undefined; absence: 'not_configured' | 'not_covered' | 'not_in_order' };

/** The sources this process is configured with, and the order in which they are asked. */
@Injectable()
export class Sources {
  constructor(
    private readonly sources: readonly MarketplaceData[],
    private readonly order: SourceOrder = DEFAULT_ORDER,
  ) {}

  list(): readonly MarketplaceData[] {
    return this.sources;
  }

  /** Who can be asked about the listing for this, first choice first. */
  chain(need: SourceNeed, marketplace: Marketplace, asin: string): MarketplaceData[] {
    return this.order
      .of(marketplace, need)
      .map((name) => this.sources.find((source) => source.name === name))
      .filter((source): source is MarketplaceData => source !== undefined && source.covers(marketplace, asin))
      .filter(({ capabilities }) => need === 'fetch' || capabilities[need]);
  }

  /**
   * Every source, and why it is not asked for rivals of the listing if so. A simulated listing has simulated rivals only, and of
   * others the simulation knows nothing.
   */
  forRivals(marketplace: Marketplace, asin: string): RivalSource[] {
    const find = (name: SourceName) => this.sources.find((source) => source.name === name);
    const isSimulated = find('sandbox')?.covers(marketplace, asin) ?? false;
    const order = this.order.of(marketplace, 'search');
    return ASKED_SOURCES.filter((name) => isSimulated || name !== 'sandbox').map((name): RivalSource => {
      const source = find(name);
      if (!source) return { name, absence: 'not_configured' };
      if (isSimulated !== (name === 'sandbox') || !source.covers(marketplace, asin))
        return { name, absence: 'not_covered' };
      return order.includes(name) ? { name, source } : { name, absence: 'not_in_order' };
    });
  }

  /** Whether anybody can be asked about the listing. */
  canRead(marketplace: Marketplace, asin: string): boolean {
    return this.chain('fetch', marketplace, asin).length > 0;
  }
}

export function sourceName(id: number): SourceName {
  const name = NAME_BY_ID.get(id);
  if (!name) throw new Error(`unknown source id ${id}`);
  return name;
}
