import { TakenAlert } from './delivery-ledger';
import { writeEmail } from './email';

const LINKS = { rule: (id: string) => `https://x.example/u/${id}`, channel: 'https://x.example/u/channel' };

function alert(more: Partial<TakenAlert> = {}): TakenAlert {
  return {
    alert_id: 'a',
    user_id: 'u',
    severity: 'warning',
    message: 'Price fell from $20.00 to $15.00',
    evidence: [],
    occurred_at: new Date('2026-07-01T22:30:00Z'),
    created_at: new Date('2026-07-01T22:30:10Z'),
    rule_id: 'r1',
    rule_name: 'Drops',
    product_id: 'p',
    tags: [],
    title: 'Kettle',
    asin: 'B0SIMA0001',
    marketplace: 'DE',
    ...more,
  };
}

describe('writeEmail', () => {
  it('should say what happened, to what, when in the time zone of the channel, by which rule, and how to turn it off', () => {
    const mail = writeEmail([alert()], false, 'Europe/Berlin', LINKS);
    expect(mail.subject).toBe('[warning] Price fell from $20.00 to $15.00');
    expect(mail.text).toBe(
      [
        'Price fell from $20.00 to $15.00',
        'Kettle (B0SIMA0001, DE)',
        'warning, 2 Jul 2026, 00:30 CEST, rule “Drops”',
        'https://www.amazon.de/dp/B0SIMA0001',
        '',
        '--',
        'Turn off this rule: https://x.example/u/r1',
      ].join('\n'),
    );
    expect(mail.unsubscribe).toBe('https://x.example/u/r1');
  });

  it('should say of simulated readings that they are, where it is seen first', () => {
    const evidence = [{ sources: ['keepa'] }, { sources: ['sandbox'] }] as TakenAlert['evidence'];
    const one = writeEmail([alert({ evidence })], false, 'UTC', LINKS);
    expect(one.subject).toBe('[warning] Simulated: Price fell from $20.00 to $15.00');
    expect(one.text).toMatch(/^Simulated: Price fell/);
    expect(writeEmail([alert({ evidence }), alert()], true, 'UTC', LINKS).subject).toMatch(/^2 alerts: Simulated: /);
  });

  it('should write no markup and no line breaks of others', () => {
    const hostile = alert({
      title: '<img src=x onerror=alert(1)>"\r\nBcc: all@victim.example',
      message: 'Fell\r\nBcc: all@victim.example\u2028<script>',
      rule_name: 'a"<b>',
    });
    const mail = writeEmail([hostile], false, 'UTC', LINKS);
    expect(mail.subject).toBe('[warning] Fell Bcc: all@victim.example <script>');
    expect(mail.text).toContain('<img src=x onerror=alert(1)>" Bcc: all@victim.example (B0SIMA0001, DE)');
    expect(mail.html).not.toMatch(/<img|<script|<b>/);
  });

  it('should group a digest by tag, with a link for each rule and one for the digest', () => {
    const mail = writeEmail(
      [
        alert({ message: 'no tag' }),
        alert({ message: 'second of kitchen', tags: ['kitchen', 'own'], rule_id: 'r2' }),
        alert({ message: 'garden', tags: ['garden'] }),
        alert({ message: 'third of kitchen', tags: ['kitchen'] }),
      ],
      true,
      'UTC',
      LINKS,
    );
    expect(mail.subject).toBe('4 alerts: no tag');
    expect(mail.text.split('\n').filter((line) => /^==|kitchen$|^garden|^no tag/.test(line))).toEqual([
      '== garden ==',
      'garden',
      '== kitchen ==',
      'second of kitchen',
      'third of kitchen',
      '== Without a tag ==',
      'no tag',
    ]);
    expect(mail.text).toContain('Turn off this rule: https://x.example/u/r2');
    expect(mail.text).toMatch(/Turn off this digest: https:\/\/x\.example\/u\/channel$/);
    expect(mail.unsubscribe).toBe('https://x.example/u/channel');
  });

  it('should keep a subject short without halving a letter', () => {
    const { subject } = writeEmail([alert({ message: '🫖'.repeat(300) })], false, 'UTC', LINKS);
    expect([...subject]).toHaveLength(200);
    expect(subject.endsWith('🫖…')).toBe(true);
  });
});
