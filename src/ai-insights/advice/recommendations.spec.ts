import * as fc from 'fast-check';
import { Claim, ClaimKind } from '../claims/claim';
import { ListingQuality, listingQuality } from '../listing-quality/listing-quality';
import { render, StatementValue } from '../statement';
import { Recommendation } from './recommendation';
import { AdviceInputs } from './facts';
import { advise, RULES, undecidedRules } from './recommendations';

const DAY = '2026-05-04';
const recommendationsOf = (inputs: AdviceInputs) => advise(inputs).recommendations;

const number = (value: number, unit: string, scale = 0): StatementValue => ({ type: 'number', value, unit, scale });
const share = (value: number) => number(value, 'share');
const rank = (value: number) => number(value, 'rank');
const stars = (value: number) => number(value, 'stars');
const money = (value: number) => number(value, 'USD', 2);
const count = (value: number) => number(value, 'count');
const days = (value: number) => number(value, 'days');
const date = (value: string): StatementValue => ({ type: 'date', value });
const asin = (value: string): StatementValue => ({ type: 'asin', value });

function claim(
  key: string,
  values: Record<string, StatementValue>,
  change: Partial<Pick<Claim, 'metric' | 'direction' | 'confidence'>> = {},
): Claim {
  const template = `As claimed: ${Object.keys(values)
    .map((name) => `{${name}}`)
    .join(', ')}.`;
  const [kind = '', metric = null] = key.split(':');
  return {
    key,
    kind: kind as ClaimKind,
    metric: ['trend', 'cause', 'unexplained', 'forecast'].includes(kind) ? metric : null,
    template,
    values,
    text: render(template, values),
    direction: null,
    window: null,
    n: null,
    effect: null,
    method: 'made by hand',
    confidence: 'high',
    errorRate: null,
    evidence: [],
    hash: '',
    simulated: false,
    ...change,
  };
}

const noOffer = claim('no_offer', { since: date('2026-05-01') });
const inStock = (value: number, known = 1) =>
  claim('time_in_stock:30d', { days: days(30), share: share(value), known: share(known) });
const units = claim('units', { unitsPerDay: number(14.2, 'per day'), lower: number(10, 'per day') });
const bsr = claim('standing:bsr', { own: rank(1500), median: rank(1200) });
const forecast = (median: number, confidence: Claim['confidence'] = 'high', lower = median - 100) =>
  claim(
    'forecast:bsr',
    { days: days(10), median: rank(median), lower: rank(lower), upper: rank(1900), last: rank(1500) },
    { confidence },
  );
const rating = (own: number, median: number) => claim('standing:rating', { own: stars(own), median: stars(median) });
const tier = (name: string, own: number, index: number) =>
  claim(`price_tier:${name}`, { own: money(own), index: number(index, 'ratio'), median: money(2000), of: count(5) });
const position = (place: number, of = 5) => claim('position:follower', { place: count(place), of: count(of) });
const together = (direction: 'up' | 'down') =>
  claim(
    'price_and_rank',
    { correlation: number(0.4, 'ratio'), lower: number(0.1, 'ratio'), upper: number(0.6, 'ratio'), lag: days(1) },
    { direction },
  );
const cause = (name: string, lower = 0.1) =>
  claim(`cause:bsr:2026-03-01:${name}`, {
    date: date('2026-03-01'),
    change: share(0.3),
    contribution: share(0.2),
    lower: share(lower),
    upper: share(0.3),
  });
const cut = (who: string, after: number, day = '2026-05-02') =>
  claim(
    `competitor_change:${who}:price:${day}`,
    {
      competitor: asin(who),
      date: date(day),
      before: money(2200),
      after: money(after),
      change: share(after / 2200 - 1),
    },
    { metric: 'price', direction: after < 2200 ? 'down' : 'up' },
  );
/** By the last readings, beside an own price of USD 20.00. */
const cheaper = (who: string, price: number) =>
  claim(`undercut:${who}`, {
    competitor: asin(who),
    price: money(price),
    date: date('2026-05-04'),
    gap: money(2000 - price),
    own: money(2000),
    ownDate: date('2026-05-03'),
  });
const rivalGone = (who: string) => claim(`competitor_no_offer:${who}`, { competitor: asin(who) });
const trend = (metric: string, direction: 'up' | 'down', span = 90) =>
  claim(
    `trend:${metric}:${span}d`,
    { days: days(span), change: metric === 'bsr' ? share(0.4) : stars(0.3) },
    { direction },
  );

