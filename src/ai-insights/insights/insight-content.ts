import { NamedSum } from '../../common/named-sum';
import { opportunityOf } from '../../analytics/portfolio/opportunity';
import { ProductAnalysisView } from '../../analytics/product/dto/product-analytics.view';
import { Recommendation } from '../advice/recommendation';
import { advise, undecidedRules } from '../advice/recommendations';
import { RiskEvidence, riskOf } from '../advice/risk';
import { Abstention, Claim } from '../claims/claim';
import { claimsOf, comparisonOf } from '../claims/claims';
import { Evidence, listingKey, rivalsOf } from '../evidence/evidence';
import { ListingQuality, listingQuality } from '../listing-quality/listing-quality';
import { WrittenText } from '../wording/writer';

/** What follows from the evidence. */
export interface Findings {
  /** Some of the evidence is of the sandbox. */
  simulated: boolean;
  claims: Claim[];
  /** What cannot be claimed yet. */
  abstentions: Abstention[];
  recommendations: Recommendation[];
  /** Those that would move the price as well as one of `recommendations`, which names them: they wait until it has been judged. */
  setAside: Recommendation[];
  /** Rules that lack what they read: that they recommend nothing says nothing. */
  undecided: Abstention[];
  /** Null where no source has told of the listing. */
  listingQuality: ListingQuality | null;
  risk: NamedSum<RiskEvidence>;
  opportunity: ReturnType<typeof opportunityOf>;
}

/** What an insight says: what was found, and its words. */
export interface InsightContent extends Findings {
  text: WrittenText;
  /** By which its claims were made: CLAIMS_VERSION of then. */
  claimsVersion: number;
}

type Since = 'setAside' | 'claimsVersion' | 'abstentions' | 'undecided';
type KeptAbstention = Omit<Abstention, 'until'> & Partial<Pick<Abstention, 'until'>>;

/** As the database has it: an insight of an earlier release lacks what has been told only since. */
export type KeptContent = Omit<InsightContent, Since> &
  Partial<Pick<InsightContent, 'setAside' | 'claimsVersion'>> &
  Record<'abstentions' | 'undecided', KeptAbstention[]>;

export function asKept(content: KeptContent): InsightContent {
  const told = (all: readonly KeptAbstention[]) => all.map((one) => ({ ...one, until: one.until ?? null }));
  return {
    ...content,
    abstentions: told(content.abstentions),
    undecided: told(content.undecided),
    setAside: content.setAside ?? [],
    claimsVersion: content.claimsVersion ?? 1,
  };
}

/** Everything that can be said from the evidence, and from nothing else. */
export async function findingsOf(evidence: Evidence): Promise<{ findings: Findings; analysis: ProductAnalysisView }> {
  const { claims, abstentions, analysis } = await claimsOf(evidence);
  const comparison = comparisonOf(evidence);
  const quality = qualityOf(evidence);
  return {
    analysis,
    findings: {
      simulated: claims.some(({ simulated }) => simulated),
      claims,
      abstentions,
      ...advise({ day: analysis.lastDay, claims, quality }),
      undecided: undecidedRules(abstentions),
      listingQuality: quality,
      risk: riskOf({ claims, abstentions, analytics: analysis, comparison, quality }),
      opportunity: opportunityOf({ comparison, analytics: analysis }),
    },
  };
}

function qualityOf(evidence: Evidence): ListingQuality | null {
  const { items, asin, marketplace } = evidence;
  const own = items[listingKey(asin)];
  if (own?.type !== 'listing') return null;
  const rivals = rivalsOf(evidence).flatMap((rival) => {
    const item = items[listingKey(rival)];
    return item?.type === 'listing' ? [item] : [];
  });
  return listingQuality({ ...own, marketplace }, rivals);
}
