import fc from 'fast-check';
import { searchTerms, WordStatistics } from './search-terms';

/** Words that others have, each with its share; of all other words nothing is known. */
const statistics = (shares: Record<string, number> = {}): WordStatistics => ({
  share: (word) => shares[word] ?? 0.0001,
  isShared: (word) => word in shares,
});

describe('searchTerms', () => {
  it('should take the rarest words that others have too, in the order of the title', () => {
    const shares = { electric: 0.2, kettle: 0.01, stainless: 0.1, steel: 0.15, cordless: 0.005 };
    const title = 'Acme Zyxo Cordless Electric Kettle, Stainless Steel';
    expect(searchTerms(title, 'Acme', statistics(shares))).toBe('Cordless Kettle Stainless Steel');
  });

  it('should take the first words of the title where no other listing says anything', () => {
    expect(searchTerms('Acme electric kettle stainless steel quiet', 'Acme', statistics())).toBe(
      'electric kettle stainless steel',
    );
  });

  it('should leave out brand, sizes, models and particles, and what comes after the head of the title', () => {
    const title = 'Acme Home KX-400 kettle 1.7 l de acero, for tea a b c d e f gooseneck';
    expect(searchTerms(title, 'Acme Home', statistics())).toBe('kettle acero for tea');
  });

  it('should take the first word for the brand where nobody told it', () => {
    expect(searchTerms('Acme kettle', null, statistics())).toBe('kettle');
  });

  it('should fall back to what there is', () => {
    expect(searchTerms('Acme KX400 2', 'Acme', statistics())).toBe('KX400 2');
    expect(searchTerms('Acme', 'Acme', statistics())).toBe('Acme');
    expect(searchTerms('!!! – …', 'Acme', statistics())).toBeNull();
    expect(searchTerms('\uFE70', 'Acme', statistics())).toBeNull();
  });

  it('should spell words as the title does', () => {
    expect(searchTerms('Acme Wasserkocher für Tee', 'Acme', statistics())).toBe('Wasserkocher für Tee');
    expect(searchTerms('Acme ガラス ケトル', 'Acme', statistics())).toBe('ガラス ケトル');
  });

  it('should be at most four words of the title, without anything else in them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.option(fc.string()), (title, brand) => {
        const terms = searchTerms(title, brand, statistics());
        const own = title.normalize('NFC');
        // Some letters are none any more as words are compared: of U+FE70 a space and a mark are left.
        const isWord = (sign: string) => [sign, sign.normalize('NFKC')].every((form) => /[\p{L}\p{N}]/u.test(form));
        if (terms === null) return ![...own].some(isWord);
        const words = terms.split(' ');
        return (
          words.length <= 4 &&
          words.every((word) => word !== '' && [...word].length <= 40 && own.includes(word)) &&
          /^[\p{L}\p{M}\p{N} ]+$/u.test(terms)
        );
      }),
    );
  });
});
