import fc from 'fast-check';
import { Condition, Rule } from '../rules/condition';
import { Fired, FRESH_STATE, isReverted, run as runReadings, RuleState, seenOf, undercutsOf } from './engine';
import { SeriesName, StoredPoint } from './evidence';
import { markSuperseded } from './past';
import { ReadingOrder } from './reading-order';
import { watcher } from './series';

const HOUR = 60;
const DAY = 24 * HOUR;
const START = 30_000_000;

/** Change points that became known at once; each holds until the next. */
function series(name: SeriesName, ...steps: [minute: number, value: number | null][]): StoredPoint[] {
  return steps.map(([minute, value], index) => ({
    series: name,
    minute: START + minute,
    value,
    until: START + (steps[index + 1]?.[0] ?? minute + 1) - 1,
    recorded: START + minute,
  }));
}
const rule = (conditions: Condition[], rest: Partial<Rule> = {}): Rule => ({
  conditions,
  cooldownMinutes: DAY,
  rearm: 'cooldown_and_return',
  ...rest,
});
/** Up to the minute in which the last point became known. */
const run = (
  given: Rule,
  points: StoredPoint[],
  state: RuleState,
  {
    now = Math.max(...points.map(({ recorded }) => recorded)),
    ...rest
  }: { floor: number; now?: number; replay: boolean },
) => runReadings(given, readingsOf(points), state, { now, ...rest });
const readingsOf = (points: StoredPoint[]) => new ReadingOrder().readingsOf(points);
const fire = (given: Rule, points: StoredPoint[], replay = false) =>
  run(given, points, FRESH_STATE, { floor: 0, replay }).fired;
/** So many minutes after the start. */
const firedBy = (minute: number, given: Rule, points: StoredPoint[]) =>
  timesOf(run(given, points, FRESH_STATE, { floor: 0, now: START + minute, replay: false }).fired);
const timesOf = (fired: Fired[]) => fired.map(({ occurredAt }) => occurredAt - START);

interface Arrival {
  point: StoredPoint;
  at: number;
}

/** Rules of a product that look again whenever something arrives. */
function live(
  rules: readonly Rule[],
  arrivals: readonly Arrival[],
  options: { floor: number; now: number; replay: boolean },
) {
  const isWatched = watcher(rules.flatMap(({ conditions }) => conditions));
  const order = new ReadingOrder();
  const results = rules.map((): { fired: Fired[]; state: RuleState } => ({ fired: [], state: FRESH_STATE }));
  for (const now of [...new Set([...arrivals.map(({ at }) => at), options.now * 10])].sort((a, b) => a - b)) {
    const known = arrivals.filter(({ at, point }) => at <= now && isWatched(point.series)).map(({ point }) => point);
    for (const one of order.stragglersOf(known, seenOf(results.map(({ state }) => state)))) order.add(one);
    const readings = order.readingsOf(known);
    for (const [index, one] of rules.entries()) {
      const result = results[index];
      if (!result) continue;
      const step = runReadings(one, readings, result.state, { ...options, now: Math.floor(now / 10) });
      result.fired.push(...step.fired);
      result.state = step.state;
    }
  }
  return { order, results };
}

const DROP: Condition = { kind: 'falls', metric: 'price', baseline: 'previous', percent: 10 };

