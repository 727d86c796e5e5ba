import fc from 'fast-check';
import { Evidence } from './evidence';
import { archive, unarchive } from './evidence-archive';

const minute = fc.integer({ min: 0, max: 40_000_000 });
const segment = fc.tuple(minute, minute, fc.option(fc.integer({ min: 0, max: 2_147_483_647 }), { nil: null }));

function evidenceOf(segments: [number, number, number | null][]): Evidence {
  return {
    productId: 'P',
    asin: 'B000000001',
    marketplace: 'US',
    at: 40_000_000,
    items: {
      'series:B000000001:price': { type: 'series', asin: 'B000000001', metric: 'price', sources: ['keepa'], segments },
      'alert:1': {
        type: 'alert',
        alertId: '1',
        occurredAt: '2026-05-04T08:00:00.000Z',
        severity: 'info',
        rule: null,
        message: '„20 % lower“ — ¥2,530',
        simulated: false,
      },
    },
  };
}

describe('the archive of evidence', () => {
  it('should give back what was put in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(segment), async (segments) => {
        const evidence = evidenceOf(segments);
        expect(await unarchive(await archive(evidence))).toEqual(evidence);
      }),
    );
  });

  it('should take less than three bytes for a segment of a series that changes by the hour', async () => {
    const count = 5000;
    const segments = Array.from({ length: count }, (_, place): [number, number, number] => [
      60 * place,
      60 * (place + 1),
      5000 + ((place * 7919) % 300),
    ]);
    expect((await archive(evidenceOf(segments))).length).toBeLessThan(3 * count);
  });
});
