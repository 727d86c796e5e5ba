import fc from 'fast-check';
import { Metric } from '../../common/metric';
import { seededRandom } from '../../analytics/random';
import { evidenceOf, listing, lively, NOW, OWN, RIVALS, series, TODAY } from '../../../test/support/evidence';
import { Evidence, EvidenceItem, restrict, SELLER_FIELD, SELLERS_KEY, seriesKey } from '../evidence/evidence';
import { findingsOf } from '../insights/insight-content';
import { toWrite } from '../insights/to-write';
import { render, StatementValue, valueText } from '../statement';
import { check } from '../wording/ledger';
import { writeLocally } from '../wording/local-writer';
import { Claim } from './claim';
import { claimsOf } from './claims';

const claimsIn = async (evidence: Evidence) => (await claimsOf(evidence)).claims;
const keysIn = async (evidence: Evidence) => (await claimsIn(evidence)).map(({ key }) => key);
const dayName = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);

describe('claims', () => {
  it('should tell the cut of the price, the change of the rank and that the one goes with the other', async () => {
    const claims = await claimsIn(lively(1));
    const price = claims.find(({ kind, metric }) => kind === 'level_change' && metric === 'price');
    const date: StatementValue = { type: 'date', value: dayName(TODAY - 40) };
    expect(price?.values['date']).toEqual(date);
    expect(price?.text).toBe(`On ${valueText(date)} the price went from USD 30.00 to USD 21.00, 30 % lower.`);
    expect(claims.filter(({ kind }) => kind === 'cause').map(({ key }) => key.split(':').at(-1))).toEqual([
      'own_price',
    ]);
  });

  it('should each follow from the evidence that they name alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0.5, max: 1.5, noNaN: true }),
        async (seed, cut) => {
          const evidence = lively(seed, cut);
          for (const claim of await claimsIn(evidence)) {
            const again = (await claimsIn(restrict(evidence, claim.evidence))).find(({ key }) => key === claim.key);
            expect(again).toEqual(claim);
          }
        },
      ),
      { numRuns: 4 },
    );
  });

  it('should follow from the evidence that they name alone where competitors changed', async () => {
    const [rival = ''] = RIVALS;
    const evidence = lively(1);
    const cut = series(rival, 'price', (day) => (day < TODAY - 10 ? 3100 : 2500));
    const changed = { ...evidence, items: { ...evidence.items, ...Object.fromEntries([cut]) } };
    const claim = (await claimsIn(changed)).find(({ kind }) => kind === 'competitor_change');
    if (!claim) throw new Error('no change');
    expect((await claimsIn(restrict(changed, claim.evidence))).find(({ key }) => key === claim.key)).toEqual(claim);
  });

  it('should cut long titles between characters, not within one', async () => {
    const change = {
      field: 'title' as const,
      before: 'x'.repeat(78) + '🫖'.repeat(9),
      after: '{date} {before} $& 🫖',
      observedMinute: NOW - 1440,
      recordedMinute: NOW - 1440,
      source: 'keepa' as const,
    };
    const [claim] = await claimsIn(evidenceOf(['change:1', { type: 'change', asin: OWN, change }]));
    expect(claim?.text).toBe(
      `On ${valueText({ type: 'date', value: dayName(TODAY - 1) })} the title of the listing changed from “${'x'.repeat(78)}🫖…” to “{date} {before} $& 🫖”.`,
    );
  });

  it('should have another hash as soon as one reading is another', async () => {
    const evidence = lively(1);
    const key = seriesKey(OWN, 'review_count');
    const item = evidence.items[key];
    if (item?.type !== 'series') throw new Error('no series');
    const [first, ...rest] = item.segments;
    const other = { ...item, segments: [[first?.[0] ?? 0, first?.[1] ?? 0, 7] as [number, number, number], ...rest] };
    const hashOf = async (of: Evidence) =>
      (await claimsIn(of)).find((claim) => claim.key === 'trend:review_count:90d')?.hash;
    expect(await hashOf({ ...evidence, items: { ...evidence.items, [key]: other } })).not.toBe(await hashOf(evidence));
  });

  it('should say that a part is of the sandbox, and only that part', async () => {
    const evidence = lively(1);
    const key = seriesKey(OWN, 'review_count');
    const item = evidence.items[key];
    if (item?.type !== 'series') throw new Error('no series');
    const claims = await claimsIn({
      ...evidence,
      items: { ...evidence.items, [key]: { ...item, sources: ['keepa', 'sandbox'] } },
    });
    const simulated = claims.filter((claim) => claim.simulated).map(({ metric }) => metric);
    expect(new Set(simulated)).toEqual(new Set(['review_count']));
  });

  it('should be none of nothing, and say of each what is missing', async () => {
    const { claims, abstentions } = await claimsOf(evidenceOf());
    expect(claims).toEqual([]);
    expect(abstentions.map(({ key }) => key)).toEqual([
      'trend:price',
      'trend:bsr',
      'trend:rating',
      'trend:review_count',
      'level_change:price',
      'level_change:bsr',
      'level_change:rating',
      'weekday_pattern:price',
      'weekday_pattern:bsr',
      'price_and_rank',
      'forecast:price',
      'forecast:bsr',
      'units',
      'units_forecast',
      'position',
    ]);
  });

  it('should say how many days are missing, and until when', async () => {
    const since = (first: number) => (day: number) => (day < TODAY - first ? undefined : 5000 + day);
    const { abstentions } = await claimsOf(evidenceOf(series(OWN, 'bsr', since(6)), series(OWN, 'price', since(14))));
    const missing = new Map(abstentions.map(({ key, missing: what }) => [key, what]));
    expect(missing.get('trend:bsr')).toBe('needs 8 more known days of bsr in the last 90');
    expect(missing.get('level_change:bsr')).toBe('needs 9 more known days of bsr in the last 180');
    expect(missing.get('level_change:price')).toBe('needs 1 more known day of price in the last 180');
    const until = new Map(abstentions.map((one) => [one.key, one.until]));
    // Today, which is not over, is the first of them.
    expect(until.get('level_change:price')).toBe(dayName(TODAY + 1));
    expect(until.get('trend:bsr')).toBe(dayName(TODAY + 8));
    expect(until.get('units')).toBeNull();
  });

  it('should say from when on the cause of a change can be told', async () => {
    const evidence = lively(1);
    const sold = series(OWN, 'price', (day) => (day < TODAY - 3 ? 3000 : null));
    const changed = { ...evidence, items: { ...evidence.items, ...Object.fromEntries([sold]) } };
    expect((await claimsOf(changed)).abstentions).toContainEqual({
      key: `cause:bsr:${dayName(TODAY - 3)}`,
      missing: 'needs 2 more known days of BSR after the change',
      until: dayName(TODAY + 2),
    });
  });

  it('should say that more competitors are needed, which days do not bring', async () => {
    const { items, ...rest } = lively(1);
    const few = Object.entries(items).filter(([key]) => !RIVALS.slice(2).some((asin) => key.includes(asin)));
    const { abstentions } = await claimsOf({ ...rest, items: Object.fromEntries(few) });
    const cause = abstentions.find(({ key }) => key.startsWith('cause:bsr:'));
    expect(cause?.missing).toContain('needs 3 rivals with 60 known days of BSR, and there are 2.');
    expect(cause?.until).toBeNull();
  });

  it('should say when the competitors will be known for long enough', async () => {
    const evidence = lively(1);
    const young = RIVALS.map((asin, place) =>
      series(asin, 'bsr', (day) => (day < TODAY - 50 - place ? undefined : 5000 + (day % 7))),
    );
    const { abstentions } = await claimsOf({ ...evidence, items: { ...evidence.items, ...Object.fromEntries(young) } });
    // The third of them has 52 days by now.
    expect(abstentions.find(({ key }) => key.startsWith('cause:bsr:'))?.until).toBe(dayName(TODAY + 9));
  });

  it('should say of a level and of the cause of its change of which days they are means', async () => {
    const evidence = lively(1);
    const claims = await claimsIn(evidence);
    const level = claims.find(({ kind, metric }) => kind === 'level_change' && metric === 'bsr');
    const cause = claims.find(({ kind }) => kind === 'cause');
    const daysOf = (claim?: Claim) => ['daysBefore', 'daysAfter'].map((name) => claim?.values[name]?.value);
    expect(daysOf(level)).toEqual([141, 39]);
    expect(daysOf(cause)).toEqual([28, 28]);
    expect(level?.text).toContain('(means of 141 days before and 39 days from then on)');
    expect(cause?.text).toContain('(means of 28 days before and 28 days from then on)');
    // The geometric mean of these days and of no others.
    const item = evidence.items[seriesKey(OWN, 'bsr')];
    const ranks = item?.type === 'series' ? item.segments.filter(([start]) => start < TODAY * 1440) : [];
    const change = ranks.findIndex(([start]) => start === (TODAY - 39) * 1440);
    const before = ranks.slice(change - 28, change).map(([, , value]) => Math.log(value ?? 1));
    const mean = Math.exp(before.reduce((sum, value) => sum + value, 0) / before.length);
    expect(Number(cause?.values['before']?.value)).toBeCloseTo(mean, 6);
  });

  it('should tell the latest change of a level first', async () => {
    const price = (day: number) => (day < TODAY - 40 ? 3000 : day < TODAY - 20 ? 2500 : 2800);
    const [rival = ''] = RIVALS;
    const claims = await claimsIn(
      evidenceOf(
        series(OWN, 'price', price),
        series(rival, 'price', (day) => price(day - 12)),
        series(rival, 'bsr', () => 900),
      ),
    );
    const datesOf = (kind: Claim['kind']) =>
      claims.filter((claim) => claim.kind === kind).map(({ values }) => values['date']?.value);
    expect(datesOf('level_change')).toEqual([dayName(TODAY - 20), dayName(TODAY - 40)]);
    expect(datesOf('competitor_change')).toEqual([dayName(TODAY - 8), dayName(TODAY - 28)]);
  });

  it('should hold a forecast of the rank against the last reading', async () => {
    const evidence = lively(1);
    const forecast = (await claimsIn(evidence)).find(({ key }) => key === 'forecast:bsr');
    const item = evidence.items[seriesKey(OWN, 'bsr')];
    const last = item?.type === 'series' ? item.segments.at(-1)?.[2] : undefined;
    expect(forecast?.values['last']).toEqual({ type: 'number', value: last, unit: 'rank', scale: 0 });
  });

  it('should tell of ratings that they grow only after all that may be news', async () => {
    const { findings } = await findingsOf(lively(1));
    const [happened] = toWrite(findings).sections;
    const keys = happened?.statements.map(({ key }) => key) ?? [];
    expect(keys.filter((key) => key.startsWith('trend:review_count')).length).toBeLessThanOrEqual(1);
    expect(keys.indexOf('trend:review_count:90d')).toBe(keys.length - 1);
  });

  it('should say of causes that moved together that they cannot be told apart', async () => {
    const evidence = lively(1, 0.85);
    const random = seededRandom(3);
    const rank = (day: number) =>
      Math.round(5000 * Math.exp((day < TODAY - 40 ? 0 : -0.4) + 0.1 * (random() + random() + random() - 1.5)));
    const changed = [series(OWN, 'coupon', (day) => (day < TODAY - 40 ? null : 450)), series(OWN, 'bsr', rank)];
    const claims = await claimsIn({ ...evidence, items: { ...evidence.items, ...Object.fromEntries(changed) } });
    const causes = claims.filter(({ kind }) => kind === 'cause');
    expect(causes.map(({ key }) => key.split(':').at(-1)).sort()).toEqual(['coupon', 'own_price']);
    const keys = toWrite({ claims, recommendations: [] }).sections.flatMap(({ statements }) =>
      statements.map(({ key }) => key),
    );
    for (const { key, confidence, text } of causes) {
      expect(keys).not.toContain(key);
      expect(text).toContain('Its part cannot be told from that of');
      expect(confidence).toBe('low');
    }
  });

  it('should tell of what worked against a change how much it did so', async () => {
    const evidence = lively(1, 0.7);
    const random = seededRandom(7);
    // A competitor answered ten days after the own cut.
    const depth = (day: number) => (day < TODAY - 40 ? 0 : day < TODAY - 30 ? -1.3 : -0.9);
    const rank = (day: number) =>
      Math.round(5000 * Math.exp(depth(day) + 0.4 * (random() + random() + random() - 1.5)));
    const [rival = ''] = RIVALS;
    const changed = [series(OWN, 'bsr', rank), series(rival, 'price', (day) => (day < TODAY - 30 ? 3100 : 2300))];
    const claims = await claimsIn({ ...evidence, items: { ...evidence.items, ...Object.fromEntries(changed) } });
    const against = claims.filter(({ kind, text }) => kind === 'cause' && text.includes('worked against it'));
    const numbers = (claim: Claim, ...names: string[]) => names.map((name) => Number(claim.values[name]?.value));
    expect(against.map(({ key }) => key.split(':').at(-1))).toEqual([rival]);
    for (const claim of against) {
      const [lower = 0, contribution = 0, upper = 0] = numbers(claim, 'lower', 'contribution', 'upper');
      expect(lower).toBeGreaterThanOrEqual(0);
      expect(contribution).toBeGreaterThan(lower);
      expect(upper).toBeGreaterThan(contribution);
    }
  });

  describe('of a stock-out', () => {
    /** Out of stock from 20 to `back` days ago, in which the rank got worse day by day. */
    function soldOut(back: number, effect = 1.5): Evidence {
      const random = seededRandom(7);
      const noise = () => 0.5 * (random() + random() + random() - 1.5);
      const isOut = (day: number) => day >= TODAY - 20 && day < TODAY - back;
      let depth = 0;
      const own = (day: number) => {
        depth = isOut(day) ? Math.min(effect, depth + effect / 4) : depth * 0.5;
        return Math.round(5000 * Math.exp(depth + noise()));
      };
      return evidenceOf(
        listing(OWN),
        series(OWN, 'price', (day) => (isOut(day) ? null : 3000)),
        series(OWN, 'bsr', own),
        ...RIVALS.flatMap((asin) => [
          listing(asin),
          series(asin, 'price', () => 3100),
          series(asin, 'bsr', () => Math.round(6000 * Math.exp(noise()))),
        ]),
      );
    }
    const causesOf = async (evidence: Evidence) =>
      (await keysIn(evidence)).filter((key) => key.startsWith('cause:') && key.endsWith(':own_stock'));

    it('should tell what it did to the rank though that is no change of level', async () => {
      const evidence = soldOut(17);
      expect(await keysIn(evidence)).not.toContainEqual(expect.stringMatching(/^level_change:bsr/));
      expect(await causesOf(evidence)).toEqual([`cause:bsr:${dayName(TODAY - 20)}:own_stock`]);
    });

    it('should tell of a longer one its beginning and its end', async () => {
      const keys = await causesOf(soldOut(12));
      expect(keys.length).toBeGreaterThan(0);
      expect(keys.length).toBeLessThanOrEqual(2);
    });

    it('should tell nothing where the rank did not follow', async () => {
      expect(await causesOf(soldOut(17, 0))).toEqual([]);
      expect((await keysIn(soldOut(17, 0))).filter((key) => key.startsWith('unexplained'))).toEqual([]);
    });

    it('should follow from the evidence that is named', async () => {
      const evidence = soldOut(17);
      const claim = (await claimsIn(evidence)).find(({ kind }) => kind === 'cause');
      if (!claim) throw new Error('no cause');
      expect((await claimsIn(restrict(evidence, claim.evidence))).find(({ key }) => key === claim.key)).toEqual(claim);
    });
  });

  describe('of the buy box', () => {
    const seller = (before: string | null, after: string | null, day: number): [string, EvidenceItem] => {
      const minute = day * 1440;
      const change = { before, after, observedMinute: minute, recordedMinute: minute, source: 'keepa' as const };
      return [
        `change:${OWN}:${SELLER_FIELD}:${String(minute)}`,
        { type: 'change', asin: OWN, change: { field: SELLER_FIELD, ...change } },
      ];
    };
    const mine: [string, EvidenceItem] = [
      SELLERS_KEY,
      { type: 'sellers', own: ['MINE'], trackedSince: (TODAY - 170) * 1440 },
    ];
    /** Another seller took the buy box 20 days ago, and the rank got worse at once. Nothing else moved. */
    function taken(...more: [string, EvidenceItem][]): Evidence {
      const random = seededRandom(3);
      const noise = () => random() + random() + random() - 1.5;
      const rank = (day: number) => Math.round(5000 * Math.exp((day < TODAY - 20 ? 0 : 0.9) + 0.1 * noise()));
      const own = [series(OWN, 'price', () => 3000), series(OWN, 'bsr', rank)];
      return evidenceOf(...Object.entries({ ...lively(1).items, ...Object.fromEntries([...own, ...more]) }));
    }
    const causesOf = (claims: Claim[]) => claims.filter(({ kind }) => kind === 'cause');

    it('should tell what losing it to another seller did, where the own sellers are known', async () => {
      const evidence = taken(mine, seller('MINE', 'OTHER', TODAY - 20));
      const [cause, ...others] = causesOf(await claimsIn(evidence));
      expect(others).toEqual([]);
      expect(cause?.key).toBe(`cause:bsr:${dayName(TODAY - 20)}:buy_box`);
      expect(cause?.text).toContain(
        'the hold of your own sellers on the buy box (from 100 % to 0 % of the day) goes with',
      );
      expect(cause?.evidence).toContain(SELLERS_KEY);
      const again = (await claimsIn(restrict(evidence, cause?.evidence ?? []))).find(({ key }) => key === cause?.key);
      expect(again).toEqual(cause);
    });

    it.each<[string, [string, EvidenceItem][]]>([
      ['the own sellers are not known', [seller('MINE', 'OTHER', TODAY - 20)]],
      ['it went from one stranger to another', [mine, seller('ONE', 'OTHER', TODAY - 20)]],
      [
        'the product is tracked only since',
        [
          [SELLERS_KEY, { type: 'sellers', own: ['MINE'], trackedSince: (TODAY - 25) * 1440 }],
          seller('MINE', 'OTHER', TODAY - 20),
        ],
      ],
    ])('should not be a cause where %s', async (_, more) => {
      const claims = await claimsIn(taken(...more));
      expect(causesOf(claims)).toEqual([]);
      expect(claims.filter(({ kind }) => kind === 'unexplained')).toHaveLength(1);
    });

    it.each<[string | null, string | null, string, string | null, string | null]>([
      ['MINE', 'OTHER', 'the buy box went from your seller “MINE” to the seller “OTHER”.', 'down', null],
      ['OTHER', 'MINE', 'the buy box went from the seller “OTHER” to your seller “MINE”.', 'up', 'own_seller'],
      ['OTHER', 'THIRD', 'the buy box went from the seller “OTHER” to the seller “THIRD”.', null, null],
      [null, 'MINE', 'your seller “MINE” won a buy box that nobody had held.', 'up', 'own_seller'],
      ['MINE', null, 'your seller “MINE” lost the buy box, and nobody held it.', 'down', null],
    ])('should be told as the user’s own or not: from %s to %s', async (before, after, text, direction, metric) => {
      const claims = await claimsIn(evidenceOf(mine, seller(before, after, TODAY - 5)));
      const told = { text: `On ${valueText({ type: 'date', value: dayName(TODAY - 5) })} ${text}`, direction, metric };
      expect(claims).toMatchObject([{ kind: 'seller_changed', ...told }]);
    });

    it('should not be told of changes of sellers that are read for causes alone', async () => {
      expect(await claimsIn(evidenceOf(mine, seller('MINE', 'OTHER', TODAY - 70)))).toEqual([]);
    });
  });

  it('should be of absences that there is no offer, and nothing else', async () => {
    const nothing = (metric: Metric) => series(OWN, metric, () => null);
    const evidence = evidenceOf(nothing('price'), nothing('bsr'), nothing('rating'), nothing('review_count'));
    expect(await keysIn(evidence)).toEqual(['no_offer', 'time_in_stock:30d']);
  });

  it('should have nothing in their text but their words and values', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0.3, max: 3, noNaN: true }),
        async (seed, cut) => {
          const { findings } = await findingsOf(lively(seed, cut));
          const told: Pick<Claim, 'template' | 'values' | 'text'>[] = [...findings.claims, ...findings.recommendations];
          for (const { template, values, text } of told) {
            expect(template.replace(/\{\w+\}/g, '')).not.toMatch(/\p{N}/u);
            expect(render(template, values)).toBe(text);
          }
          const { sections } = toWrite(findings);
          const statements = sections.flatMap((section) => section.statements);
          for (const paragraph of writeLocally({ sections }).paragraphs) {
            expect(
              check(
                paragraph.text,
                statements.filter(({ key }) => paragraph.statements.includes(key)),
              ),
            ).toEqual([]);
          }
        },
      ),
      { numRuns: 5 },
    );
  });
});