const BUDGET = [tier('budget', 1600, 0.8), rating(4.5, 4.4), bsr];
const PREMIUM = [tier('premium', 2400, 1.2), position(4), rating(4.1, 4.4), bsr];

const made = (claims: Claim[], quality: ListingQuality | null = null) =>
  recommendationsOf({ day: DAY, claims, quality });
const keys = (claims: Claim[]) => made(claims).map(({ key }) => key);
function only(name: string, claims: Claim[], quality: ListingQuality | null = null): Recommendation {
  const found = made(claims, quality).find(({ key }) => key === name);
  if (!found)
    throw new Error(
      `no ${name} among ${made(claims, quality)
        .map(({ key }) => key)
        .join(', ')}`,
    );
  return found;
}

describe('stock', () => {
  it('should be asked for where there is no offer, with what a day sells', () => {
    expect(only('restock', [noOffer, units])).toMatchObject({
      category: 'stock',
      text: 'There has been no offer since 1 May 2026: bring it back into stock.',
      because: ['no_offer'],
      expectedEffect: { metric: 'units', text: 'As claimed: 14 a day, 10 a day.', because: ['units'] },
      noEffect: null,
      priority: 1,
    });
  });

  it.each([
    [0.96, 1, true],
    [0.97, 1, false],
    [0.5, 0.5, true],
    [0.5, 0.49, false],
  ])('of %d of the time, of which %d is known, should be too little: %p', (value, known, isTooLittle) => {
    expect(keys([inStock(value, known)])).toEqual(isTooLittle ? ['keep_in_stock'] : []);
  });

  it('should be held against time in stock and rank', () => {
    expect(only('keep_in_stock', [inStock(0.9), bsr]).provedWrongBy).toMatchObject({
      text: 'Wrong if it is in stock more than 90 % of the 30 days to 3 June 2026 and BSR is then not below #1,500.',
      because: ['time_in_stock:30d', 'standing:bsr'],
    });
    expect(only('keep_in_stock', [inStock(0.9)]).noEffect).toContain('neither own sales');
  });

  it('should be kept for the buyers of competitors without an offer', () => {
    expect(only('rivals_without_offer', [rivalGone('B000000001'), rivalGone('B000000002')])).toMatchObject({
      text: 'Without an offer now: B000000001, B000000002. Hold the price and keep stock for their buyers.',
      because: ['competitor_no_offer:B000000001', 'competitor_no_offer:B000000002'],
    });
    expect(keys([rivalGone('B000000001'), noOffer])).toEqual(['restock']);
  });
});

describe('a higher price', () => {
  it('should be tested where it is budget and rated no worse', () => {
    expect(only('test_higher_price', BUDGET)).toMatchObject({
      category: 'price',
      direction: 'up',
      text: 'The price of USD 16.00 is 0.8 times the competitors’ median of USD 20.00, at a rating of 4.5 stars against 4.4 stars: test a step up towards the median.',
      because: ['price_tier:budget', 'standing:rating'],
      expectedEffect: null,
      noEffect: 'no own price variation to estimate it from',
      provedWrongBy: {
        text: 'Wrong, and to be taken back, if BSR on 18 May 2026 at the higher price is above #1,500.',
      },
    });
  });

  it('should be held against the forecast where there is one', () => {
    expect(only('test_higher_price', [...BUDGET, forecast(1500)]).provedWrongBy).toMatchObject({
      text: 'Wrong, and to be taken back, if BSR on 14 May 2026 at the higher price is above #1,900.',
      because: ['forecast:bsr'],
    });
  });

  it.each([
    ['up', 'up'],
    ['down', 'down'],
  ] as const)('should be expected to move the rank as the two went: %s', (direction, expected) => {
    expect(only('test_higher_price', [...BUDGET, together(direction)]).expectedEffect).toMatchObject({
      metric: 'bsr',
      direction: expected,
      because: ['price_and_rank'],
    });
  });

  it('should rather be expected to do what an own price change is known to have done', () => {
    const { expectedEffect } = only('test_higher_price', [...BUDGET, together('up'), cause('own_price')]);
    expect(expectedEffect?.because).toEqual(['cause:bsr:2026-03-01:own_price']);
    const { expectedEffect: doubtful } = only('test_higher_price', [...BUDGET, cause('own_price', -0.1)]);
    expect(doubtful).toBeNull();
  });

  it.each<[string, Claim[]]>([
    ['it is rated worse', [tier('budget', 1600, 0.8), rating(4.3, 4.4), bsr]],
    ['it is mainstream', [tier('mainstream', 2000, 1), rating(4.5, 4.4), bsr]],
    ['no rank is known', [tier('budget', 1600, 0.8), rating(4.5, 4.4)]],
    ['the rating is not known', [tier('budget', 1600, 0.8), bsr]],
    ['the rank gets worse', [...BUDGET, trend('bsr', 'up')]],
    ['there is no offer', [...BUDGET, noOffer]],
    ['a competitor undercuts it', [...BUDGET, cut('B000000001', 1500), cheaper('B000000001', 1500)]],
  ])('should not be tested where %s', (_, claims) => {
    expect(keys(claims)).not.toContain('test_higher_price');
  });
});