describe('a move', () => {
  it.each([
    ['falls by as much', [2000, 1800], 1],
    ['falls by less', [2000, 1801], 0],
    ['rises', [2000, 2500], 0],
    ['is absent', [2000, null], 0],
  ])('should fire when the value %s', (_, values, count) => {
    const points = series('price', ...values.map((value, index): [number, number | null] => [index * HOUR, value]));
    expect(fire(rule([DROP]), points)).toHaveLength(count);
  });

  it('should be compared with the good reading before, whatever absence lies between', () => {
    const [fired] = fire(rule([DROP]), series('price', [0, 2000], [HOUR, null], [2 * HOUR, 1500]));
    expect(fired).toMatchObject({
      occurredAt: START + 2 * HOUR,
      evidence: [{ value: 1500, baseline: 2000, baselineAt: START + HOUR - 1 }],
    });
  });

  it('should be compared with the value so many hours ago', () => {
    const condition: Condition = { ...DROP, baseline: 'hours_ago', hours: 24 };
    const points = series('price', [0, 2000], [20 * HOUR, 1900], [25 * HOUR, 1790]);
    expect(fire(rule([condition]), points)[0]?.evidence[0]).toMatchObject({ value: 1790, baseline: 2000 });
    expect(fire(rule([condition]), series('price', [0, 2000], [23 * HOUR, 1500]))).toEqual([]);
  });

  it('should be compared with the median of 30 days, weighted by time', () => {
    const condition: Condition = { ...DROP, baseline: 'median_30d' };
    const steady = series('price', [0, 2000], [9 * DAY, 1000], [9 * DAY + HOUR, 2000], [10 * DAY, 1810]);
    expect(timesOf(fire(rule([condition]), steady))).toEqual([9 * DAY]);
    expect(fire(rule([condition]), series('price', [0, 2000], [6 * DAY, 1000]))).toEqual([]);
  });

  it.each(['cooldown', 'return', 'cooldown_and_return'] as const)(
    'should be told each time by the rule of %s, as one from reading to reading is over with the next',
    (rearm) => {
      const down = series('price', [0, 2000], [2 * DAY, 1700], [4 * DAY, 1400], [6 * DAY, 1200]);
      const changes: Condition = { kind: 'changes', metric: 'price', baseline: 'previous' };
      expect(timesOf(fire(rule([DROP], { rearm }), down))).toEqual([2 * DAY, 4 * DAY, 6 * DAY]);
      expect(timesOf(fire(rule([changes], { rearm }), down))).toEqual([2 * DAY, 4 * DAY, 6 * DAY]);
    },
  );

  it.each([
    ['hours_ago', 30 * HOUR, 31 * HOUR, 80 * HOUR],
    ['median_30d', 10 * DAY, 12 * DAY, 40 * DAY],
  ] as const)(
    'should be over, from %s, once the baseline has come after the value, and not before',
    (baseline, first, soon, later) => {
      const condition: Condition = { ...DROP, baseline };
      const down = series('price', [0, 2000], [first, 1700], [soon, 1650], [later, 1400]);
      expect(timesOf(fire(rule([condition], { rearm: 'return' }), down))).toEqual([first, later]);
    },
  );

  it('should stand out of the noise of the series where that is asked for', () => {
    const condition: Condition = { ...DROP, percent: 1, falseAlarmsPerWeek: 1 };
    const wild = Array.from({ length: 60 }, (_, hour): [number, number] => [hour * HOUR, hour % 2 ? 2000 : 2300]);
    const calm = wild.map(([minute], hour): [number, number] => [minute, hour % 2 ? 2000 : 2010]);
    const last: [number, number] = [60 * HOUR, 1900];
    expect(
      timesOf(fire(rule([condition], { rearm: 'return', cooldownMinutes: 0 }), series('price', ...wild, last))),
    ).toEqual([]);
    expect(timesOf(fire(rule([condition]), series('price', ...calm, last)))).toEqual([60 * HOUR]);
  });
});

describe('a level', () => {
  const target: Condition = { kind: 'at_most', metric: 'price', value: 1000, hysteresisPercent: 5 };
  const across = series(
    'price',
    [0, 1100],
    [HOUR, 990],
    [2 * HOUR, 1010],
    [3 * HOUR, 980],
    [30 * HOUR, 1100],
    [31 * HOUR, 950],
  );

  it.each([
    // After a day the price is what it was at 3 o'clock, and 31 o'clock is within a day of that.
    ['cooldown', DAY, [HOUR, 3 * HOUR]],
    ['return', DAY, [HOUR, 31 * HOUR]],
    ['cooldown_and_return', DAY, [HOUR, 31 * HOUR]],
    ['cooldown', HOUR, [HOUR, 3 * HOUR, 31 * HOUR]],
    ['return', 0, [HOUR, 31 * HOUR]],
  ] as const)('should fire again by the rule of %s, with a cooldown of %d minutes', (rearm, cooldownMinutes, times) => {
    expect(timesOf(fire(rule([target], { rearm, cooldownMinutes }), across))).toEqual(times);
  });
});

