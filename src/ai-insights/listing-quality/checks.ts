import { Marketplace } from '../../common/marketplace';
import { SumRule } from '../../common/named-sum';
import { wordsOf } from '../../common/words';
import { ListingEntity } from '../../products/entities/listing.entity';
import { FEWEST_RIVALS, keywordsOf, RivalWords } from './keywords';
import { functionWords, promotionIn } from './languages';

export type QualityListing = Pick<
  ListingEntity,
  'marketplace' | 'asin' | 'title' | 'brand' | 'bullets' | 'imageCount' | 'categoryPath' | 'bsrSubCategory'
>;

interface QualityInputs {
  listing: QualityListing;
  /** Confirmed ones. */
  rivals: readonly RivalWords[];
}

export interface QualityFinding {
  /** Counts: what was counted, and the bound that it is held against. */
  found: Record<string, number>;
  /** What it is about: characters, words or phrases. */
  words: string[];
}

export interface Check extends SumRule<QualityInputs, QualityFinding> {
  field: 'title' | 'bullets' | 'images' | 'category' | 'keywords';
  /** What is asked. */
  rule: string;
  /** Where it is asked. */
  source: string;
  /** What to do where it is not so; placeholders are of `found`, and `words`. */
  advice: string;
}

const TITLE_RULES = 'Amazon Seller Central, “Product title requirements and guidelines” (201100890)';
const TITLE_LIMIT = `${TITLE_RULES}; 75 characters since 27 July 2026`;
const PAGE_RULES = 'Amazon Seller Central, “Product detail page rules” (200390640)';
const BULLET_RULES = 'Amazon Seller Central, “Product bullet point requirements”, since 15 August 2024';
const IMAGE_RULES = 'Amazon Seller Central, “Product image requirements” (G1881)';

const TITLE_CHARACTERS = 75;
const LONG_TITLE_CHARACTERS = 200;
/** Stores that kept the longer limit. */
const LONG_TITLES: ReadonlySet<Marketplace> = new Set<Marketplace>(['AE', 'EG', 'SA', 'TR']);
/** Books have their ISBN for an ASIN. Other media cannot be told from the rest in every language. */
const BOOK = /^\d{9}[\dX]$/;
const MOST_SAID = 2;
const BULLETS = 5;
const SHORTEST_BULLET = 10;
const LONGEST_BULLET = 255;
const IMAGES = 6;
const LEVELS = 2;

const TITLE_SYMBOLS = /[!$?_{}^¬¦]/gu;
const BULLET_SYMBOLS = /\p{Extended_Pictographic}|[€…†‡¢£¥±~]/gu;

/**
 * What is looked at, with weights that are our choice: what shoppers and the search read most counts most.
 *
 * Amazon's rules as of November 2026. Those of titles and detail pages were read at Seller Central; the limit of 75 characters (announced on
 * 10 June 2026, except media; that four stores are left out is of one report), the rules of bullets and the number of images are taken from
 * what others report of pages that ask for a login. Markup is not looked for: readings have lost it.
 */
