import { Origin, originsEver, originsNow } from './origins';

const none = { before: [], named: [], isKnown: false, answered: new Set<Origin>() };

describe('originsNow', () => {
  it('should be everybody who names it', () => {
    const named: Origin[] = ['keepa:search', 'sp-api:similar-items', 'keepa:search'];
    expect(originsNow({ ...none, named, isKnown: true })).toEqual([
      'known-listings',
      'keepa:search',
      'sp-api:similar-items',
    ]);
  });

  it('should lose a source that answered and names it no more, and keep one that did not answer', () => {
    const before: Origin[] = ['keepa:search', 'keepa:finder'];
    expect(originsNow({ ...none, before, answered: new Set(['keepa:search']) })).toEqual(['keepa:finder']);
  });

  it('should not count as found here what is known only because a source named it', () => {
    expect(originsNow({ ...none, before: ['keepa:search'], isKnown: true })).toEqual(['keepa:search']);
  });

  it('should be found here when no source names it any more', () => {
    const answered = new Set<Origin>(['keepa:search']);
    expect(originsNow({ ...none, before: ['keepa:search'], isKnown: true, answered })).toEqual(['known-listings']);
    expect(originsNow({ ...none, before: ['keepa:search'], answered })).toEqual([]);
  });

  it('should lose the known listings when it is not among them', () => {
    expect(originsNow({ ...none, before: ['known-listings'] })).toEqual([]);
  });
});

describe('originsEver', () => {
  it('should forget nothing and name each once', () => {
    expect(originsEver(['user', 'keepa:search'], ['keepa:search', 'keepa:finder'])).toEqual([
      'user',
      'keepa:search',
      'keepa:finder',
    ]);
  });
});