describe('an offer', () => {
  it('should be missed and welcomed once each', () => {
    const points = series('price', [0, 1000], [HOUR, null], [2 * HOUR, 1100]);
    expect(timesOf(fire(rule([{ kind: 'gone', metric: 'price' }]), points))).toEqual([HOUR]);
    expect(timesOf(fire(rule([{ kind: 'back', metric: 'price' }]), points))).toEqual([2 * HOUR]);
  });
});

describe('what a cooldown holds back', () => {
  const gone = rule([{ kind: 'gone', metric: 'price' }]);
  const stockOuts = series('price', [0, 1000], [HOUR, null], [2 * HOUR, 1000], [3 * HOUR, null]);

  it('should be told when that is over, as it is still so', () => {
    expect(firedBy(25 * HOUR - 1, gone, stockOuts)).toEqual([HOUR]);
    expect(firedBy(25 * HOUR, gone, stockOuts)).toEqual([HOUR, 3 * HOUR]);
  });

  it('should be told though a reading of after the cooldown is looked at first', () => {
    const later = series('price', [0, 1000], [HOUR, null], [2 * HOUR, 1000], [3 * HOUR, null], [26 * HOUR, 1000]);
    expect(firedBy(26 * HOUR, gone, later)).toEqual([HOUR, 3 * HOUR]);
  });

  it('should begin a cooldown of its own when it is told', () => {
    const down = series('price', [0, 2000], [HOUR, 1700], [2 * HOUR, 1400], [26 * HOUR, 1200]);
    expect(firedBy(49 * HOUR - 1, rule([DROP]), down)).toEqual([HOUR, 2 * HOUR]);
    expect(firedBy(49 * HOUR, rule([DROP]), down)).toEqual([HOUR, 2 * HOUR, 26 * HOUR]);
  });

  it('should be the last of several', () => {
    const down = series('price', [0, 2000], [HOUR, 1700], [2 * HOUR, 1400], [3 * HOUR, 1200]);
    expect(firedBy(2 * DAY, rule([DROP]), down)).toEqual([HOUR, 3 * HOUR]);
  });

  it('should be kept over readings that change little of it', () => {
    const down = series('price', [0, 2000], [HOUR, 1700], [2 * HOUR, 1000], [3 * HOUR, 1050]);
    expect(firedBy(2 * DAY, rule([DROP]), down)).toEqual([HOUR, 2 * HOUR]);
  });

  const bought = (...steps: [minute: number, before: string, after: string, isLoss: boolean][]) =>
    steps.map(([minute, before, after, isLoss]): StoredPoint => ({
      series: 'buy_box_lost',
      minute: START + minute,
      value: isLoss ? 1 : null,
      until: START + minute,
      recorded: START + minute,
      detail: { changes: [{ field: 'buy_box_seller_id', before, after }] },
    }));
  const lost = bought([0, 'me', 'x', true], [10, 'x', 'me', false], [20, 'me', 'y', true]);
  const price = (last: number | null) => series('price', [0, 2000], [HOUR, 1700], [2 * HOUR, 1400], [3 * HOUR, last]);

  it.each([
    [
      'a stock-out once it is back',
      [{ kind: 'gone', metric: 'price' }],
      [...stockOuts, ...series('price', [4 * HOUR, 1000])],
      [HOUR],
    ],
    ['a move once it is halfway back', [DROP], price(1600), [HOUR]],
    ['a level once it is left', [{ kind: 'at_most', metric: 'price', value: 1750 }], price(1800), [HOUR]],
    [
      'a lost buy box once it is won back',
      [{ kind: 'buy_box_lost', withinHours: 24 }],
      [...lost, ...bought([30, 'y', 'me', false])],
      [0],
    ],
    [
      'no lost buy box as a third seller has it',
      [{ kind: 'buy_box_lost', withinHours: 24 }],
      [...lost, ...bought([30, 'y', 'z', false])],
      [0, 20],
    ],
  ] as [string, Condition[], StoredPoint[], number[]][])('should forget %s', (_, conditions, points, times) => {
    expect(firedBy(2 * DAY, rule(conditions, { rearm: 'cooldown' }), points)).toEqual(times);
  });

  it('should be forgotten where the competitor is not cheaper any more', () => {
    const undercut = rule([{ kind: 'undercut', percent: 0, hysteresisPercent: 0 }]);
    const own = series('price', [0, 1000]);
    const rival = (...steps: [minute: number, value: number | null][]) => series('rival:1:price', ...steps);
    const again: [number, number][] = [
      [HOUR, 900],
      [2 * HOUR, 1100],
      [3 * HOUR, 900],
    ];
    expect(firedBy(2 * DAY, undercut, [...own, ...rival(...again)])).toEqual([HOUR, 3 * HOUR]);
    expect(firedBy(2 * DAY, undercut, [...own, ...rival(...again, [4 * HOUR, 1100])])).toEqual([HOUR]);
  });

  it('should be forgotten where the product was not tracked for a while', () => {
    const { state } = run(gone, stockOuts, FRESH_STATE, { floor: 0, replay: false });
    expect(state.held?.occurredAt).toBe(START + 3 * HOUR);
    const options = { floor: START + 4 * HOUR, now: START + 2 * DAY, replay: false };
    expect(run(gone, stockOuts, state, options)).toMatchObject({ fired: [], state: { held: null } });
  });
});

