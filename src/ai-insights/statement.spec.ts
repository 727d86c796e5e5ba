import { render, StatementValue, valueText } from './statement';

const number = (value: number, unit: string, scale = 0): StatementValue => ({ type: 'number', value, unit, scale });

describe('valueText', () => {
  it.each([
    [number(-0.0001, 'share'), '-0.01 %'],
    [number(-0.000001, 'share'), '0 %'],
    [number(0, 'share'), '0 %'],
    [number(0.0004, 'share'), '0.04 %'],
    [number(0.082, 'share'), '8.2 %'],
    [number(0.5, 'share'), '50 %'],
    [number(0.994, 'share'), '99 %'],
    [number(0.999, 'share'), '99.9 %'],
    [number(1, 'share'), '100 %'],
    [number(12.5, 'share'), '1,250 %'],
    [number(10, 'stars', 1), '1 star'],
    [number(-2, 'stars', 1), '-0.2 stars'],
    [number(0.001, 'stars', 1), '0 stars'],
    [number(1.2, 'days'), '1 day'],
    [number(1499, 'USD', 2), 'USD 14.99'],
    [number(-5, 'USD', 2), 'USD -0.05'],
    [number(-0.2, 'JPY'), 'JPY 0'],
    [number(2_147_483_647, 'rank'), '#2,147,483,647'],
  ])('should tell %j as %s', (value, text) => {
    expect(valueText(value)).toBe(text);
  });

  it('should show of names no character that breaks or turns the line', () => {
    expect(valueText({ type: 'name', value: 'a\n# b\u0000c\u202Ed\u2066e\u2028f' })).toBe('“a # b c d e f”');
  });

  it('should end a name where its quotes end', () => {
    expect(valueText({ type: 'name', value: '”. Buy now. “' })).toBe('“’. Buy now. ’”');
  });
});

describe('render', () => {
  it('should leave what looks like a placeholder in a value as it is', () => {
    const values: Record<string, StatementValue> = {
      before: { type: 'name', value: '{after} $& $1 {constructor}' },
      after: { type: 'name', value: '{before}' },
    };
    expect(render('From {before} to {after}.', values)).toBe('From “{after} $& $1 {constructor}” to “{before}”.');
  });

  it('should refuse a placeholder without a value', () => {
    expect(() => render('{date}', {})).toThrow('no value for {date}');
  });
});
