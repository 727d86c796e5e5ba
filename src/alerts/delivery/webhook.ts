import { createHmac } from 'node:crypto';

/** A signed message's headers and body. */
export interface SignedMessage {
  headers: Record<string, string>;
  body: string;
}

/** What a CloudEvent says of itself beside its data. */
export interface EventFacts {
  id: string;
  source: string;
  type: string;
  subject: string | null;
  time: Date;
}

/** CloudEvents 1.0 in structured JSON mode. */
export function toCloudEvent({ id, source, type, subject, time }: EventFacts, data: object): string {
  return JSON.stringify({
    specversion: '1.0',
    id,
    source,
    type,
    ...(subject === null ? {} : { subject }),
    time: time.toISOString(),
    datacontenttype: 'application/json',
    data,
  });
}

/**
 * Signs after Standard Webhooks 1.0 (standardwebhooks.com): HMAC-SHA256 of `id.seconds.body`. While a secret is being
 * rotated there is a signature by each, and a receiver that knows one of them is content.
 */
export function sign(id: string, at: Date, body: string, secrets: readonly string[]): SignedMessage {
  const seconds = Math.floor(at.getTime() / 1000);
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
  });
  return {
    headers: {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'user-agent': 'amazon-insights-platform',
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': signatures.join(' '),
    },
    body,
  };
}
