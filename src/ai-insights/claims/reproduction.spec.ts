import { createHash } from 'node:crypto';
import { lively, OWN } from '../../../test/support/evidence';
import { Evidence, seriesKey } from '../evidence/evidence';
import { Claim } from './claim';
import { claimsOf } from './claims';
import { CLAIMS_VERSION, reproduce } from './reproduction';

const EVIDENCE = lively(1);
const OLDER = CLAIMS_VERSION - 1;

describe('reproduce', () => {
  let claim: Claim;

  beforeAll(async () => {
    const { claims } = await claimsOf(EVIDENCE);
    const found = claims.find(({ key }) => key === 'trend:review_count:90d');
    if (!found) throw new Error('no trend');
    claim = JSON.parse(JSON.stringify(found)) as Claim;
  });

  it('should find the same claim', async () => {
    expect(await reproduce(claim, EVIDENCE, CLAIMS_VERSION)).toEqual({
      isIntact: true,
      isReproduced: true,
      isReworded: false,
    });
  });

  it.each([OLDER, CLAIMS_VERSION])('should not take other words for another claim (version %d)', async (version) => {
    const { change, days } = claim.values;
    const reworded: Claim = {
      ...claim,
      template: 'It has {change} more ratings than {span} ago.',
      values: { ...(change && { change }), ...(days && { span: days }) },
      text: 'It has 267 more ratings than 90 days ago.',
      method: 'slope',
    };
    expect(await reproduce(reworded, EVIDENCE, version)).toEqual({
      isIntact: true,
      isReproduced: true,
      isReworded: true,
    });
  });

  it.each<[string, Partial<Claim>]>([
    ['effect', { effect: { value: 1, unit: 'count', scale: 0, lower: 0, upper: 2, level: 0.95 } }],
    ['n', { n: 7 }],
    ['value', { values: { change: { type: 'number', value: 1, unit: 'count', scale: 0 } } }],
    ['key', { key: 'trend:review_count:7d' }],
  ])('should not find a claim of another %s, and call that a failure only of the same version', async (_, other) => {
    const changed = { ...claim, ...other };
    expect(await reproduce(changed, EVIDENCE, CLAIMS_VERSION)).toMatchObject({ isIntact: true, isReproduced: false });
    expect(await reproduce(changed, EVIDENCE, OLDER)).toMatchObject({ isIntact: true, isReproduced: null });
  });

  it('should fail where the evidence is another, whatever the version', async () => {
    const key = seriesKey(OWN, 'review_count');
    const item = EVIDENCE.items[key];
    if (item?.type !== 'series') throw new Error('no series');
    const altered: Evidence = {
      ...EVIDENCE,
      items: { ...EVIDENCE.items, [key]: { ...item, sources: ['sandbox'] } },
    };
    for (const version of [OLDER, CLAIMS_VERSION]) {
      expect(await reproduce(claim, altered, version)).toMatchObject({ isIntact: false, isReproduced: false });
    }
    const others = Object.entries(EVIDENCE.items).filter(([one]) => one !== key);
    const lost = { ...EVIDENCE, items: Object.fromEntries(others) };
    expect(await reproduce(claim, lost, OLDER)).toMatchObject({ isIntact: false, isReproduced: false });
  });
});

describe('CLAIMS_VERSION', () => {
  it('should be raised, and the digest here renewed, when other values follow from the same evidence', async () => {
    const { claims } = await claimsOf(EVIDENCE);
    const digest = createHash('sha256')
      .update(JSON.stringify(claims.map(contentOf)))
      .digest('hex')
      .slice(0, 16);
    expect([CLAIMS_VERSION, digest]).toEqual([2, 'e455f262ca6b0e81']);
  });
});

/** What {@link reproduce} compares, to six digits: the last ones are the machine's. */
function contentOf(claim: Claim): unknown {
  const told = { ...claim, text: '', template: '', method: '', hash: '' };
  return JSON.parse(
    JSON.stringify(told, (_key, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value)),
  );
}
