import * as fc from 'fast-check';
import { asShare, namedSum, SumRule } from './named-sum';

type Inputs = Record<string, number | undefined>;

const part = (name: string, weight: number): SumRule<Inputs, object> => ({
  name,
  weight,
  needs: `needs ${name}`,
  look: (inputs) => (inputs[name] === undefined ? undefined : { value: inputs[name] }),
});
const RULES = [part('a', 0.5), part('b', 0.3), part('c', 0.2)];
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('a named sum', () => {
  it('should weigh what is known, tell what contributes most first, and say what the rest needs', () => {
    expect(namedSum(RULES, { a: 0.1, b: 0.5 })).toEqual({
      score: 0.25,
      parts: [
        { name: 'b', weight: 0.3, value: 0.5 },
        { name: 'a', weight: 0.5, value: 0.1 },
      ],
      missing: { c: 'needs c' },
    });
  });

  it('should be made of exactly half of the weight, and of no less', () => {
    expect([namedSum(RULES, { a: 0.4 }).score, namedSum(RULES, { b: 1 }).score, namedSum(RULES, {}).score]).toEqual([
      0.4,
      null,
      null,
    ]);
  });

  it('should lie between its parts', () => {
    fc.assert(
      fc.property(share, share, share, (a, b, c) => {
        const { score } = namedSum(RULES, { a, b, c });
        expect(score).toBeGreaterThanOrEqual(Math.min(a, b, c) - 0.001);
        expect(score).toBeLessThanOrEqual(Math.max(a, b, c) + 0.001);
      }),
    );
  });
});

it('should cut a share off at its ends', () => {
  expect([asShare(-0.2), asShare(0.4), asShare(3)]).toEqual([0, 0.4, 1]);
});
