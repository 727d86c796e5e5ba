import { hash, pick } from './sandbox-hash';

/** A corner of the simulated market: its listings compete with each other. */
export interface Niche {
  key: string;
  categoryPath: string[];
  subCategory: string;
  /** What a thing of the niche is called, and its varieties. */
  noun: string;
  varieties: string[];
  /** Typical price in US cents. */
  price: number;
  /** Rank of a listing with average demand, in the root and in the sub-category. */
  rank: number;
  subRank: number;
  /** Month (0 to 11) of the highest demand. */
  peakMonth: number;
}

const NICHES: readonly Niche[] = [
  niche(
    'kitchen',
    ['Home & Kitchen', 'Kitchen & Dining'],
    'Insulated Bottles',
    'Insulated Bottle',
    ['500 ml', '750 ml', '1 l'],
    2499,
    9000,
    140,
    6,
  ),
  niche(
    'audio',
    ['Electronics', 'Headphones'],
    'Earbud Headphones',
    'Wireless Earbuds',
    ['Black', 'White', 'Sport'],
    4999,
    4000,
    90,
    11,
  ),
  niche(
    'garden',
    ['Patio, Lawn & Garden', 'Gardening'],
    'Pruning Shears',
    'Pruning Shears',
    ['Bypass', 'Anvil', 'Ratchet'],
    1899,
    6000,
    60,
    4,
  ),
  niche(
    'toys',
    ['Toys & Games', 'Building Toys'],
    'Marble Runs',
    'Marble Run',
    ['60 pieces', '120 pieces', '200 pieces'],
    3299,
    7000,
    45,
    11,
  ),
  niche(
    'office',
    ['Office Products', 'Desk Accessories'],
    'Monitor Stands',
    'Monitor Stand',
    ['Wood', 'Steel', 'Dual'],
    3999,
    5000,
    70,
    8,
  ),
  niche(
    'pets',
    ['Pet Supplies', 'Dogs'],
    'Dog Beds',
    'Orthopedic Dog Bed',
    ['Small', 'Medium', 'Large'],
    4599,
    6500,
    80,
    10,
  ),
  niche(
    'beauty',
    ['Beauty & Personal Care', 'Skin Care'],
    'Face Serums',
    'Vitamin C Serum',
    ['30 ml', '50 ml', 'Twin pack'],
    1599,
    8000,
    120,
    1,
  ),
  niche(
    'fitness',
    ['Sports & Outdoors', 'Exercise & Fitness'],
    'Resistance Bands',
    'Resistance Band Set',
    ['Light', 'Heavy', 'Full set'],
    2199,
    5500,
    65,
    0,
  ),
];

/** Names of no company that we know of. */
const BRANDS = ['Norvale', 'Brightholm', 'Tessaly', 'Quillon', 'Umberlight', 'Castorie', 'Fenwyck', 'Lumarro'];

/** The letters that follow B0SIM: the first one names the niche. */
const LETTERS = 'ABCDEFGH';

const RIVALS_PER_NICHE = 12;

export function nicheOf(asin: string): Niche {
  const letter = asin.charAt(5);
  const index = LETTERS.includes(letter) ? LETTERS.indexOf(letter) : hash('niche', letter) % NICHES.length;
  const found = NICHES[index];
  if (!found) throw new Error('no such niche');
  return found;
}

/** The well-known listings of a niche. */
export function rivalsOf(niche: Niche): readonly string[] {
  return RIVALS.get(niche) ?? [];
}

const RIVALS = new Map<Niche, readonly string[]>(
  NICHES.map((item, index) => [
    item,
    Array.from(
      { length: RIVALS_PER_NICHE },
      (_, place) => `B0SIM${LETTERS.charAt(index)}${String(place + 1).padStart(4, '0')}`,
    ),
  ]),
);

export function allRivals(): string[] {
  return NICHES.flatMap(rivalsOf);
}

export function brandOf(asin: string): string {
  return pick(BRANDS, 'brand', asin);
}

/** @param addition what its maker says in the title at a time beside what it is */
export function titleOf(asin: string, addition = ''): string {
  const { noun, varieties } = nicheOf(asin);
  return `${brandOf(asin)} ${noun}, ${pick(varieties, 'variety', asin)}${addition} (simulated listing)`;
}

/** What a maker might say of it. @param dropped place of the claim that is left out at a time */
export function bulletsOf(asin: string, dropped: number): string[] {
  const { noun, varieties, subCategory } = nicheOf(asin);
  const claims = [
    `${noun} by ${brandOf(asin)}`,
    `Variety: ${pick(varieties, 'variety', asin)}`,
    `For everyone who looks at ${subCategory}`,
    'Comes with a two-year guarantee',
    'Packed without plastic',
    'Simulated listing: nobody sells this',
  ];
  return claims.slice(0, 3 + (hash('bullets', asin) % 4)).filter((_, place) => place !== dropped);
}

export function imageCountOf(asin: string): number {
  return 3 + (hash('images', asin) % 6);
}

function niche(
  key: string,
  categoryPath: string[],
  subCategory: string,
  noun: string,
  varieties: string[],
  price: number,
  rank: number,
  subRank: number,
  peakMonth: number,
): Niche {
  return {
    key,
    categoryPath: [...categoryPath, subCategory],
    subCategory,
    noun,
    varieties,
    price,
    rank,
    subRank,
    peakMonth,
  };
}
