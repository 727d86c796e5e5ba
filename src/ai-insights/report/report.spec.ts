import { evidenceOf, listing, lively, NOW, OWN, series, TODAY } from '../../../test/support/evidence';
import { Recommendation } from '../advice/recommendation';
import { Evidence } from '../evidence/evidence';
import { findingsOf, InsightContent } from '../insights/insight-content';
import { toWrite } from '../insights/to-write';
import { StatementValue, valueText } from '../statement';
import { writeLocally } from '../wording/local-writer';
import { toHtml } from './html';
import { toMarkdown } from './markdown';
import { reportDocument, ReportInputs } from './report';

const dateOf = (day: number): StatementValue => ({
  type: 'date',
  value: new Date(day * 86_400_000).toISOString().slice(0, 10),
});

async function inputsOf(evidence: Evidence): Promise<ReportInputs> {
  const { findings, analysis } = await findingsOf(evidence);
  const text = {
    ...{ writtenBy: 'rules' as const, model: null, tokens: null, cost: null, cached: false, note: null },
    ...writeLocally(toWrite(findings)),
  };
  const content: InsightContent = { ...findings, text, claimsVersion: 1 };
  const madeAt = new Date(NOW * 60_000).toISOString();
  return { asin: OWN, marketplace: 'US', title: null, madeAt, content, evidence, analysis, comparison: null };
}

/** Markdown without its escapes. */
const plain = (inputs: ReportInputs) => toMarkdown(reportDocument(inputs)).replace(/\\/g, '');

describe('a report', () => {
  /** Six days of a rank, and a price of which all is known. */
  const young = evidenceOf(
    listing(OWN),
    series(OWN, 'price', () => 3000),
    series(OWN, 'bsr', (day) => (day < TODAY - 6 ? undefined : 5000 + day)),
  );

  it('should say what cannot be said, until when, and which rules that leaves open', async () => {
    const text = plain(await inputsOf(young));
    const from = (days: number) =>
      `; on ${valueText(dateOf(TODAY + days))} at the earliest, if each day until then becomes known`;
    expect(text).toContain(
      `- Trend of the Best Sellers Rank: needs 8 more known days of Best Sellers Rank in the last 90${from(8)}\n`,
    );
    expect(text).toContain('- Position among the competitors: needs a confirmed competitor to compare with\n');
    expect(text).toContain(`- rank worsening: needs 8 more known days of Best Sellers Rank in the last 90${from(8)}\n`);
    expect(text).toContain('they lack what they read');
  });

  it('should say the same in HTML', async () => {
    const html = toHtml(reportDocument(await inputsOf(young)));
    expect(html).toContain('<li>rank worsening: needs 8 more known days of Best Sellers Rank in the last 90; on ');
  });

  it('should say what is set aside, and until when', async () => {
    const inputs = await inputsOf(lively(1));
    const by = dateOf(TODAY + 14);
    const made = (key: string, text: string, setAside: string[]): Recommendation => ({
      ...{ key, text, setAside, template: text, values: {}, direction: null, category: 'price', rule: 'A rule.' },
      ...{ because: [], expectedEffect: null, noEffect: 'none is known', priority: 2 },
      provedWrongBy: { template: 'Wrong by {by}.', values: { by }, text: 'Wrong.', because: [] },
    });
    const content: InsightContent = {
      ...inputs.content,
      recommendations: [made('hold', 'Hold the price.', ['test_lower_price', 'answer_undercut'])],
      setAside: [made('test_lower_price', 'Test a lower price.', [])],
    };
    const text = plain({ ...inputs, content });
    expect(text).toContain(
      `Set aside until ${valueText(by)}, when “Hold the price.” can be judged: of two changes of the price at once nobody could tell which one worked.\n\n` +
        '- Test a lower price.\n- answer undercut\n',
    );
  });

  it('should name of each claim its receipt, and of each kind the method', async () => {
    const inputs = await inputsOf(lively(1));
    const text = plain(inputs);
    const cause = inputs.content.claims.find(({ kind }) => kind === 'cause');
    expect(text).toContain(`· receipt ${cause?.key ?? 'none'}\n`);
    expect(text).toContain(`| cause, unexplained | ${cause?.method ?? 'none'} |`);
  });
});
