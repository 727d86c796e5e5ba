import { adviceOf, checkKey } from '../../listing-quality/listing-quality';
import { REVIEW_DAYS } from '../facts';
import { Advice, AdviceRule } from '../recommendation';

const MOST = 3;

export const improveContent: AdviceRule = {
  name: 'improve_content',
  category: 'content',
  priority: 2,
  rule: `Checks of the listing are not met: mend the ${MOST} that cost its quality most.`,
  reads: [],
  find(facts) {
    const lost = (facts.quality?.checks ?? []).flatMap((check) =>
      check.result === null || check.result >= 1 ? [] : [{ check, points: check.weight * (1 - check.result) }],
    );
    const by = facts.after(REVIEW_DAYS);
    const now = facts.rankNow();
    return lost
      .sort((a, b) => b.points - a.points)
      .slice(0, MOST)
      .map(({ check }): Advice => ({
        subject: check.name,
        ...adviceOf(check),
        because: [checkKey(check)],
        effect: 'no earlier change of the content whose effect could be told',
        wrong: now
          ? {
              template: 'Wrong if BSR on {by}, with this done, is not below {rank}.',
              values: { by, rank: now.rank },
              because: [now.key],
            }
          : {
              template: 'Wrong if the check is met before {by} with nothing changed: then the reading was at fault.',
              values: { by },
              because: [],
            },
      }));
  },
};
