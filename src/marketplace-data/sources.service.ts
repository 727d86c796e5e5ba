import { Injectable } from '@nestjs/common';
import { Marketplace } from '../common/marketplace';
import { DEFAULT_ORDER, SourceNeed, SourceOrder } from '../config/source-order';
import { MarketplaceData, SOURCE_IDS, SourceName } from './marketplace-data';

const NAME_BY_ID = new Map<number, SourceName>(
  Object.entries(SOURCE_IDS).map(([name, id]) => [id, name as SourceName]),
);

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