describe('what happens', () => {
  const changed: Condition = { kind: 'content_changed', withinHours: 24 };
  const rewritten = (...minutes: number[]) =>
    minutes.map((minute): StoredPoint => ({
      series: 'content_changed',
      minute: START + minute,
      value: 1,
      until: START + minute,
      recorded: START + minute,
    }));

  it.each(['cooldown', 'return', 'cooldown_and_return'] as const)(
    'should be told each time, but for the cooldown: %s',
    (rearm) => {
      const points = rewritten(0, HOUR, 5 * HOUR);
      expect(timesOf(fire(rule([changed], { cooldownMinutes: 0, rearm }), points))).toEqual([0, HOUR, 5 * HOUR]);
      const within = firedBy(2 * HOUR - 1, rule([changed], { cooldownMinutes: 2 * HOUR, rearm }), points.slice(0, 2));
      expect(within).toEqual(rearm === 'return' ? [0, HOUR] : [0]);
    },
  );

  it('should hold for so many hours beside other conditions', () => {
    const both = rule([changed, DROP]);
    const prices = (minute: number) => series('price', [-DAY, 2000], [minute, 1500]);
    expect(timesOf(fire(both, [...prices(24 * HOUR), ...rewritten(0)]))).toEqual([24 * HOUR]);
    expect(fire(both, [...prices(24 * HOUR + 1), ...rewritten(0)])).toEqual([]);
    expect(fire(both, [...prices(-1), ...rewritten(0)])).toEqual([]);
  });

  it('should be nothing to a rule that was made after it', () => {
    const points = [...series('price', [-DAY, 2000], [2 * HOUR, 1500]), ...rewritten(0)];
    const options = { floor: START + HOUR, replay: false };
    expect(run(rule([changed, DROP]), points, FRESH_STATE, options).fired).toEqual([]);
    expect(run(rule([DROP]), points, FRESH_STATE, options).fired).toHaveLength(1);
  });
});

