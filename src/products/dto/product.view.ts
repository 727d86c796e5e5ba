import { ApiProperty } from '@nestjs/swagger';
import { Marketplace } from '../../common/marketplace';
import { MoneyView } from '../../common/money';
import { PageView } from '../../common/pagination';
import { Availability, CheckResult, SourceName } from '../../marketplace-data/marketplace-data';

/** `no_source`: no configured source can read this listing. `failing`: checks fail now; the last good values stay. */
export type TrackingState = 'pending' | 'ok' | 'failing' | 'gone' | 'paused' | 'no_source';

export class TrackingView {
  state: TrackingState;
  lastCheckedAt: string | null;
  /** How the last check ended. */
  lastResult: CheckResult | null;
  /** Why it failed, when it did. */
  lastDetail: string | null;
  /** Failed checks since the last good one. */
  failures: number;
  nextCheckAt: string | null;
}

/** A current value with the time it holds since and the last time it was seen unchanged. */
class Held {
  since: string;
  confirmedUntil: string;
}

export class HeldMoneyView extends Held {
  /** Null: known to be absent. */
  @ApiProperty({ type: MoneyView, nullable: true })
  value: MoneyView | null;
}

export class HeldNumberView extends Held {
  /** Null: known to be absent. */
  @ApiProperty({ type: Number, nullable: true })
  value: number | null;
}

/** Each is null when no source has ever told it. */
export class CurrentView {
  price: HeldMoneyView | null;
  buyBoxPrice: HeldMoneyView | null;
  buyBoxShipping: HeldMoneyView | null;
  listPrice: HeldMoneyView | null;
  amazonPrice: HeldMoneyView | null;
  usedPrice: HeldMoneyView | null;
  /** Best Sellers Rank in the root category. */
  bsr: HeldNumberView | null;
  bsrSub: HeldNumberView | null;
  /** Stars, to one decimal. */
  rating: HeldNumberView | null;
  reviewCount: HeldNumberView | null;
  offerCount: HeldNumberView | null;
  stock: HeldNumberView | null;
  /** Amazon's badge: a lower bound for the last month. */
  monthlySold: HeldNumberView | null;
  bsrCategory: string | null;
  bsrSubCategory: string | null;
  buyBoxSellerId: string | null;
  availability: Availability | null;
}

export class ProductView {
  id: string;
  /** @example "B0SIMA0001" */
  asin: string;
  marketplace: Marketplace;
  /** ISO 4217. */
  currency: string;
  url: string;
  /** Yours, or else the listing's. */
  title: string | null;
  brand: string | null;
  category: string | null;
  description: string | null;
  tags: string[];
  categoryPath: string[] | null;
  imageUrl: string | null;
  parentAsin: string | null;
  isActive: boolean;
  /** In force: yours or the default. */
  refreshIntervalMinutes: number;
  @ApiProperty({ type: MoneyView, nullable: true })
  costOfGoods: MoneyView | null;
  /** Where the current values come from. `sandbox` is simulated. */
  @ApiProperty({ type: String, nullable: true })
  source: SourceName | null;
  /** The current values are simulated. */
  simulated: boolean;
  /** When the last good reading was true. */
  observedAt: string | null;
  tracking: TrackingView;
  current: CurrentView;
  createdAt: string;
  updatedAt: string;
}

export class ProductPage {
  data: ProductView[];
  page: PageView;
}

export class ImportRowView {
  /** 1 is the first product of the request. */
  row: number;
  asin: string | null;
  marketplace: Marketplace | null;
  /** `limit`: your number of products is used up. */
  status: 'created' | 'exists' | 'invalid' | 'limit';
  productId: string | null;
  /** Why the row is invalid. */
  errors: string[];
}

export class ImportView {
  total: number;
  created: number;
  exists: number;
  invalid: number;
  limit: number;
  results: ImportRowView[];
}

export class RefreshView {
  /** False when the listing was checked in the last 5 minutes. */
  queued: boolean;
  lastCheckedAt: string | null;
}