describe('a lower price', () => {
  it('should be tested where it is premium, behind and rated worse', () => {
    expect(only('test_lower_price', [...PREMIUM, together('up')])).toMatchObject({
      direction: 'down',
      text: 'The price of USD 24.00 is 1.2 times the competitors’ median of USD 20.00, at place 4 of 5 and a rating of 4.1 stars against 4.4 stars: test a lower price.',
      expectedEffect: { direction: 'down' },
      provedWrongBy: {
        text: 'Wrong, and to be taken back, if BSR on 18 May 2026 at the lower price is not below #1,500.',
      },
    });
  });

  it.each<[string, Claim[]]>([
    ['it is in the better half', [tier('premium', 2400, 1.2), position(2), rating(4.1, 4.4), bsr]],
    ['it is in the middle', [tier('premium', 2400, 1.2), position(2, 4), rating(4.1, 4.4), bsr]],
    ['it is rated no worse', [tier('premium', 2400, 1.2), position(4), rating(4.38, 4.4), bsr]],
    ['lower prices went with worse ranks', [...PREMIUM, together('down')]],
    ['there is no offer', [...PREMIUM, noOffer]],
  ])('should not be tested where %s', (_, claims) => {
    expect(keys(claims)).not.toContain('test_lower_price');
  });
});

describe('an undercut', () => {
  it('should be told by the prices as last read, and not by the means of the change', () => {
    expect(only('watch_undercut:B000000001', [cheaper('B000000001', 1899), cut('B000000001', 1934)])).toMatchObject({
      category: 'watch',
      text: 'B000000001 cut its price around 2 May 2026, and asked USD 18.99 when last read on 4 May 2026, below your USD 20.00 of 3 May 2026: watch BSR before answering.',
      because: ['competitor_change:B000000001:price:2026-05-02', 'undercut:B000000001'],
    });
  });

  it('should be answered where it is known to move the rank, the lowest of them', () => {
    const claims = [
      ...[bsr, cause('rival_price'), cut('B000000001', 1700), cut('B000000002', 1800)],
      ...[cheaper('B000000001', 1900), cheaper('B000000002', 1800)],
    ];
    expect(keys(claims)).toEqual(['answer_undercut']);
    expect(only('answer_undercut', claims)).toMatchObject({
      direction: 'down',
      values: { competitor: { value: 'B000000002' } },
      because: [
        'competitor_change:B000000002:price:2026-05-02',
        'undercut:B000000002',
        'cause:bsr:2026-03-01:rival_price',
      ],
      expectedEffect: { because: ['cause:bsr:2026-03-01:rival_price'] },
      provedWrongBy: {
        text: 'Wrong if BSR on 18 May 2026, with the price as it is, is not above #1,500.',
      },
    });
  });

  it.each<[string, Claim[]]>([
    ['it is not cheaper now, whatever the mean since the cut', [cut('B000000001', 1900)]],
    ['it is cheaper but did not cut its price', [cheaper('B000000001', 1900)]],
    [
      'its last change was upwards',
      [cheaper('B000000001', 1900), cut('B000000001', 1700, '2026-05-01'), cut('B000000001', 2300)],
    ],
    ['it is long ago', [cheaper('B000000001', 1900), cut('B000000001', 1900, '2026-04-03')]],
    ['another one is cheaper', [cheaper('B000000002', 1900), cut('B000000001', 1900)]],
  ])('should be none where %s', (_, claims) => {
    expect(keys(claims)).toEqual([]);
  });
});

