import { MARKETPLACES } from '../../common/marketplace';
import { escapeHtml } from '../../common/text';
import { isSimulated } from '../engine/evidence-view';
import { Picture } from './alert-picture';
import { ChannelNotice, howToEnable, noticeTitle } from './channel-notice';
import { TakenAlert } from './delivery-ledger';
import { groupByTag } from './delivery-message';
import { PICTURE_HEIGHT, PICTURE_WIDTH } from './series-picture';

export interface Email {
  subject: string;
  text: string;
  html: string;
  /** For the List-Unsubscribe header. */
  unsubscribe: string | null;
  picture: Picture | null;
}

/** Names the picture to the HTML beside it (RFC 2392). */
export const PICTURE_ID = 'series';

export interface EmailLinks {
  rule: (ruleId: string) => string;
  channel: string;
}

const MAX_SUBJECT = 200;

/** An alert, a digest of several, or a test, as plain text and as HTML. */
export function writeEmail(
  alerts: readonly TakenAlert[],
  isDigest: boolean,
  timeZone: string,
  links: EmailLinks,
  picture: Picture | null = null,
): Email {
  const [first] = alerts;
  if (!first) {
    const subject = 'Test of your e-mail channel';
    const text = 'Alerts will reach you here.';
    return { subject, text, html: toPage([`<p>${text}</p>`]), unsubscribe: null, picture: null };
  }
  const time = timeFormat(timeZone);
  const groups = groupByTag(alerts);
  const many = `${alerts.length} ${alerts.length === 1 ? 'alert' : 'alerts'}`;
  const unsubscribe = isDigest ? links.channel : first.rule_id === null ? null : links.rule(first.rule_id);
  const footer = isDigest
    ? { text: 'Turn off this digest', href: links.channel }
    : unsubscribe === null
      ? null
      : { text: 'Turn off this rule', href: unsubscribe };
  const parts = groups.map(({ tag, alerts: inGroup }) => {
    const title = isDigest ? (tag ?? (groups.length > 1 ? 'Without a tag' : null)) : null;
    const lines = inGroup.map((alert) => describe(alert, time, isDigest ? links : null));
    return {
      text: [...(title === null ? [] : [`== ${oneLine(title)} ==`]), ...lines.map((line) => line.text)].join('\n\n'),
      html:
        (title === null ? '' : `<h2 style="font-size:16px">${escapeHtml(title)}</h2>`) +
        lines.map((line) => line.html).join(''),
    };
  });
  return {
    subject: cut(isDigest ? `${many}: ${sentence(first)}` : `[${first.severity}] ${sentence(first)}`),
    text: [
      ...parts.map(({ text }) => text),
      ...(picture ? [picture.caption] : []),
      ...(footer ? [`--\n${footer.text}: ${footer.href}`] : []),
    ].join('\n\n'),
    html: toPage([
      ...parts.map(({ html }) => html),
      ...(picture ? [toFigure(picture)] : []),
      ...(footer
        ? [`<p style="color:#666;font-size:12px"><a href="${escapeHtml(footer.href)}">${footer.text}</a></p>`]
        : []),
    ]),
    unsubscribe,
    picture,
  };
}

/** Asks whether the address is the user's. It holds nothing that a user wrote, as it goes to whom a user names. */
export function writeConfirmation(link: string, publicUrl: string): Email {
  const { host } = new URL(publicUrl);
  const why = `Somebody at ${host} wants alerts of Amazon listings to be sent to this address. Nothing else is sent here before that is confirmed.`;
  const otherwise = 'If that was not you, there is nothing to do.';
  return {
    subject: `Confirm your address for alerts of ${host}`,
    text: [why, `To confirm the address within three days: ${link}`, otherwise].join('\n\n'),
    html: toPage([
      `<p>${escapeHtml(why)}</p>`,
      `<p><a href="${escapeHtml(link)}">Confirm the address</a> (within three days)</p>`,
      `<p>${otherwise}</p>`,
    ]),
    unsubscribe: null,
    picture: null,
  };
}

/** Tells that another channel of the user was disabled. */
export function writeChannelNotice(notice: ChannelNotice, timeZone: string): Email {
  const title = oneLine(noticeTitle(notice));
  const when = `${timeFormat(timeZone).format(new Date(notice.disabledAt))}: ${oneLine(notice.reason)}`;
  const todo = `${howToEnable(notice.channelId)}.`;
  return {
    subject: cut(title),
    text: [title, when, todo].join('\n\n'),
    html: toPage([
      `<p style="font-size:16px"><strong>${escapeHtml(title)}</strong></p>`,
      `<p>${escapeHtml(when)}</p>`,
      `<p>${escapeHtml(todo)}</p>`,
    ]),
    unsubscribe: null,
    picture: null,
  };
}

/** What happened, and whether it did: in the subject as in the text. */
function sentence({ message, evidence }: TakenAlert): string {
  return `${isSimulated(evidence) ? 'Simulated: ' : ''}${oneLine(message)}`;
}

function describe(
  alert: TakenAlert,
  time: Intl.DateTimeFormat,
  links: EmailLinks | null,
): { text: string; html: string } {
  const page = `https://${MARKETPLACES[alert.marketplace].domain}/dp/${alert.asin}`;
  const product = oneLine(alert.title ?? alert.asin);
  const facts = `${alert.severity}, ${time.format(alert.occurred_at)}${alert.rule_name === null ? '' : `, rule “${oneLine(alert.rule_name)}”`}`;
  const off = links && alert.rule_id !== null ? links.rule(alert.rule_id) : null;
  return {
    text: [sentence(alert), `${product} (${alert.asin}, ${alert.marketplace})`, facts, page]
      .concat(off === null ? [] : [`Turn off this rule: ${off}`])
      .join('\n'),
    html:
      `<div style="margin:0 0 20px"><p style="margin:0 0 4px;font-size:16px"><strong>${escapeHtml(sentence(alert))}</strong></p>` +
      `<p style="margin:0;color:#444"><a href="${escapeHtml(page)}">${escapeHtml(product)}</a> (${alert.asin}, ${alert.marketplace})<br>${escapeHtml(facts)}` +
      (off === null ? '' : ` · <a href="${escapeHtml(off)}">turn off this rule</a>`) +
      `</p></div>`,
  };
}

function toFigure({ caption }: Picture): string {
  return (
    `<p style="margin:0 0 20px;color:#666;font-size:12px"><img src="cid:${PICTURE_ID}" width="${PICTURE_WIDTH}" ` +
    `height="${PICTURE_HEIGHT}" alt=""><br>${escapeHtml(caption)}</p>`
  );
}

function toPage(parts: string[]): string {
  return `<!doctype html><html lang="en"><body style="font-family:sans-serif;font-size:14px;color:#111">${parts.join('')}</body></html>`;
}

function timeFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  });
}

/** Titles come from shops and users: a line break of theirs begins no line of ours, and no header. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

function cut(text: string): string {
  const letters = [...text];
  return letters.length <= MAX_SUBJECT ? text : `${letters.slice(0, MAX_SUBJECT - 1).join('')}…`;
}