export const CHECKS: readonly Check[] = [
  {
    name: 'title_length',
    field: 'title',
    weight: 0.1,
    rule: `The title has at most ${TITLE_CHARACTERS} characters with its spaces, ${LONG_TITLE_CHARACTERS} for books and in AE, EG, SA and TR`,
    source: TITLE_LIMIT,
    needs: 'needs the title',
    advice: 'Shorten the title: it has {characters} characters, and may have {most} at most.',
    look({ listing: { title, marketplace, asin } }) {
      if (title === null) return undefined;
      const characters = lengthOf(title);
      const most = LONG_TITLES.has(marketplace) || BOOK.test(asin) ? LONG_TITLE_CHARACTERS : TITLE_CHARACTERS;
      return { value: Math.min(1, most / Math.max(1, characters)), found: { characters, most }, words: [] };
    },
  },
  {
    name: 'title_characters',
    field: 'title',
    weight: 0.05,
    rule: 'The title has none of ! $ ? _ { } ^ ¬ ¦ except in the brand',
    source: TITLE_RULES,
    needs: 'needs the title',
    advice: 'Take {words} out of the title.',
    look({ listing: { title, brand } }) {
      if (title === null) return undefined;
      const words = matchesOf(brand ? title.replaceAll(brand, ' ') : title, TITLE_SYMBOLS);
      return { value: words.length === 0 ? 1 : 0, found: { symbols: words.length }, words };
    },
  },
  {
    name: 'title_repetition',
    field: 'title',
    weight: 0.05,
    rule: 'The title says no word more than twice; articles, prepositions, conjunctions, numbers and single letters are not counted',
    source: `${TITLE_RULES}; numbers and single letters: our choice`,
    needs: 'needs the title',
    advice: 'Say {words} no more than {most} times in the title.',
    look({ listing: { title, marketplace } }) {
      if (title === null) return undefined;
      const skipped = functionWords(marketplace);
      const counts = new Map<string, number>();
      for (const word of wordsOf(title)) {
        if (!skipped.has(word) && /\p{L}/u.test(word) && lengthOf(word) > 1)
          counts.set(word, (counts.get(word) ?? 0) + 1);
      }
      const words = [...counts].flatMap(([word, count]) => (count > MOST_SAID ? [word] : []));
      return { value: words.length === 0 ? 1 : 0, found: { repeated: words.length, most: MOST_SAID }, words };
    },
  },
  {
    name: 'title_brand',
    field: 'title',
    weight: 0.05,
    rule: 'The title names the brand',
    source: `${TITLE_RULES}, as in its examples; that it is asked for: our choice`,
    needs: 'needs the title and the brand',
    advice: 'Name the brand, {words}, in the title.',
    look({ listing: { title, brand } }) {
      const made = wordsOf(brand ?? '').join('');
      if (title === null || brand === null || made === '') return undefined;
      const isNamed = wordsOf(title).join('').includes(made);
      return { value: isNamed ? 1 : 0, found: {}, words: isNamed ? [] : [brand] };
    },
  },
  {
    name: 'title_promotion',
    field: 'title',
    weight: 0.05,
    rule: 'The title has no price and no promotional phrase',
    source: `${TITLE_RULES}; ${PAGE_RULES}; the list of phrases: our choice`,
    needs: 'needs the title, and a marketplace whose languages have a list of promotional phrases',
    advice: 'Take {words} out of the title.',
    look: ({ listing: { title, marketplace } }) => withoutPromotion(title === null ? [] : [title], marketplace),
  },
  {
    name: 'bullet_count',
    field: 'bullets',
    weight: 0.1,
    rule: `There are ${BULLETS} bullets`,
    source: `${BULLET_RULES}: at least three, places for five; that all are used: our choice`,
    needs: 'needs the bullets',
    advice: 'Write more bullets: the listing has {bullets} of {wanted}.',
    look({ listing: { bullets } }) {
      return bullets === null
        ? undefined
        : {
            value: Math.min(1, bullets.length / BULLETS),
            found: { bullets: bullets.length, wanted: BULLETS },
            words: [],
          };
    },
  },
  {
    name: 'bullet_length',
    field: 'bullets',
    weight: 0.05,
    rule: `Each bullet has ${SHORTEST_BULLET} to ${LONGEST_BULLET} characters`,
    source: BULLET_RULES,
    needs: 'needs the bullets',
    advice: 'Give {failing} of {bullets} bullets a length of {fewest} to {most} characters.',
    look: ({ listing }) =>
      ofBullets(listing, (bullet) => lengthOf(bullet) >= SHORTEST_BULLET && lengthOf(bullet) <= LONGEST_BULLET, {
        fewest: SHORTEST_BULLET,
        most: LONGEST_BULLET,
      }),
  },
  {
    name: 'bullet_capital',
    field: 'bullets',
    weight: 0.05,
    rule: 'Each bullet begins with a capital letter, or a digit, in scripts that have capitals',
    source: `${BULLET_RULES}; digits: our choice`,
    needs: 'needs the bullets',
    advice: 'Begin {failing} of {bullets} bullets with a capital letter.',
    look: ({ listing }) => ofBullets(listing, (bullet) => !/^[^\p{L}\p{N}]*\p{Ll}/u.test(bullet)),
  },
  {
    name: 'bullet_symbols',
    field: 'bullets',
    weight: 0.05,
    rule: 'No bullet has an emoji or one of ™ ® © € £ ¥ ¢ … † ‡ ± ~',
    source: BULLET_RULES,
    needs: 'needs the bullets',
    advice: 'Take {words} out of {failing} of {bullets} bullets.',
    look({ listing }) {
      const hasSymbol = (bullet: string) => matchesOf(bullet, BULLET_SYMBOLS).length > 0;
      const finding = ofBullets(listing, (bullet) => !hasSymbol(bullet));
      return finding && { ...finding, words: matchesOf((listing.bullets ?? []).join('\n'), BULLET_SYMBOLS) };
    },
  },
  {
    name: 'bullet_promotion',
    field: 'bullets',
    weight: 0.05,
    rule: 'No bullet has a price or a promotional phrase',
    source: `${PAGE_RULES}; ${BULLET_RULES}; the list of phrases: our choice`,
    needs: 'needs the bullets, and a marketplace whose languages have a list of promotional phrases',
    advice: 'Take {words} out of the bullets.',
    look: ({ listing: { bullets, marketplace } }) => withoutPromotion(bullets ?? [], marketplace),
  },
  {
    name: 'image_count',
    field: 'images',
    weight: 0.15,
    rule: `There are at least ${IMAGES} images; a video is not counted`,
    source: `${IMAGE_RULES}: six images and a video are advised`,
    needs: 'needs the number of images',
    advice: 'Add images: the listing has {images} of {wanted}.',
    look({ listing: { imageCount } }) {
      return imageCount === null
        ? undefined
        : { value: Math.min(1, imageCount / IMAGES), found: { images: imageCount, wanted: IMAGES }, words: [] };
    },
  },
  {
    name: 'category_depth',
    field: 'category',
    weight: 0.05,
    rule: `The listing is in a sub-category: its path has at least ${LEVELS} levels, or it has a rank in a sub-category`,
    source: `${PAGE_RULES}: products must be accurately categorized; that a root alone is not: our choice`,
    needs: 'needs the category path',
    advice:
      'Have the listing put into a sub-category: its path has {levels} of the {wanted} levels that it needs at least.',
    look({ listing: { categoryPath, bsrSubCategory } }) {
      const levels = categoryPath?.length ?? (bsrSubCategory === null ? 0 : LEVELS);
      if (levels === 0) return undefined;
      const isDeep = levels >= LEVELS || bsrSubCategory !== null;
      return { value: isDeep ? 1 : 0, found: { levels, wanted: LEVELS }, words: [] };
    },
  },
  {
    name: 'keywords',
    field: 'keywords',
    weight: 0.2,
    rule: `Title and bullets say the words that at least half of the titles of ${FEWEST_RIVALS} or more confirmed competitors share`,
    source: 'our choice',
    needs: `needs the title, the bullets, and the titles of ${FEWEST_RIVALS} confirmed competitors that share words`,
    advice: 'Say {words} in the title or the bullets, where it is true: half or more of {rivals} competitors do.',
    look({ listing: { title, brand, bullets, marketplace }, rivals }) {
      if (title === null || bullets === null) return undefined;
      const keywords = keywordsOf([title, brand ?? '', ...bullets].join('\n'), rivals, marketplace);
      if (!keywords) return undefined;
      const { shared, lacking } = keywords;
      return {
        value: 1 - lacking.length / shared.length,
        found: { rivals: keywords.rivals, shared: shared.length, lacking: lacking.length },
        words: lacking,
      };
    },
  },
];

type Finding = ({ value: number } & QualityFinding) | undefined;

/** The share of bullets for which it holds. */
function ofBullets(
  { bullets }: QualityListing,
  holds: (bullet: string) => boolean,
  bounds: Record<string, number> = {},
): Finding {
  if (!bullets || bullets.length === 0) return undefined;
  const failing = bullets.filter((bullet) => !holds(bullet)).length;
  return { value: 1 - failing / bullets.length, found: { failing, bullets: bullets.length, ...bounds }, words: [] };
}

/** Whether no text has any; that none is found says nothing where not all phrases are known. */
function withoutPromotion(texts: readonly string[], marketplace: Marketplace): Finding {
  const found = texts.map((text) => promotionIn(text, marketplace));
  const words = [...new Set(found.flatMap((some) => some ?? []))];
  if (texts.length === 0 || (words.length === 0 && found.includes(null))) return undefined;
  return { value: words.length === 0 ? 1 : 0, found: { phrases: words.length }, words };
}

/** As a person counts them; any script. */
function lengthOf(text: string): number {
  return [...text].length;
}

function matchesOf(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([match]) => match))];
}
