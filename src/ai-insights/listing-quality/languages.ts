import { Marketplace } from '../../common/marketplace';
import { wordsOf } from '../../common/words';

type Language = 'en' | 'de' | 'fr' | 'es' | 'it' | 'pt' | 'ja' | 'nl' | 'sv' | 'pl' | 'tr' | 'ar';

/** In which listings of a marketplace are written. */
const LANGUAGES: Readonly<Record<Marketplace, readonly Language[]>> = {
  US: ['en'],
  CA: ['en', 'fr'],
  MX: ['es'],
  BR: ['pt'],
  GB: ['en'],
  DE: ['de'],
  FR: ['fr'],
  ES: ['es'],
  IT: ['it'],
  NL: ['nl'],
  BE: ['nl', 'fr', 'de'],
  IE: ['en'],
  SE: ['sv'],
  PL: ['pl'],
  TR: ['tr'],
  AE: ['ar', 'en'],
  SA: ['ar', 'en'],
  EG: ['ar', 'en'],
  ZA: ['en'],
  IN: ['en'],
  JP: ['ja'],
  AU: ['en'],
  SG: ['en'],
};

/** Articles, prepositions and conjunctions. Japanese writes its particles together with what they follow. */
const FUNCTION_WORDS: Readonly<Record<Language, string>> = {
  en: 'a an and as at but by for from in into nor of on or over per the to under up with',
  de: 'als am an auf aus bei bis das dem den der des die durch ein eine einem einen einer eines für im in mit nach oder ohne pro über und unter vom von vor zu zum zur',
  fr: 'à au aux avec ce d dans de des du en et l la le les ou par pour sans sous sur un une',
  es: 'a al con de del e el en la las los o para por sin sobre u un una unas unos y',
  it: 'a al alla con d da dal dalla degli dei del della delle dello di e ed gli i il in l la le lo nel nella o per senza su sul un una uno',
  pt: 'a ao as à com da das de do dos e em na nas no nos o os ou para por sem sobre um uma',
  ja: '',
  nl: 'aan bij de door een en het in met naar of om op over te tot uit van voor zonder',
  sv: 'av den det eller en ett för från i med och om på till under utan vid över',
  pl: 'a bez dla do i lub na nad o od po pod przez przy w z za ze',
  tr: 'bir da de ile için ve veya',
  ar: 'أو إلى على عن في مع من و',
};

/** Kept short: phrases that say nothing else. Those of the languages that are not here are not known. */
const PROMOTIONAL_PHRASES: Readonly<Partial<Record<Language, readonly string[]>>> = {
  en: [
    'best price',
    'best seller',
    'bestseller',
    'buy now',
    'free shipping',
    'hot sale',
    'limited time',
    'lowest price',
    'money back',
    'on sale',
    'quality guaranteed',
    'satisfaction guaranteed',
    'special offer',
  ],
  de: [
    'bester Preis',
    'Bestseller',
    'Geld zurück',
    'gratis Versand',
    'jetzt kaufen',
    'kostenloser Versand',
    'Sonderangebot',
    'versandkostenfrei',
    'Zufriedenheitsgarantie',
  ],
  fr: [
    'achetez maintenant',
    'en promotion',
    'livraison gratuite',
    'meilleur prix',
    'meilleure vente',
    'offre spéciale',
    'satisfait ou remboursé',
  ],
  es: ['compra ahora', 'devolución del dinero', 'envío gratis', 'más vendido', 'mejor precio', 'oferta especial'],
  it: [
    'acquista ora',
    'miglior prezzo',
    'offerta speciale',
    'più venduto',
    'soddisfatti o rimborsati',
    'spedizione gratuita',
  ],
  pt: ['compre agora', 'envio grátis', 'frete grátis', 'mais vendido', 'melhor preço', 'oferta especial'],
  ja: ['タイムセール', 'ベストセラー', '最安値', '送料無料', '特価', '返金保証'],
};

const PRICE = /(?:[$€£¥₹]|USD|EUR|GBP)\s?\d[\d.,]*|\d[\d.,]*\s?(?:[€£¥₹円]|USD\b|EUR\b|GBP\b|zł)/gu;
const WITHOUT_SPACES = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/** Of the marketplace's languages, and of English, which is mixed in everywhere; as `wordsOf` spells them. */
export function functionWords(marketplace: Marketplace): ReadonlySet<string> {
  return new Set(languagesOf(marketplace).flatMap((language) => wordsOf(FUNCTION_WORDS[language])));
}

/**
 * Prices and promotional phrases in a text.
 * @returns null: found none, and those of one of the marketplace's languages are not known
 */
export function promotionIn(text: string, marketplace: Marketplace): string[] | null {
  const languages = languagesOf(marketplace);
  const prices = [...text.matchAll(PRICE)].map(([price]) => price.trim());
  const phrases = languages.flatMap((language) => PROMOTIONAL_PHRASES[language] ?? []);
  const words = wordsOf(text);
  const found = [...new Set([...prices, ...phrases.filter((phrase) => saysPhrase(words, phrase))])];
  return found.length === 0 && languages.some((language) => !PROMOTIONAL_PHRASES[language]) ? null : found;
}

function saysPhrase(words: readonly string[], phrase: string): boolean {
  const wanted = wordsOf(phrase).join(' ');
  const said = words.join(' ');
  return isWrittenWithoutSpaces(wanted) ? said.includes(wanted) : ` ${said} `.includes(` ${wanted} `);
}

export function isWrittenWithoutSpaces(word: string): boolean {
  return WITHOUT_SPACES.test(word);
}

function languagesOf(marketplace: Marketplace): readonly Language[] {
  return [...new Set<Language>([...LANGUAGES[marketplace], 'en'])];
}
