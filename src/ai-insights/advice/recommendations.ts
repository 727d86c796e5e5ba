import { Abstention } from '../claims/claim';
import { render, Statement } from '../statement';
import { AdviceInputs, Facts } from './facts';
import { Advice, AdviceRule, Recommendation } from './recommendation';
import { improveContent } from './rules/content';
import { answerUndercut, testHigherPrice, testLowerPrice, watchUndercut } from './rules/price';
import { ratingBelowMedian, ratingFalling } from './rules/reviews';
import { keepInStock, restock, rivalsWithoutOffer } from './rules/stock';
import { checkSeller, forecastWorse, lookElsewhere, rankWorsening } from './rules/watch';

/** In the order in which those of the same priority are told; of those that move the price the first goes before the others. */
export const RULES: readonly AdviceRule[] = [
  restock,
  keepInStock,
  rivalsWithoutOffer,
  answerUndercut,
  testLowerPrice,
  testHigherPrice,
  ratingFalling,
  ratingBelowMedian,
  improveContent,
  rankWorsening,
  forecastWorse,
  watchUndercut,
  lookElsewhere,
  checkSeller,
];

/**
 * What follows from the claims by written rules, the most urgent first; nothing where nothing is claimed. Claims of low confidence
 * support none. One that moves or holds the price is made at most, and names those that it sets aside; these are told beside.
 */
export function advise(inputs: AdviceInputs): {
  recommendations: Recommendation[];
  setAside: Recommendation[];
} {
  const facts = new Facts(inputs);
  const all = RULES.flatMap((rule) => rule.find(facts).map((advice) => ({ rule, made: recommendation(rule, advice) })));
  const [first, ...others] = all.filter(({ rule }) => rule.price).map(({ made }) => made);
  const aside = new Set(others.map(({ key }) => key));
  const recommendations = all
    .map(({ made }) => made)
    .filter(({ key }) => !aside.has(key))
    .map((made) => (made.key === first?.key ? { ...made, setAside: [...aside] } : made))
    .sort((a, b) => a.priority - b.priority);
  return { recommendations, setAside: others };
}

/** Rules that read what could not be claimed, and what that lacks: that they recommend nothing says nothing. */
export function undecidedRules(abstentions: readonly Abstention[]): Abstention[] {
  return RULES.flatMap(({ name, reads }) => {
    const lacking = abstentions.filter(({ key }) => reads.some((read) => key === read || key.startsWith(`${read}:`)));
    if (lacking.length === 0) return [];
    const missing = [...new Set(lacking.map((one) => one.missing))].join('; ');
    return [{ key: name, missing, until: latest(lacking.map(({ until }) => until)) }];
  });
}

/** Null where one of them has none. */
function latest(days: readonly (string | null)[]): string | null {
  return days.reduce((last, day) => (last === null || day === null ? null : day > last ? day : last), days[0] ?? null);
}

function recommendation(rule: AdviceRule, advice: Advice): Recommendation {
  const { subject, template, values, because, effect, wrong } = advice;
  return {
    key: subject === undefined ? rule.name : `${rule.name}:${subject}`,
    ...withText({ template, values }),
    direction: rule.price === 'hold' ? null : (rule.price ?? null),
    category: rule.category,
    rule: rule.rule,
    because,
    expectedEffect: typeof effect === 'string' ? null : { ...effect, ...withText(effect) },
    noEffect: typeof effect === 'string' ? effect : null,
    provedWrongBy: { ...wrong, ...withText(wrong) },
    priority: rule.priority,
    setAside: [],
  };
}

function withText({ template, values }: Pick<Statement, 'template' | 'values'>) {
  return { template, values, text: render(template, values) };
}
