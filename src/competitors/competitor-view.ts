import { round } from '../common/round';
import { Marketplace } from '../common/marketplace';
import { METRICS } from '../common/metric';
import { moneyView } from '../common/money';
import { sourceName } from '../marketplace-data/sources.service';
import { CompetitorView } from './dto/competitor.view';
import { CompetitorStatus } from './entities/competitor.entity';
import { Origin } from './origins';
import { Similar } from './similarity';

/** From here on a rival is a direct one: of pairs this similar 92 to 94 % are of one leaf category (amazon.in set, both categories known). */
const DIRECT_FROM = 0.4;

export interface CompetitorRow {
  id: string;
  product_id: string;
  asin: string;
  marketplace: Marketplace;
  title: string | null;
  brand: string | null;
  image_url: string | null;
  status: CompetitorStatus;
  is_pinned: boolean;
  found_by: Origin[];
  similarity: number | null;
  parts: Similar['parts'] | null;
  current_values: (number | null)[];
  observed_at: Date | null;
  source: number | null;
  created_at: Date;
  updated_at: Date;
}

export const COMPETITOR_SELECT = `
SELECT c.id, c.product_id, l.asin, l.marketplace, l.title, l.brand, l.image_url, c.status, c.is_pinned, c.found_by, c.similarity, c.parts,
       s.current_values, s.observed_at, s.source, c.created_at, c.updated_at
FROM competitor c JOIN listing l ON l.id = c.listing_id JOIN listing_state s ON s.listing_id = l.id`;

export function toCompetitorView(row: CompetitorRow): CompetitorView {
  const current = (metric: keyof typeof METRICS) => row.current_values[METRICS[metric].id - 1] ?? null;
  const price = current('price');
  const rating = current('rating');
  const source = row.source === null ? null : sourceName(row.source);
  return {
    id: row.id,
    productId: row.product_id,
    asin: row.asin,
    marketplace: row.marketplace,
    title: row.title,
    brand: row.brand,
    imageUrl: row.image_url,
    status: row.status,
    isPinned: row.is_pinned,
    foundBy: row.found_by,
    similarity:
      row.similarity === null
        ? null
        : {
            score: round(row.similarity, 3),
            kind: row.similarity >= DIRECT_FROM ? 'direct' : 'indirect',
            parts: Object.fromEntries(Object.entries(row.parts ?? {}).map(([part, value]) => [part, round(value, 3)])),
          },
    price: price === null ? null : moneyView(price, row.marketplace),
    bsr: current('bsr'),
    rating: rating === null ? null : rating / 10,
    reviewCount: current('review_count'),
    observedAt: row.observed_at?.toISOString() ?? null,
    source,
    // Before the first reading, the texts are of who named it.
    simulated:
      source === 'sandbox' || (source === null && row.found_by.some((origin) => origin.startsWith('sandbox:'))),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
