import { Statement } from '../statement';
import { Facts } from './facts';

export type RecommendationCategory = 'price' | 'stock' | 'content' | 'reviews' | 'watch';

/** Words of ours with values, as of a statement. */
type Sentence = Pick<Statement, 'template' | 'values' | 'text'>;

interface SourcedSentence extends Sentence {
  /** Keys of claims. */
  because: string[];
}

interface ExpectedEffect extends SourcedSentence {
  /** What it is expected of; `units` a day. */
  metric: 'bsr' | 'units';
  /** Where it would go; null where the claim does not tell. */
  direction: 'up' | 'down' | null;
}

export interface Recommendation extends Statement {
  category: RecommendationCategory;
  /** The written rule that it follows from. */
  rule: string;
  /** Keys of claims or of checks of the listing's quality. */
  because: string[];
  /** As far as the product's own past tells it. */
  expectedEffect: ExpectedEffect | null;
  /** Why no effect can be told; null where one is. */
  noEffect: string | null;
  /** What readings to come would show that it was wrong, and the claims whose numbers these are held against. */
  provedWrongBy: SourcedSentence;
  /** 1: it costs sales now; 2: something to gain; 3: to keep an eye on. */
  priority: 1 | 2 | 3;
  /** Keys of recommendations that would move the price as well and were set aside: of two moves at once nobody could tell which one worked. */
  setAside: string[];
}

/** What a rule finds in the facts. */
export interface Advice {
  /** What it is about where a rule finds several. */
  subject?: string;
  template: string;
  values: Statement['values'];
  because: string[];
  /** The effect, or why none can be told. */
  effect: Omit<ExpectedEffect, 'text'> | string;
  wrong: Omit<SourcedSentence, 'text'>;
}

export interface AdviceRule {
  name: string;
  category: RecommendationCategory;
  priority: Recommendation['priority'];
  rule: string;
  /** Of the recommendations that move, or hold, the price only the first is made. */
  price?: 'up' | 'down' | 'hold';
  /** Keys of claims, or their beginnings, that it reads. */
  reads: string[];
  find: (facts: Facts) => Advice[];
}