describe('moves of the price', () => {
  it('should be one at a time, and name those set aside', () => {
    const claims = [...PREMIUM, rivalGone('B000000001'), tier('budget', 1600, 0.8)];
    const [first] = made(claims).filter(({ setAside }) => setAside.length > 0);
    expect([first?.key, first?.setAside]).toEqual(['rivals_without_offer', ['test_lower_price']]);
    expect(keys(claims)).not.toContain('test_lower_price');
    const { setAside } = advise({ day: DAY, claims, quality: null });
    expect(setAside.map(({ key, text }) => [key, text.slice(0, 24)])).toEqual([
      ['test_lower_price', 'The price of USD 24.00 i'],
    ]);
  });
});

describe('reviews', () => {
  it('should be read where the rating falls', () => {
    expect(only('rating_falling', [trend('rating', 'down')])).toMatchObject({
      category: 'reviews',
      text: 'The rating fell by 0.3 stars over 90 days: read the reviews of that time for what to mend.',
      because: ['trend:rating:90d'],
      provedWrongBy: {
        text: 'Wrong if the rating has no trend downwards over the 90 days to 2 August 2026, with nothing mended.',
      },
    });
    expect(keys([trend('rating', 'up'), trend('rating', 'down', 365)])).toEqual([]);
  });

  it('should be compared where the rating is below the median by more than it is read to', () => {
    expect(keys([rating(4.3, 4.4)])).toEqual(['rating_below_median']);
    expect(keys([rating(4.36, 4.4)])).toEqual([]);
  });
});

describe('content', () => {
  const quality = listingQuality(
    {
      marketplace: 'US',
      asin: 'B000000001',
      title: 'x'.repeat(100),
      brand: 'Acme',
      bullets: ['Only one bullet here'],
      imageCount: 3,
      categoryPath: ['Home'],
      bsrSubCategory: null,
    },
    [],
  );

  it('should be mended where most is lost, at three places', () => {
    expect(
      made([], quality)
        .filter(({ category }) => category === 'content')
        .map(({ key, because, text }) => [key, because, text]),
    ).toEqual([
      ['improve_content:bullet_count', ['listing_quality:bullet_count'], 'Write more bullets: the listing has 1 of 5.'],
      ['improve_content:image_count', ['listing_quality:image_count'], 'Add images: the listing has 3 of 6.'],
      ['improve_content:title_brand', ['listing_quality:title_brand'], 'Name the brand, “Acme”, in the title.'],
    ]);
  });

  it('should be held against the rank where that is known', () => {
    expect(only('improve_content:image_count', [bsr], quality).provedWrongBy.text).toBe(
      'Wrong if BSR on 18 May 2026, with this done, is not below #1,500.',
    );
  });
});

describe('what to watch', () => {
  it('should be a forecast of a much worse rank that has skill', () => {
    expect(only('forecast_worse', [forecast(1700)]).text).toBe(
      'BSR is forecast at #1,700 (#1,600 to #1,900) in 10 days, against #1,500 now: look at offer and price before.',
    );
    expect(keys([forecast(1650)])).toEqual([]);
    expect(keys([forecast(1700, 'low')])).toEqual([]);
    expect(keys([forecast(1700, 'high', 1500)])).toEqual([]);
  });

  it('should be the last change that nothing explains', () => {
    const unexplained = (day: string) => claim(`unexplained:bsr:${day}`, { date: date(day) });
    expect(made([unexplained('2026-04-20'), unexplained('2026-04-28')]).map(({ text }) => text)).toEqual([
      'Nothing that is measured explains how BSR changed on 28 April 2026: look at ads, deals and the reviews of that time.',
    ]);
    expect(keys([unexplained('2026-04-01')])).toEqual([]);
  });

  it('should be a rank that gets worse, and another seller', () => {
    const seller = claim('seller_changed:2026-05-03', { date: date('2026-05-03') });
    expect(keys([trend('bsr', 'up'), seller])).toEqual(['rank_worsening', 'check_seller']);
    expect(keys([trend('bsr', 'down')])).toEqual([]);
  });
});

