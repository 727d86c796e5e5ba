import { ApiProperty } from '@nestjs/swagger';
import { Marketplace } from '../../../common/marketplace';
import { ChangePointView } from '../../product/dto/product-analytics.view';

export class DirectionsView {
  /** Products whose trend of the last 30 days leaves no doubt. @example 3 */
  rising: number;
  falling: number;
  /** Those of which no direction can be told. */
  none: number;
  /** Those of which too little is known. */
  unknown: number;
}

export class RecentChangeView extends ChangePointView {
  productId: string;
  asin: string;
  marketplace: Marketplace;
  title: string | null;
  /** `price`, `bsr` or `rating`. @example "bsr" */
  metric: string;
}

export class AvailabilityCountView {
  inStock: number;
  outOfStock: number;
  unknown: number;
}

export class StandingCountView {
  leader: number;
  challenger: number;
  follower: number;
  /** Without a last analysis that tells it. */
  unknown: number;
}

export class OverviewView {
  /** Tracked products, and those that are not paused. */
  products: number;
  active: number;
  /** Products whose readings are simulated. */
  simulated: number;
  /** Products with analytics of the last three days; of the rest, trends and standing are unknown. */
  analyzed: number;
  availability: AvailabilityCountView;
  price: DirectionsView;
  /** A rising rank is a worse one. */
  bsr: DirectionsView;
  standing: StandingCountView;
  /** Changes of level in the last 14 days, the latest first; at most 20. */
  recentChanges: RecentChangeView[];
}

export class OpportunityPartView {
  /**
   * `raise_price`: cheaper than the competitors' median and rated no worse. `rivals_out_of_stock`: competitors that have no offer now.
   * `rising_demand`: the rank improved over 90 days. `stay_in_stock`: time of the last 30 days without an offer. `improve_rating`: below
   * the competitors' median. `improve_content`: fewer bullets or pictures than theirs.
   */
  name: string;
  /** From 0, nothing in it, to 1. @example 0.6 */
  value: number;
  /** Its part of the score before parts that are not known are left out. @example 0.25 */
  weight: number;
  /** The numbers behind it. @example {"priceIndex":0.88,"own":1699,"medianOfCompetitors":1930} */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' } })
  evidence: Record<string, number>;
  /** What the numbers are from. */
  from: 'competitive_analysis' | 'product_analytics';
}

export class OpportunityView {
  productId: string;
  asin: string;
  marketplace: Marketplace;
  title: string | null;
  /** Weighted mean of the parts, from 0 to 1; null where parts of less than half of the weight are known. @example 0.42 */
  score: number | null;
  /** The largest contribution first. */
  parts: OpportunityPartView[];
  /** Of each part that is not known, what is missing. @example {"improve_rating":"needs a competitive analysis with ratings"} */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  missing: Record<string, string>;
  /** Where the product's insights are. @example "/api/v1/products/01981c5e-58b2-7d70-8f6e-2f6f3e2b9a10/insights" */
  insights: string;
  /** Of GET /products/{id}/competitive-summary; null where there is none. */
  @ApiProperty({ type: String, nullable: true })
  analysisId: string | null;
  @ApiProperty({ type: String, nullable: true })
  analysisMadeAt: string | null;
  /** Of GET /products/{id}/analytics. */
  @ApiProperty({ type: String, nullable: true })
  analyticsComputedAt: string | null;
  /** Some of the numbers are simulated. */
  simulated: boolean;
}

export class OpportunityList {
  /** The highest score first; those without one last. */
  data: OpportunityView[];
}
