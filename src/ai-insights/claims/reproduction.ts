import { isDeepStrictEqual } from 'node:util';
import { Evidence, hashOf, restrict } from '../evidence/evidence';
import { StatementValue } from '../statement';
import { Claim } from './claim';
import { claimsOf } from './claims';

/** To be raised when other values, effects or keys follow from the same evidence; reproduction.spec.ts notices. Words alone may change without. */
export const CLAIMS_VERSION = 2;

/** Whether a kept claim follows from its evidence once more. */
export interface Reproduction {
  /** The evidence is what the claim was sealed with: its SHA-256 is the claim's. */
  isIntact: boolean;
  /**
   * The same follows from it: kind, window, n, effect, interval, direction, confidence and values; words do not count. Null where it does not, but an
   * older version of the methods had made the claim: that says nothing of its evidence.
   */
  isReproduced: boolean | null;
  /** The same is told in other words by now. */
  isReworded: boolean;
}

/**
 * Makes a claim again from what it names.
 * @param version of the methods that had made it, as {@link CLAIMS_VERSION}
 */
export async function reproduce(claim: Claim, evidence: Evidence, version: number): Promise<Reproduction> {
  const named = restrict(evidence, claim.evidence);
  const isIntact = claim.evidence.every((key) => key in named.items) && hashOf(named, claim.evidence) === claim.hash;
  const { claims } = await claimsOf(named);
  const found = claims.find(({ key }) => key === claim.key);
  // As the other one went through JSON too.
  const again = found && (JSON.parse(JSON.stringify(found)) as Claim);
  const isSame = isIntact && again !== undefined && saysTheSame(claim, again);
  return {
    isIntact,
    isReproduced: isSame || (isIntact && version !== CLAIMS_VERSION ? null : false),
    isReworded: isSame && again.template !== claim.template,
  };
}

function saysTheSame(one: Claim, other: Claim): boolean {
  return isDeepStrictEqual(content(one, other), content(other, one));
}

/** All that is measured or inferred. Of the values those that the other tells too: other words may need others. */
function content(claim: Claim, beside: Claim) {
  const { kind, metric, window, n, effect, direction, confidence, errorRate, evidence, hash, simulated } = claim;
  const isReworded = claim.template !== beside.template;
  const values: [string, StatementValue][] = Object.entries(claim.values).filter(
    ([name]) => !isReworded || name in beside.values,
  );
  return {
    ...{ kind, metric, window, n, effect, direction, confidence, errorRate, evidence, hash, simulated },
    values: Object.fromEntries(values),
  };
}
