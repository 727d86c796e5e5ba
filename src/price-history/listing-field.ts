import { Reading } from '../marketplace-data/marketplace-data';

/**
 * What of a listing's texts has a history. `place` is where `listing.told_by` says who told it and never changes meaning; `fact` is
 * what sources call it.
 */
export const LISTING_FIELDS = {
  title: { place: 1, fact: 'title' },
  brand: { place: 2, fact: 'brand' },
  category_path: { place: 3, fact: 'categoryPath' },
  bullets: { place: 4, fact: 'bullets' },
  image_count: { place: 5, fact: 'imageCount' },
  image_url: { place: 6, fact: 'imageUrl' },
  buy_box_seller_id: { place: 7, fact: 'buyBoxSellerId' },
} as const satisfies Record<string, { place: number; fact: keyof Reading['facts'] }>;

export type ListingField = keyof typeof LISTING_FIELDS;

export const LISTING_FIELD_NAMES = Object.keys(LISTING_FIELDS) as ListingField[];

/** A text, a list of texts, a count; null: known to be absent. */
export type FieldValue = string | number | string[] | null;
