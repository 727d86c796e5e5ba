import { parseFirecrawlSettings } from './firecrawl-settings';

describe('parseFirecrawlSettings', () => {
  it('should ask for a fresh page from the country of the marketplace unless told otherwise', () => {
    expect(parseFirecrawlSettings('')('DE')).toEqual({ country: 'DE', proxy: 'auto', maxAgeSeconds: 0 });
  });

  it('should lay the settings of a marketplace over those of all', () => {
    const settings = parseFirecrawlSettings('all: proxy=basic, maxAge=600; BE: language=fr,country=FR');
    expect([settings('US'), settings('BE')]).toEqual([
      { country: 'US', proxy: 'basic', maxAgeSeconds: 600 },
      { country: 'FR', proxy: 'basic', maxAgeSeconds: 600, language: 'fr' },
    ]);
  });

  it.each(['proxy=stealth', 'maxAge=-1', 'maxAge', 'country=Germany', 'XX: proxy=basic', 'DE:', 'user=me'])(
    'should refuse %s',
    (text) => {
      expect(() => parseFirecrawlSettings(text)).toThrow();
    },
  );
});
