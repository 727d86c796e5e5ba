import { CleanUpService } from '../../src/price-history/clean-up.service';
import { ListingField } from '../../src/price-history/listing-field';
import { ListingChanges } from '../../src/price-history/listing-changes.service';
import { Recorder } from '../../src/price-history/recorder';
import { Reading, SourceName } from '../../src/marketplace-data/marketplace-data';
import { toMinute } from '../../src/common/minute';
import { encodeCursor } from '../../src/common/pagination';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { ScriptedSource } from '../support/scripted-source';

interface Change {
  field: string;
  before: unknown;
  after: unknown;
  observedAt: string;
  recordedAt: string;
  source: string;
  simulated: boolean;
}
interface ChangePage {
  data: Change[];
  page: { next: string | null };
}

const NOW = new Date('2026-11-24T12:00:00Z');
const minute = (time: string) => toMinute(new Date(time));

describe('listing changes', () => {
  let api: TestApp;
  let owner: { userId: string; token: string };
  let other: { userId: string; token: string };
  let asins = 0;

  beforeAll(async () => {
    api = await startTestApp({
      clock: new FixedClock(NOW),
      sources: [new ScriptedSource()],
      env: { LISTING_CHANGE_RETENTION_DAYS: '60' },
    });
    owner = await api.login('owner');
    other = await api.login('other');
  });
  afterAll(() => api.close());

  async function track(): Promise<{ id: string; listingId: number; asin: string }> {
    const asin = `B0${String(++asins).padStart(8, '0')}`;
    const { id } = (await api.call('post', '/products', owner.token).send({ asin })).body as { id: string };
    const [row] = await api.postgres.query<{ listing_id: number }>(`SELECT listing_id FROM product WHERE id = $1`, [
      id,
    ]);
    return { id, listingId: row?.listing_id ?? 0, asin };
  }

  const tell = (
    { listingId, asin }: { listingId: number; asin: string },
    time: string,
    facts: Reading['facts'],
    source: SourceName = 'keepa',
  ) => {
    const reading: Reading = { asin, marketplace: 'US', source, observedAt: new Date(time), values: {}, facts };
    return api.app.get(Recorder).record(source, [{ listingId, result: 'ok', reading }]);
  };

  /** Title at 01:00 and 03:00, seller at 02:00 and 03:00. */
  async function changed(): Promise<{ id: string; listingId: number; asin: string }> {
    const product = await track();
    await tell(product, '2026-11-24T00:00:00Z', { title: 'Bottle', buyBoxSellerId: 'A2MXXPBO8819ML' });
    await tell(product, '2026-11-24T01:00:00Z', { title: 'Steel bottle', buyBoxSellerId: 'A2MXXPBO8819ML' });
    await tell(product, '2026-11-24T02:00:00Z', { buyBoxSellerId: null });
    await tell(product, '2026-11-24T03:00:00Z', { title: 'Flask', buyBoxSellerId: 'ATVPDKIKX0DER' });
    return product;
  }

  const get = async (id: string, query = '', token = owner.token) => {
    const answer = (await api.call('get', `/products/${id}/changes${query}`, token)) as Answer;
    return { status: answer.status, body: answer.body as ChangePage };
  };

  it('should be listed, the newest first', async () => {
    const { id } = await changed();
    const { status, body } = await get(id);
    const common = { recordedAt: NOW.toISOString(), source: 'keepa', simulated: false };
    expect(status).toBe(200);
    expect(body.page.next).toBeNull();
    expect(body.data.slice(2)).toEqual([
      {
        field: 'buy_box_seller_id',
        before: 'A2MXXPBO8819ML',
        after: null,
        observedAt: '2026-11-24T02:00:00.000Z',
        ...common,
      },
      { field: 'title', before: 'Bottle', after: 'Steel bottle', observedAt: '2026-11-24T01:00:00.000Z', ...common },
    ]);
    expect(new Set(body.data.slice(0, 2).map(({ field, after }) => `${field} ${String(after)}`))).toEqual(
      new Set(['title Flask', 'buy_box_seller_id ATVPDKIKX0DER']),
    );
  });

  it('should be labelled as simulated where they are', async () => {
    const product = await track();
    await tell(product, '2026-11-24T00:00:00Z', { bullets: ['one'] }, 'sandbox');
    await tell(product, '2026-11-24T01:00:00Z', { bullets: ['one', 'two'] }, 'sandbox');
    expect((await get(product.id)).body.data).toMatchObject([
      { before: ['one'], after: ['one', 'two'], source: 'sandbox', simulated: true },
    ]);
  });

  it.each([
    ['?fields=title', ['Flask', 'Steel bottle']],
    ['?fields=brand', []],
    ['?fields=title&to=2026-11-24T02:59:59Z', ['Steel bottle']],
    ['?fields=title&from=2026-11-24T01:00:00Z', ['Flask', 'Steel bottle']],
    ['?fields=title&from=2026-11-24T01:00:01Z', ['Flask']],
    ['?from=2026-11-24T02:00:00Z&to=2026-11-24T02:00:00Z', [null]],
    ['?fields=title&to=9999-12-31T00:00:00Z', ['Flask', 'Steel bottle']],
  ])('should be those of %s', async (query, expected) => {
    const { id } = await changed();
    const { status, body } = await get(id, query);
    expect(status).toBe(200);
    expect(body.data.map(({ after }) => after)).toEqual(expected);
  });

  it('should come in pages, also where several are of one reading', async () => {
    const { id } = await changed();
    const whole = (await get(id)).body.data;
    const pages: Change[][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await get(id, `?page[size]=1${cursor && `&page[cursor]=${cursor}`}`);
      pages.push(body.data);
      cursor = body.page.next;
    }
    expect(pages).toEqual(whole.map((change) => [change]));
  });

  it('should be an empty page for a product without any', async () => {
    expect((await get((await track()).id)).body).toEqual({ data: [], page: { next: null } });
  });

  it('should not be there for somebody else, nor for a product that is not', async () => {
    const { id } = await changed();
    expect((await get(id, '', other.token)).status).toBe(404);
    expect((await get('0192f3c4-5d6e-7f80-9a1b-2c3d4e5f6071')).status).toBe(404);
  });

  it.each([
    ['?fields=price', 'fields'],
    ['?from=yesterday', 'from'],
    ['?from=2026-11-24T02:00:00Z&to=2026-11-24T01:00:00Z', 'from'],
    [`?page[cursor]=${encodeCursor(['1', "1'"])}`, 'page[cursor]'],
    [`?page[cursor]=${encodeCursor(['1'])}`, 'page[cursor]'],
  ])('should refuse %s and say where', async (query, field) => {
    const { id } = await track();
    const { status, body } = await get(id, query);
    expect(status).toBe(422);
    expect((body as unknown as { errors: { field: string }[] }).errors[0]?.field).toBe(field);
  });

  it('should be found for many listings at once', async () => {
    const [one, two, three] = [await changed(), await changed(), await track()];
    const fields: ListingField[] = ['buy_box_seller_id'];
    const found = await api.app
      .get(ListingChanges)
      .changesOf(
        [one.listingId, two.listingId, three.listingId],
        fields,
        minute('2026-11-24T02:00:00Z'),
        minute('2026-11-24T03:00:00Z'),
      );
    const expected = [
      {
        field: 'buy_box_seller_id',
        before: 'A2MXXPBO8819ML',
        after: null,
        observedMinute: minute('2026-11-24T02:00:00Z'),
        recordedMinute: toMinute(NOW),
        source: 'keepa',
      },
      {
        field: 'buy_box_seller_id',
        before: null,
        after: 'ATVPDKIKX0DER',
        observedMinute: minute('2026-11-24T03:00:00Z'),
        recordedMinute: toMinute(NOW),
        source: 'keepa',
      },
    ];
    expect(found).toEqual(
      new Map([
        [one.listingId, expected],
        [two.listingId, expected],
      ]),
    );
  });

  it('should be deleted when their retention is over, and no sooner', async () => {
    const product = await track();
    await tell(product, '2026-09-20T00:00:00Z', { title: 'Bottle' });
    await tell(product, '2026-09-25T11:59:00Z', { title: 'Flask' });
    await tell(product, '2026-09-25T12:00:00Z', { title: 'Steel flask' });
    const { listingChanges } = await api.app.get(CleanUpService).run();
    expect(listingChanges).toBe(1);
    expect((await get(product.id)).body.data.map(({ after }) => after)).toEqual(['Steel flask']);
  });
});
