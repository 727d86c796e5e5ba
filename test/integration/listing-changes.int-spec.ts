import fc from 'fast-check';
import { Config } from '../../src/config/config';
import { readEnvironment } from '../../src/config/environment';
import { toMinute } from '../../src/common/minute';
import { Reading, SOURCE_IDS, SourceName } from '../../src/marketplace-data/marketplace-data';
import { Recorder } from '../../src/price-history/recorder';
import { Postgres } from '../../src/shared/database/postgres';
import { FixedClock } from '../support/clock';
import { createTestDatabase, TestDatabase } from '../support/database';

const NOW = new Date('2026-11-24T12:00:30Z');
const HOUR = 60;
/** Hour 0 is midnight. */
const MIDNIGHT = toMinute(new Date('2026-11-24T00:00:00Z'));

type Change = [field: string, before: unknown, after: unknown, hour: number, source: SourceName];

describe('changes of a listing', () => {
  let database: TestDatabase;
  let postgres: Postgres;
  let recorder: Recorder;
  let asins = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    const env = readEnvironment({ NODE_ENV: 'test', JWT_SECRET: 'only for tests, and long enough for them' });
    postgres = new Postgres(database.dataSource, new Config(env, database.url));
    recorder = new Recorder(postgres, new FixedClock(NOW));
  });
  afterAll(() => database.drop());

  async function newListing(): Promise<number> {
    const asin = `B0${String(++asins).padStart(8, '0')}`;
    const [row] = await postgres.query<{ id: number }>(
      `INSERT INTO listing (marketplace, asin) VALUES ('US', $1) RETURNING id`,
      [asin],
    );
    await postgres.query(`INSERT INTO listing_state (listing_id, interval_minutes) VALUES ($1, 360)`, [row?.id]);
    return row?.id ?? 0;
  }

  const readingOf = (source: SourceName, hour: number, facts: Reading['facts']): Reading => ({
    asin: 'B000000001',
    marketplace: 'US',
    source,
    observedAt: new Date((MIDNIGHT + hour * HOUR) * 60_000),
    values: { price: 1599 },
    facts,
  });

  const tell = (listingId: number, source: SourceName, hour: number, facts: Reading['facts']) =>
    recorder.record(source, [{ listingId, result: 'ok', reading: readingOf(source, hour, facts) }]);

  async function changesOf(listingId: number): Promise<Change[]> {
    const rows = await postgres.query<{
      field: string;
      before: unknown;
      after: unknown;
      observed_minute: number;
      recorded_minute: number;
      source: number;
    }>(`SELECT * FROM listing_change WHERE listing_id = $1 ORDER BY observed_minute, field`, [listingId]);
    for (const { recorded_minute } of rows) expect(recorded_minute).toBe(toMinute(NOW));
    return rows.map(({ field, before, after, observed_minute, source }) => [
      field,
      before,
      after,
      (observed_minute - MIDNIGHT) / HOUR,
      source === SOURCE_IDS.keepa ? 'keepa' : 'firecrawl',
    ]);
  }

  it('should tell that a listing has something new where only its seller or a text differs, and not when it is told again', async () => {
    const listingId = await newListing();
    await tell(listingId, 'keepa', 0, { title: 'Bottle', buyBoxSellerId: 'A2MXXPBO8819ML' });
    expect(await tell(listingId, 'keepa', 1, { title: 'Steel bottle' })).toEqual([listingId]);
    expect(await tell(listingId, 'keepa', 2, { buyBoxSellerId: 'ATVPDKIKX0DER' })).toEqual([listingId]);
    expect(await tell(listingId, 'keepa', 3, { buyBoxSellerId: 'ATVPDKIKX0DER' })).toEqual([]);
  });

  it.each<[field: string, fact: keyof Reading['facts'], before: unknown, after: unknown]>([
    ['title', 'title', 'Bottle', 'Steel bottle'],
    ['brand', 'brand', 'Acme', 'ACME'],
    ['category_path', 'categoryPath', ['Home', 'Bottles'], ['Home', 'Flasks']],
    ['bullets', 'bullets', ['one', 'two'], ['two', 'one']],
    ['image_count', 'imageCount', 6, 7],
    [
      'image_url',
      'imageUrl',
      'https://m.media-amazon.com/images/I/71a.jpg',
      'https://m.media-amazon.com/images/I/71b.jpg',
    ],
    ['buy_box_seller_id', 'buyBoxSellerId', 'A2MXXPBO8819ML', 'ATVPDKIKX0DER'],
  ])('should be kept where a source says something else than before: %s', async (field, fact, before, after) => {
    const id = await newListing();
    await tell(id, 'keepa', 1, { [fact]: before });
    await tell(id, 'keepa', 2, { [fact]: after });
    expect(await changesOf(id)).toEqual([[field, before, after, 2, 'keepa']]);
  });

  it('should be one for each field that changed in a reading', async () => {
    const id = await newListing();
    await tell(id, 'keepa', 1, { title: 'Bottle', brand: 'Acme', imageCount: 6 });
    await tell(id, 'keepa', 2, { title: 'Flask', brand: 'Acme', imageCount: 7 });
    expect(await changesOf(id)).toEqual([
      ['image_count', 6, 7, 2, 'keepa'],
      ['title', 'Bottle', 'Flask', 2, 'keepa'],
    ]);
  });

  it('should not be made of the first word on a field, nor of one that is the same, nor of none', async () => {
    const id = await newListing();
    await tell(id, 'keepa', 1, { title: 'Bottle' });
    await tell(id, 'keepa', 2, { title: 'Bottle', brand: 'Acme', buyBoxSellerId: 'ATVPDKIKX0DER' });
    await tell(id, 'keepa', 3, { bullets: [] });
    await tell(id, 'keepa', 4, { title: 'Bottle', brand: 'Acme', buyBoxSellerId: 'ATVPDKIKX0DER' });
    expect(await changesOf(id)).toEqual([]);
  });

  it('should not be made of a title that only a search has told before', async () => {
    const id = await newListing();
    await postgres.query(`UPDATE listing SET title = 'Found as this' WHERE id = $1`, [id]);
    await tell(id, 'keepa', 1, { title: 'Bottle' });
    expect(await changesOf(id)).toEqual([]);
  });

  it('should say when nobody has the buy box, and when somebody has it again', async () => {
    const id = await newListing();
    await tell(id, 'keepa', 1, { buyBoxSellerId: null });
    await tell(id, 'keepa', 2, { buyBoxSellerId: 'ATVPDKIKX0DER' });
    await tell(id, 'keepa', 3, { buyBoxSellerId: null });
    await tell(id, 'keepa', 4, {});
    await tell(id, 'keepa', 5, { buyBoxSellerId: 'ATVPDKIKX0DER' });
    expect(await changesOf(id)).toEqual([
      ['buy_box_seller_id', null, 'ATVPDKIKX0DER', 2, 'keepa'],
      ['buy_box_seller_id', 'ATVPDKIKX0DER', null, 3, 'keepa'],
      ['buy_box_seller_id', null, 'ATVPDKIKX0DER', 5, 'keepa'],
    ]);
    const nulls = await postgres.query(
      `SELECT before IS NULL AS before, after IS NULL AS after FROM listing_change WHERE listing_id = $1 ORDER BY observed_minute`,
      [id],
    );
    expect(nulls.slice(0, 2)).toEqual([
      { before: true, after: false },
      { before: false, after: true },
    ]);
  });

  it('should not be made of a picture in another size', async () => {
    const id = await newListing();
    await tell(id, 'firecrawl', 1, { imageUrl: 'https://m.media-amazon.com/images/I/71a._AC_SX679_.jpg' });
    await tell(id, 'firecrawl', 2, { imageUrl: 'https://m.media-amazon.com/images/I/71a._AC_SL1500_.jpg' });
    expect(await changesOf(id)).toEqual([]);
  });

  it('should not be made of a reading that is older than what is known', async () => {
    const id = await newListing();
    await tell(id, 'keepa', 2, { title: 'Bottle' });
    await tell(id, 'keepa', 1, { title: 'Flask' });
    await tell(id, 'keepa', 3, { title: 'Bottle' });
    expect(await changesOf(id)).toEqual([]);
  });

  it('should be there once when a reading is recorded twice', async () => {
    const id = await newListing();
    await tell(id, 'keepa', 1, { title: 'Bottle' });
    await tell(id, 'keepa', 2, { title: 'Flask' });
    await tell(id, 'keepa', 2, { title: 'Flask' });
    expect(await changesOf(id)).toEqual([['title', 'Bottle', 'Flask', 2, 'keepa']]);
  });

  describe('told by several sources', () => {
    const page = { title: 'Bottle | Acme', bullets: ['one', 'two', 'three'] };
    const feed = { title: 'Bottle', bullets: ['one'] };

    it('should not be made of what they disagree about', async () => {
      const id = await newListing();
      for (let hour = 1; hour <= 6; hour += 2) {
        await tell(id, 'keepa', hour, feed);
        await tell(id, 'firecrawl', hour + 1, page);
      }
      expect(await changesOf(id)).toEqual([]);
    });

    it('should be made of what a source says otherwise when it comes back', async () => {
      const id = await newListing();
      await tell(id, 'keepa', 1, { buyBoxSellerId: 'A2MXXPBO8819ML' });
      await tell(id, 'firecrawl', 2, { buyBoxSellerId: 'ATVPDKIKX0DER' });
      await tell(id, 'keepa', 3, { buyBoxSellerId: 'ATVPDKIKX0DER' });
      expect(await changesOf(id)).toEqual([['buy_box_seller_id', 'A2MXXPBO8819ML', 'ATVPDKIKX0DER', 3, 'keepa']]);
    });

    it('should be there once when both tell it', async () => {
      const id = await newListing();
      await tell(id, 'keepa', 1, { title: 'Bottle' });
      await tell(id, 'firecrawl', 2, { title: 'Bottle' });
      await tell(id, 'keepa', 3, { title: 'Flask' });
      await tell(id, 'firecrawl', 4, { title: 'Flask' });
      await tell(id, 'keepa', 5, { title: 'Flask' });
      expect(await changesOf(id)).toEqual([['title', 'Bottle', 'Flask', 3, 'keepa']]);
    });

    it('should be made when what one of them has told is taken back later', async () => {
      const id = await newListing();
      await tell(id, 'keepa', 1, { title: 'Bottle' });
      await tell(id, 'keepa', 2, { title: 'Flask' });
      await tell(id, 'firecrawl', 3, { title: 'Flask' });
      await tell(id, 'firecrawl', 4, { title: 'Bottle' });
      await tell(id, 'keepa', 5, { title: 'Bottle' });
      await tell(id, 'keepa', 6, { title: 'Flask' });
      expect(await changesOf(id)).toEqual([
        ['title', 'Bottle', 'Flask', 2, 'keepa'],
        ['title', 'Flask', 'Bottle', 4, 'firecrawl'],
        ['title', 'Bottle', 'Flask', 6, 'keepa'],
      ]);
    });

    it('should be of the fields that a source tells, whatever others say in between', async () => {
      const id = await newListing();
      await tell(id, 'keepa', 1, { title: 'Bottle', bullets: ['one'] });
      await tell(id, 'firecrawl', 2, { title: 'Bottle | Acme' });
      await tell(id, 'keepa', 3, { bullets: ['two'] });
      await tell(id, 'keepa', 4, { title: 'Bottle', bullets: ['two'] });
      expect(await changesOf(id)).toEqual([['bullets', ['one'], ['two'], 3, 'keepa']]);
    });

    it('should keep no word of a source aside that stands', async () => {
      const id = await newListing();
      await tell(id, 'keepa', 1, feed);
      await tell(id, 'firecrawl', 2, page);
      await tell(id, 'keepa', 3, feed);
      const [row] = await postgres.query(`SELECT told_by, set_aside FROM listing WHERE id = $1`, [id]);
      const aside = MIDNIGHT + 2 * HOUR;
      expect(row).toEqual({
        told_by: [SOURCE_IDS.keepa, null, null, SOURCE_IDS.keepa, null, null, null],
        set_aside: {
          [`title/${String(SOURCE_IDS.firecrawl)}`]: [page.title, aside],
          [`bullets/${String(SOURCE_IDS.firecrawl)}`]: [page.bullets, aside],
        },
      });
    });
  });

  it('should touch no row where nothing differs', async () => {
    const id = await newListing();
    const facts = {
      title: 'Bottle',
      brand: 'Acme',
      categoryPath: ['Home'],
      bullets: ['one'],
      imageCount: 6,
      imageUrl: 'https://m.media-amazon.com/images/I/71a.jpg',
      buyBoxSellerId: null,
    };
    const version = async () => postgres.query(`SELECT xmin, ctid FROM listing WHERE id = $1`, [id]);
    await tell(id, 'keepa', 1, facts);
    const before = await version();
    await tell(id, 'keepa', 2, facts);
    await tell(id, 'keepa', 3, { title: 'Bottle' });
    expect(await version()).toEqual(before);
  });

  it('should make one chain when many workers record a listing at once', async () => {
    const id = await newListing();
    await tell(id, 'keepa', 0, { title: 'Title 0' });
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => tell(id, 'keepa', index + 1, { title: `Title ${String(index + 1)}` })),
    );
    const chain = await changesOf(id);
    expect(chain.at(-1)?.[2]).toBe('Title 40');
    expect(chain.map(([, before]) => before)).toEqual(['Title 0', ...chain.slice(0, -1).map(([, , after]) => after)]);
  });

  it('should be as if each source were alone, less what another one told already', async () => {
    const words = fc.constantFrom('a', 'b', 'c');
    const step = fc.record({ source: fc.constantFrom<SourceName>('keepa', 'firecrawl'), title: fc.option(words) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const id = await newListing();
        const last = new Map<SourceName, string>();
        const alone: Change[] = [];
        for (const [hour, { source, title }] of steps.entries()) {
          await tell(id, source, hour, title === null ? {} : { title });
          if (title === null) continue;
          const before = last.get(source);
          if (before !== undefined && before !== title) alone.push(['title', before, title, hour, source]);
          last.set(source, title);
        }
        const kept = await changesOf(id);
        for (const change of kept) expect(alone).toContainEqual(change);
        for (const change of alone.filter((one) => !kept.some((other) => other[3] === one[3]))) {
          const [, , after, hour, source] = change;
          expect(kept.some((other) => other[4] !== source && other[2] === after && other[3] < hour)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
