import { Injectable } from '@nestjs/common';
import { Marketplace } from '../common/marketplace';
import { MarketplaceData, SOURCE_IDS, SourceName } from './marketplace-data';

const NAME_BY_ID = new Map<number, SourceName>(
  Object.entries(SOURCE_IDS).map(([name, id]) => [id, name as SourceName]),
);

/** The sources this process is configured with, in the order in which they are asked. */
@Injectable()
export class Sources {
  constructor(private readonly sources: readonly MarketplaceData[]) {}

  list(): readonly MarketplaceData[] {
    return this.sources;
  }

  /** The first source that can be asked about the listing. */
  findFor(marketplace: Marketplace, asin: string): MarketplaceData | undefined {
    return this.sources.find((source) => source.covers(marketplace, asin));
  }

  /** @throws when a job names a source this process does not have */
  get(name: string): MarketplaceData {
    const source = this.sources.find((candidate) => candidate.name === name);
    if (!source) throw new Error(`source ${name} is not configured in this process`);
    return source;
  }
}

export function sourceName(id: number): SourceName {
  const name = NAME_BY_ID.get(id);
  if (!name) throw new Error(`unknown source id ${id}`);
  return name;
}