describe('recommendations', () => {
  const pool = [
    noOffer,
    inStock(0.9),
    units,
    bsr,
    forecast(1800),
    ...[rating(4.1, 4.4), rating(4.5, 4.4)],
    ...[
      tier('budget', 1600, 0.8),
      tier('premium', 2400, 1.2),
      cheaper('B000000001', 1500),
      cheaper('B000000002', 1700),
      position(4),
      position(1),
    ],
    ...[together('up'), together('down')],
    ...['own_price', 'rival_price', 'own_stock', 'rival_stock', 'rating'].map((name) => cause(name)),
    ...[cut('B000000001', 1500), cut('B000000002', 1700), rivalGone('B000000003')],
    ...[trend('bsr', 'up'), trend('rating', 'down')],
    claim('unexplained:bsr:2026-05-01', { date: date('2026-05-01') }),
    claim('seller_changed:2026-05-03', { date: date('2026-05-03') }),
  ];
  const quality = listingQuality(
    {
      marketplace: 'US',
      asin: 'B000000001',
      title: 'Kettle kettle kettle!',
      brand: null,
      bullets: ['buy now'],
      imageCount: 1,
      categoryPath: null,
      bsrSubCategory: null,
    },
    [],
  );
  const inputs = fc.record({
    claims: fc
      .subarray(pool)
      .map((some) => some.filter(({ key }, place) => some.findIndex((other) => other.key === key) === place)),
    quality: fc.constantFrom(null, quality),
  });

  it('should be none of nothing, and of claims of low confidence', () => {
    expect(made([])).toEqual([]);
    expect(keys(pool.map((one) => ({ ...one, confidence: 'low' as const })))).toEqual([]);
  });

  it('should begin with what costs sales now', () => {
    expect(
      made([inStock(0.9), trend('rating', 'down'), trend('bsr', 'up')]).map(({ key, priority }) => [key, priority]),
    ).toEqual([
      ['rating_falling', 1],
      ['keep_in_stock', 2],
      ['rank_worsening', 2],
    ]);
  });

  it('should each be reached by some claims of the pool', () => {
    const reached = new Set<string>();
    for (const claims of [pool.slice(1), BUDGET, PREMIUM, pool, [cheaper('B000000001', 1500), cut('B000000001', 1500)]])
      for (const one of made(claims, quality)) {
        for (const key of [one.key, ...one.setAside]) reached.add(key.split(':')[0] ?? '');
      }
    expect([...reached].sort()).toEqual(RULES.map(({ name }) => name).sort());
  });

  it('should say nothing that is not in their values, and rest on what was put in', () => {
    fc.assert(
      fc.property(inputs, ({ claims, quality: content }) => {
        const known = new Set([
          ...claims.map(({ key }) => key),
          ...(content?.checks ?? []).map(({ name }) => `listing_quality:${name}`),
        ]);
        const all = recommendationsOf({ day: DAY, claims, quality: content });
        for (const one of all) {
          expect(one.because.length).toBeGreaterThan(0);
          const sentences = [one, one.provedWrongBy, ...(one.expectedEffect ? [one.expectedEffect] : [])];
          for (const { template, values, text, because } of sentences) {
            expect(render(template, values)).toBe(text);
            expect(template.replace(/\{\w+\}/g, '')).not.toMatch(/\d/);
            expect(because.filter((key) => !known.has(key))).toEqual([]);
          }
          expect(Object.keys(one.provedWrongBy.values).length).toBeGreaterThan(0);
          expect(one.expectedEffect === null).toBe(one.noEffect !== null && one.noEffect !== '');
        }
        expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
      }),
    );
  });

  it('should move the price one way at most, and never without an offer', () => {
    fc.assert(
      fc.property(inputs, ({ claims }) => {
        const moving = made(claims).filter(
          ({ category, key }) => category === 'price' || key === 'rivals_without_offer',
        );
        expect(moving.length).toBeLessThanOrEqual(claims.includes(noOffer) ? 0 : 1);
      }),
    );
  });

  it('should be the same of claims in any order', () => {
    fc.assert(
      fc.property(inputs, ({ claims, quality: content }) => {
        const one = recommendationsOf({ day: DAY, claims, quality: content });
        expect(recommendationsOf({ day: DAY, claims: claims.toReversed(), quality: content })).toEqual(one);
      }),
    );
  });

  it('should say which rules could not be looked at for want of what', () => {
    const [until, later] = ['2026-05-13', '2026-05-20'];
    expect(
      undecidedRules([
        { key: 'trend:rating', missing: 'needs 9 more days of rating', until },
        { key: 'competitor_no_offer', missing: 'needs a confirmed competitor', until: null },
      ]),
    ).toEqual([
      { key: 'rivals_without_offer', missing: 'needs a confirmed competitor', until: null },
      { key: 'rating_falling', missing: 'needs 9 more days of rating', until },
    ]);
    const [undecided] = undecidedRules([
      { key: 'price_tier', missing: 'needs a price', until },
      { key: 'position', missing: 'needs a rank', until: later },
    ]).filter(({ key }) => key === 'test_lower_price');
    expect(undecided).toEqual({ key: 'test_lower_price', missing: 'needs a price; needs a rank', until: later });
  });
});
