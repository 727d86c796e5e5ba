import { ApiProperty } from '@nestjs/swagger';
import { Marketplace } from '../../common/marketplace';
import { MoneyView } from '../../common/money';
import { SourceName } from '../../marketplace-data/marketplace-data';
import { CompetitorStatus } from '../entities/competitor.entity';
import type { Origin } from '../origins';
import { DiscoveryView } from './discovery.view';

export class SimilarityView {
  /** From 0 to 1: the weighted mean of the parts that both listings have. @example 0.62 */
  score: number;
  /** `direct` from 0.4, `indirect` from 0.3. */
  kind: 'direct' | 'indirect';
  /** Each from 0 to 1. A part that is not there was not known of both, and took no part. @example {"title":0.41,"price":0.9} */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' } })
  parts: Record<string, number>;
}

export class CompetitorView {
  id: string;
  productId: string;
  asin: string;
  marketplace: Marketplace;
  title: string | null;
  brand: string | null;
  imageUrl: string | null;
  status: CompetitorStatus;
  isPinned: boolean;
  /**
   * Where it came from: `user`, `known-listings`, or a source and its way, as `keepa:search`, `keepa:finder`,
   * `keepa:bought-together`, `sp-api:similar-items`, `sp-api:search`, `firecrawl:search`.
   * @example ["known-listings", "keepa:search"]
   */
  @ApiProperty({ type: [String] })
  foundBy: Origin[];
  /** Null for one that was not compared: named by the user or a source, while one of the two has no title. */
  @ApiProperty({ type: SimilarityView, nullable: true })
  similarity: SimilarityView | null;
  @ApiProperty({ type: MoneyView, nullable: true })
  price: MoneyView | null;
  bsr: number | null;
  rating: number | null;
  reviewCount: number | null;
  /** When these numbers were true; null before the first reading. */
  @ApiProperty({ type: String, nullable: true })
  observedAt: string | null;
  /** Source of the last good reading. `sandbox` is simulated. */
  @ApiProperty({ type: String, nullable: true })
  source: SourceName | null;
  simulated: boolean;
  createdAt: string;
  updatedAt: string;
}

export class CompetitorList {
  /** Pinned ones first, then the most similar. At most 20 are suggested or confirmed. */
  data: CompetitorView[];
  /** The last discovery; null when there never was one. */
  @ApiProperty({ type: DiscoveryView, nullable: true })
  discovery: DiscoveryView | null;
}

export class DiscoveryQueuedView {
  queued: boolean;
}
