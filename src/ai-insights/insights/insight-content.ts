import { NamedSum } from '../../common/named-sum';
import { opportunityOf } from '../../analytics/portfolio/opportunity';
import { ProductAnalysisView } from '../../analytics/product/dto/product-analytics.view';
import { Recommendation } from '../advice/recommendation';
import { recommendationsOf, undecidedRules } from '../advice/recommendations';
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
      recommendations: recommendationsOf({ day: analysis.lastDay, claims, quality }),
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
