import { SourceOrder } from '../config/source-order';
import { MarketplaceData, SourceName } from './marketplace-data';
import { Sources } from './sources.service';

const source = (name: SourceName, covers: (marketplace: string, asin: string) => boolean = () => true) =>
  ({ name, covers }) as MarketplaceData;
const sandbox = source('sandbox', (_, asin) => asin.startsWith('B0SIM'));
const answers = (sources: Sources, asin: string) =>
  sources.forRivals('US', asin).map(({ name, absence }) => [name, absence ?? 'asked']);

describe('Sources.forRivals', () => {
  it('should say of every source why it is not asked', () => {
    const sources = new Sources(
      [sandbox, source('keepa'), source('sp-api', (marketplace) => marketplace !== 'US')],
      SourceOrder.parse('keepa,sp-api'),
    );
    expect(answers(sources, 'B000000001').sort()).toEqual([
      ['firecrawl', 'not_configured'],
      ['keepa', 'asked'],
      ['sp-api', 'not_covered'],
    ]);
  });

  it('should go by the order of searches', () => {
    const sources = new Sources([source('keepa'), source('firecrawl')], SourceOrder.parse('US/search: firecrawl'));
    expect(answers(sources, 'B000000001').sort()).toEqual([
      ['firecrawl', 'asked'],
      ['keepa', 'not_in_order'],
      ['sp-api', 'not_configured'],
    ]);
  });

  it('should keep simulated listings among themselves', () => {
    const sources = new Sources([sandbox, source('keepa')]);
    expect(answers(sources, 'B0SIMA0001').sort()).toEqual([
      ['firecrawl', 'not_configured'],
      ['keepa', 'not_covered'],
      ['sandbox', 'asked'],
      ['sp-api', 'not_configured'],
    ]);
  });
});