describe('claims on noise', () => {
  /** Everything as it always is: noise around a level, in half of the 60 worlds alike from day to day. */
  const worlds = Array.from({ length: 60 }, (_, place) => {
    const random = seededRandom(1000 + place);
    const correlation = place % 2 === 0 ? 0 : 0.6;
    const newNoise = () => {
      let last = 0;
      return () =>
        (last = correlation * last + Math.sqrt(1 - correlation ** 2) * (random() + random() + random() - 1.5));
    };
    const [price, rank, rating] = [newNoise(), newNoise(), newNoise()];
    return evidenceOf(
      series(OWN, 'price', () => Math.round(3000 + 60 * price())),
      series(OWN, 'bsr', () => Math.round(5000 * Math.exp(0.2 * rank()))),
      series(OWN, 'rating', () => Math.round(43 + 2 * rating())),
    );
  });
  const INFERRED = ['level_change', 'trend', 'weekday_pattern', 'price_and_rank'] as const;

  it('should be as rare as they say, within what chance allows', async () => {
    const made = (await Promise.all(worlds.map(claimsIn))).flat();
    // Chances taken in a world: three metrics with a level, three with two trends each, two with weekdays, one pair.
    const chances = { level_change: 3, trend: 6, weekday_pattern: 2, price_and_rank: 1 };
    for (const kind of INFERRED) {
      const tries = worlds.length * chances[kind];
      const found = made.filter((claim) => claim.kind === kind);
      expect(found.every(({ errorRate }) => errorRate === 0.05)).toBe(true);
      // Three standard errors above the rate that they state.
      expect(found.length / tries).toBeLessThanOrEqual(0.05 + 3 * Math.sqrt((0.05 * 0.95) / tries));
    }
  });
});