describe('a rule', () => {
  it('should need all of its conditions', () => {
    const both = rule([DROP, { kind: 'at_least', metric: 'bsr', value: 500, hysteresisPercent: 0 }]);
    const prices = series('price', [0, 2000], [HOUR, 1700]);
    expect(fire(both, [...prices, ...series('bsr', [0, 600])])).toHaveLength(1);
    expect(fire(both, [...prices, ...series('bsr', [0, 400])])).toEqual([]);
    expect(fire(both, prices)).toEqual([]);
  });

  it('should make a handful of alerts of 79 swings', () => {
    const swings = series(
      'price',
      ...Array.from({ length: 80 }, (_, hour): [number, number] => [hour * HOUR, hour % 2 ? 1500 : 2000]),
    );
    expect(fire(rule([DROP]), swings)).toHaveLength(4);
    expect(fire(rule([DROP], { cooldownMinutes: 0 }), swings)).toHaveLength(40);
  });

  it('should not fire of what is older than itself, nor of what became known a day late, but in a replay', () => {
    const points = series('price', [0, 2000], [HOUR, 1500]);
    expect(run(rule([DROP]), points, FRESH_STATE, { floor: START + HOUR, replay: false }).fired).toEqual([]);
    const late = points.map((point) => ({ ...point, recorded: START + 3 * DAY }));
    expect(fire(rule([DROP]), late)).toEqual([]);
    expect(timesOf(fire(rule([DROP]), late, true))).toEqual([HOUR]);
  });

  it('should not fire of what was before its last alert, though it became known after that', () => {
    const both = rule(
      [
        { kind: 'content_changed', withinHours: 24 },
        { kind: 'at_most', metric: 'price', value: 1800 },
      ],
      { rearm: 'return' },
    );
    const known = [...series('price', [0, 2000], [50, 1500]), ...series('content_changed', [10, 1])];
    const late = series('content_changed', [30, 1]).map((point) => ({ ...point, recorded: START + 51 }));
    expect(timesOf(fire(both, [...known, ...late]))).toEqual([50]);
  });

  it('should not fire twice of one reading', () => {
    const points = series('price', [0, 2000], [HOUR, 1500]);
    const first = run(rule([DROP], { cooldownMinutes: 0, rearm: 'cooldown' }), points, FRESH_STATE, {
      floor: 0,
      replay: false,
    });
    expect(first.fired).toHaveLength(1);
    const again = run(rule([DROP], { cooldownMinutes: 0, rearm: 'cooldown' }), points, first.state, {
      floor: 0,
      replay: false,
    });
    expect(again).toEqual({ fired: [], state: first.state });
  });

  it('should come to the same in steps as at once, in whichever order listings are read within a minute', () => {
    const values = fc.option(fc.integer({ min: 90, max: 130 }), { freq: 8 });
    const steps = (name: SeriesName) =>
      fc
        .array(
          fc.record({
            // Often in the minute of another series.
            gap: fc
              .oneof(
                { arbitrary: fc.integer({ min: 1, max: 2 }), weight: 4 },
                { arbitrary: fc.integer({ min: 10, max: 90 }), weight: 1 },
              )
              .map((tens) => tens * 10),
            value: values,
            delay: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 })),
            place: fc.nat(4),
          }),
          { minLength: 1, maxLength: 40 },
        )
        .map((list) => {
          let minute = 0;
          return list.map(({ gap, value, delay, place }, index) => {
            minute += gap;
            const next = list[index + 1]?.gap ?? 1;
            const recorded = START + minute + Math.min(delay, next - 1);
            const point: StoredPoint = {
              series: name,
              minute: START + minute,
              value,
              until: START + minute + next - 1,
              recorded,
            };
            return { point, place };
          });
        });
    const conditions: Condition[][] = [
      [DROP],
      [{ kind: 'changes', metric: 'price', baseline: 'previous' }],
      [{ kind: 'at_most', metric: 'price', value: 105, hysteresisPercent: 3 }],
      [{ ...DROP, baseline: 'hours_ago', hours: 6 }],
      [{ ...DROP, baseline: 'median_30d', percent: 5 }],
      [{ kind: 'gone', metric: 'price' }],
      [
        { kind: 'changes', metric: 'price', baseline: 'previous' },
        { kind: 'at_least', metric: 'bsr', value: 100, hysteresisPercent: 0 },
      ],
      [
        { kind: 'changes', metric: 'price', baseline: 'previous' },
        { kind: 'changes', metric: 'bsr', baseline: 'previous' },
      ],
      [{ kind: 'undercut', percent: 0, hysteresisPercent: 2 }],
      [{ kind: 'undercut', percent: 5, hysteresisPercent: 3 }],
      [{ kind: 'content_changed', withinHours: 24 }],
      [
        { kind: 'content_changed', withinHours: 6 },
        { kind: 'undercut', percent: 2, hysteresisPercent: 0 },
      ],
      [{ kind: 'source_failing', hours: 24 }],
      [
        { kind: 'source_failing', hours: 24 },
        { ...DROP, percent: 3 },
      ],
    ];
    const names = [
      'price',
      'bsr',
      'rival:1:price',
      'rival:2:buy_box_price',
      'content_changed',
      'source_failing:24',
    ] as const;
    fc.assert(
      fc.property(
        fc.tuple(...names.map(steps)),
        fc.array(
          fc.record({
            conditions: fc.constantFrom(...conditions),
            rearm: fc.constantFrom('cooldown', 'return', 'cooldown_and_return'),
            cooldownMinutes: fc.constantFrom(0, HOUR, DAY),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        fc.integer({ min: 0, max: 6 * HOUR }),
        (all, rules, since) => {
          const options = { floor: START + since, now: START + 40 * DAY, replay: false };
          const arrivals = all.flat().map(({ point, place }) => ({ point, at: point.recorded * 10 + place }));
          const points = arrivals.map(({ point }) => point);
          const { order, results } = live(rules, arrivals, options);
          for (const [index, tested] of rules.entries()) {
            const result = results[index];
            expect(result).toEqual(runReadings(tested, order.readingsOf(points), FRESH_STATE, options));
            // What other rules look at changes nothing for this one.
            expect(result).toEqual(live([tested], arrivals, options).results[0]);
            const times = result?.fired.map(({ occurredAt }) => occurredAt) ?? [];
            expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
            expect(times.every((occurredAt) => occurredAt > START + since)).toBe(true);
          }
        },
      ),
      { numRuns: 600 },
    );
  });

  it('should count what a newer reading overtook before it became known as a baseline only', () => {
    const [before, ...zigzag] = series(
      'price',
      [0, 2000],
      [HOUR, 1000],
      [2 * HOUR, 2000],
      [3 * HOUR, 1000],
      [4 * HOUR, 1900],
    );
    const taken = zigzag.map((point) => ({ ...point, recorded: START + 5 * HOUR }));
    const points = markSuperseded(before ? [before, ...taken] : taken);
    expect(fire(rule([DROP], { cooldownMinutes: 0 }), points)).toEqual([]);
    const rises: Condition = { ...DROP, kind: 'rises' };
    expect(timesOf(fire(rule([rises], { cooldownMinutes: 0 }), points))).toEqual([4 * HOUR]);
    expect(timesOf(fire(rule([DROP], { cooldownMinutes: 0 }), points, true))).toEqual([HOUR, 3 * HOUR]);
  });
});

