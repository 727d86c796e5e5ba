import { MetricCondition } from '../rules/condition';
import { Evidence } from './evidence';
import { messageOf, severityOf } from './message';

const HOUR = 60;

function moved(metric: MetricCondition['metric'], baseline: number, value: number): Evidence {
  const condition: MetricCondition = {
    kind: value > baseline ? 'rises' : 'falls',
    metric,
    percent: 10,
    baseline: 'previous',
  };
  return { condition, metric, value, at: HOUR, baseline, baselineAt: 0 };
}

describe('messageOf', () => {
  it.each([
    ['bsr', 33921, 28713, 'Best Sellers Rank improved by 15.4 % from #33,921 (', ') to #28,713 (', 'info'],
    ['bsr_sub', 9, 12, 'sub-category rank declined by 33.3 % from #9 (', ') to #12 (', 'warning'],
    ['price', 1999, 1599, 'price fell by 20.0 % from USD 19.99 (', ') to USD 15.99 (', 'warning'],
    ['review_count', 1000, 1500, 'review count rose by 50.0 % from 1,000 (', ') to 1,500 (', 'warning'],
  ] as const)('should tell of %s from %d to %d', (metric, before, after, start, middle, severity) => {
    const evidence = [moved(metric, before, after)];
    const [first, second] = ['1970-01-01 00:00 UTC', '1970-01-01 01:00 UTC)'];
    expect(messageOf(evidence, 'US')).toBe(`${start}${first}${middle}${second}`);
    expect(severityOf(evidence)).toBe(severity);
  });
});
