import { ApiProperty } from '@nestjs/swagger';
import { Marketplace } from '../../../common/marketplace';
import { SourceName } from '../../../marketplace-data/marketplace-data';

/** Quartiles over the listings that have the number; all null where none has. */
export class QuartilesView {
  /** Listings that have it. @example 42 */
  count: number;
  /** A quarter of them has less. @example 1499 */
  lower: number | null;
  /** @example 1999 */
  median: number | null;
  /** A quarter of them has more. @example 2999 */
  upper: number | null;
  /** Currency code, `rank`, `stars` or `count`. @example "USD" */
  unit: string;
  /** Decimals: the real value is value / 10^scale. @example 2 */
  scale: number;
}

export class MarketListingView {
  asin: string;
  title: string | null;
  brand: string | null;
  /** @example 1200 */
  bsr: number;
  /** When the rank was last seen. */
  observedAt: string;
  @ApiProperty({ type: String, nullable: true })
  source: SourceName | null;
  simulated: boolean;
}

export class MoverView extends MarketListingView {
  /** The rank that it had seven days before. @example 2400 */
  bsrBefore: number;
  /** When that was: the rank in force then. */
  before: string;
  /** Rank now over rank then: below 1 it improved. @example 0.5 */
  ratio: number;
}

export class MarketOverviewView {
  category: string;
  marketplace: Marketplace;
  /** Listings of the category, at any depth, that are known here. @example 80 */
  listings: number;
  /** Those of them that were read in the last 30 days: only they count below. @example 42 */
  withData: number;
  /** Some of their numbers are simulated. */
  simulated: boolean;
  price: QuartilesView;
  rating: QuartilesView;
  /** Number of ratings. */
  reviews: QuartilesView;
  /** The category in which most of them have their rank: ranks are compared in that one only. Null where none has a rank. */
  rankedIn: string | null;
  /** The ten best ranks. */
  leaders: MarketListingView[];
  /** Whose rank moved most in seven days, of the 200 best ranks; only those whose rank then is known. */
  risers: MoverView[];
  fallers: MoverView[];
}