describe('what an alert told', () => {
  it('should count as reverted once no competitor is cheaper any more', () => {
    const points = [
      ...series('price', [0, 2000]),
      ...series('rival:1:price', [0, 2100], [HOUR, 1900], [5 * HOUR, 2000]),
    ].map((point) => ({ ...point, until: START + 5 * HOUR }));
    const [fired] = fire(rule([{ kind: 'undercut', percent: 0, hysteresisPercent: 2 }]), points);
    const [evidence] = fired?.evidence ?? [];
    if (!fired || !evidence) throw new Error('no alert');
    const known = { points, undercuts: undercutsOf(readingsOf(points)) };
    expect(isReverted(evidence, fired.occurredAt, known, DAY)).toBe(true);
    expect(isReverted(evidence, fired.occurredAt, known, HOUR)).toBe(false);
  });

  it('should count as reverted once it is halfway back in time', () => {
    const points = series('price', [0, 2000], [HOUR, 1500], [5 * HOUR, 1800], [50 * HOUR, 2000]);
    const [fired] = fire(rule([DROP]), points);
    const [evidence] = fired?.evidence ?? [];
    if (!evidence) throw new Error('no alert');
    expect(isReverted(evidence, evidence.at, { points, undercuts: [] }, DAY)).toBe(true);
    expect(isReverted(evidence, evidence.at, { points, undercuts: [] }, HOUR)).toBe(false);
  });
});
