/** Words of a sentence that say nothing of the world by themselves. Whatever else a text says has to come from its statements. */
export const CONNECTING: ReadonlySet<string> = new Set(
  `a an the this that these those it its itself they their them which who whose what where here there
   is are was were be been being has have had having
   of in on at for with by from to into within during between among across per about around roughly approximately nearly almost
   and or but while whereas also too besides meanwhile moreover further furthermore however overall altogether
   you your yours listing listings product products item items
   amount amounts figure figures number numbers value values level size measure measured reading readings data evidence
   day days date dates period periods window
   say says said tell tells told show shows showed shown see seen read reads find finds found note notes noted look looks report reported reports
   stand stands stood sit sits sat lie lies lay give gives gave given take takes took taken
   point points part parts side compared comparison against beside namely including
   summary short brief detail details picture view regard regards regarding respect terms case`.split(/\s+/),
);

/** "And", "but" and the like begin another clause, which may be of another statement. */
export const CLAUSE_WORDS: ReadonlySet<string> = new Set(
  'and or but while whereas although though yet meanwhile however'.split(' '),
);

/** Before a number: it is rounded further than its digits show. */
export const APPROXIMATE: ReadonlySet<string> = new Set(
  'about around roughly approximately nearly almost some circa'.split(' '),
);
/** Of those, the ones that say that the number is less than what follows. */
export const APPROACHING: ReadonlySet<string> = new Set(['nearly', 'almost']);

/** Right before a value they say what the value is; another one there would say another thing. */
export const ROLES: ReadonlySet<string> = new Set(
  'from to by since until till before after above below over under least most than within every past last next first against'.split(
    ' ',
  ),
);
/** Of those, the ones without which the value would say more than the statement. */
export const LIMITS: ReadonlySet<string> = new Set(
  'since until till before after above below under least most than within'.split(' '),
);

/** Negations and what limits a claim: a text has them as often as the statements that it cites. */
export const KEPT: ReadonlySet<string> = new Set(
  `not no never none nothing neither nor without cannot can't don't doesn't didn't isn't aren't wasn't weren't hasn't haven't hadn't won't
   only just if unless least most few fewer several many all every any always ever once`.split(/\s+/),
);

/** What is not sure: a text that tells of a statement with such words has one of them. */
export const HEDGES: ReadonlySet<string> = new Set(
  `may might could can would will should must shall perhaps possibly probably probable likely unlikely possible
   expected expect expects forecast forecasts estimate estimates estimated projected simulated assumed seems seem seemed suggests suggest
   appears appear tends tend unknown unclear unexplained coincides coincided coincidence`.split(/\s+/),
);

/** Only beside a statement of a cause. */
export const CAUSAL: ReadonlySet<string> = new Set(
  'because due owing cause causes caused explain explains explained explanation reason reasons result results resulted resulting follows followed'.split(
    ' ',
  ),
);

export type Sense = 'up' | 'down' | 'better' | 'worse' | 'moved';

interface DirectionWord {
  sense: Sense;
  /** It tells of a movement, and not only of one number beside another. */
  isMovement: boolean;
}

const senses = (sense: Sense, isMovement: boolean, words: string): [string, DirectionWord][] =>
  words.split(/\s+/).map((word) => [word, { sense, isMovement }]);

export const DIRECTIONS: ReadonlyMap<string, DirectionWord> = new Map([
  ...senses(
    'up',
    true,
    'rise rises rose risen rising increase increases increased increasing climb climbs climbed climbing grow grows grew grown growing growth gain gains gained gaining',
  ),
  ...senses('up', false, 'up higher more larger greater bigger above upward upwards dearer'),
  ...senses(
    'down',
    true,
    'fall falls fell fallen falling decrease decreases decreased decreasing drop drops dropped dropping decline declines declined declining',
  ),
  ...senses('down', false, 'down lower less fewer smaller below downward downwards cheaper'),
  ...senses('better', true, 'improve improves improved improving improvement'),
  ...senses('better', false, 'better'),
  ...senses('worse', true, 'worsen worsens worsened worsening deteriorate deteriorates deteriorated deteriorating'),
  ...senses('worse', false, 'worse'),
  ...senses(
    'moved',
    true,
    'move moves moved moving movement change changes changed changing went go goes going gone got get gets getting shift shifts shifted',
  ),
]);

/** What a number can be of. Where a statement tells of two of them, each keeps its own numbers. */
export const SUBJECTS: ReadonlyMap<string, string> = new Map(
  `price/prices rank/ranks/ranked/ranking rating/ratings review/reviews stock offer/offers coupon/coupons median/medians
   shipping correlation`
    .split(/\s+/)
    .flatMap((forms) => forms.split('/').map((form): [string, string] => [form, forms.split('/')[0] ?? form])),
);

/** Names of this trade that may be written large even where the statement writes them small. */
export const TERMS: ReadonlySet<string> = new Set(['Amazon', 'Best', 'Sellers', 'Rank', 'Buy', 'Box']);
