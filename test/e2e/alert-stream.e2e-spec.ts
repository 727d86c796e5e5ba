import { request as httpRequest, IncomingMessage } from 'node:http';
import { newMailChannel, newProduct, newRule, raise } from '../support/alerts';
import { Answer, startTestApp, TestApp } from '../support/app';
import { eventually } from '../support/polling';
import { ScriptedSource } from '../support/scripted-source';

interface StreamedAlert {
  id: string;
  event: string;
  data: { id: string; message: string; productId: string; severity: string };
}

/** A reader of server-sent events. */
class EventReader {
  text = '';
  isOpen = true;

  private constructor(
    readonly response: IncomingMessage,
    private readonly stop: () => void,
  ) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (this.text += chunk));
    response.on('error', () => undefined);
    response.on('close', () => (this.isOpen = false));
  }

  static open(url: string, token: string, lastId?: string): Promise<EventReader> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
      };
      const call = httpRequest(`${url}/api/v1/alerts/stream`, { headers, agent: false }, (response) => {
        resolve(new EventReader(response, () => call.destroy()));
      });
      call.on('error', reject);
      call.end();
    });
  }

  get alerts(): StreamedAlert[] {
    return this.text
      .split('\n\n')
      .filter((block) => block.startsWith('id: '))
      .map((block) => {
        const fields = new Map(
          block.split('\n').map((line) => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)]),
        );
        return {
          id: fields.get('id') ?? '',
          event: fields.get('event') ?? '',
          data: JSON.parse(fields.get('data') ?? '{}') as StreamedAlert['data'],
        };
      });
  }

  get messages(): string[] {
    return this.alerts.map(({ data }) => data.message);
  }

  /** All messages, once there are so many. */
  async first(count: number): Promise<string[]> {
    await eventually(() => Promise.resolve(this.messages.length >= count), `${count} alerts`);
    return this.messages;
  }

  close(): void {
    this.stop();
  }
}

describe('GET /alerts/stream', () => {
  let api: TestApp;
  /** Another process on the same database. */
  let second: TestApp;
  let owner: { userId: string; token: string };
  let other: { userId: string; token: string };
  let ruleId: string;
  let productId: string;
  const readers: EventReader[] = [];

  beforeAll(async () => {
    api = await startTestApp({ sources: [new ScriptedSource()] });
    second = await startTestApp({ sources: [new ScriptedSource()], databaseUrl: api.databaseUrl });
    owner = await api.login('owner');
    other = await api.login('other');
    productId = await newProduct(api, owner.token);
  });
  afterAll(async () => {
    await second.close();
    await api.close();
  });
  beforeEach(async () => {
    await api.postgres.query('DELETE FROM alert');
    await api.postgres.query('DELETE FROM channel');
    ruleId = await newRule(api, owner.userId);
  });
  afterEach(() => {
    for (const reader of readers.splice(0)) reader.close();
  });

  async function open(token: string, lastId?: string): Promise<EventReader> {
    const reader = await EventReader.open(api.url, token, lastId);
    readers.push(reader);
    return reader;
  }
  /** Once a line to the database is there, which is opened with the first stream. */
  const listening = () =>
    eventually(
      async () =>
        (
          await api.postgres.query(
            `SELECT FROM pg_stat_activity WHERE application_name = 'amazon-insights alert_made' AND datname = current_database()
               AND query IN ('LISTEN alert_made', 'SELECT 1')`,
          )
        ).length > 0,
      'the line for alerts',
    );
  const make = (by: TestApp, ...messages: string[]) =>
    raise(
      by,
      messages.map((message) => ({ userId: owner.userId, ruleId, productId, message })),
    );

  it('should tell of alerts as they are made, by whichever process, and of none before', async () => {
    await make(api, 'before');
    const reader = await open(owner.token);
    expect(reader.response.headers['content-type']).toBe('text/event-stream');
    expect(reader.response.headers['cache-control']).toBe('no-store');
    await listening();
    const [id] = await make(second, 'one');
    await make(api, 'two', 'three');
    expect(await reader.first(3)).toEqual(['one', 'two', 'three']);
    expect(reader.alerts[0]).toMatchObject({ id, event: 'alert', data: { id, productId, severity: 'warning' } });
  });

  it('should go on after the last id that was read', async () => {
    const ids = await make(api, 'one', 'two', 'three');
    const reader = await open(owner.token, ids[2]);
    await listening();
    await make(api, 'four');
    await eventually(() => Promise.resolve(reader.messages.includes('four')), 'the alert after');
    // What was made within seconds of the last id may come once more; that itself does not.
    expect(reader.messages).not.toContain('three');
  });

  it('should tell nobody of the alerts of others', async () => {
    const foreign = await open(other.token);
    const reader = await open(owner.token);
    await listening();
    await make(api, 'mine');
    expect(await reader.first(1)).toEqual(['mine']);
    const { body } = (await api.call('get', '/alerts/stream')) as Answer;
    expect(body).toMatchObject({ errorCode: 'unauthenticated' });
    expect(foreign.messages).toEqual([]);
  });

  it('should leave out alerts of rules that name other channels only', async () => {
    const channel = async (body: object) =>
      ((await api.call('post', '/channels', owner.token).send(body)) as Answer & { body: { id: string } }).body.id;
    const { id: mail } = await newMailChannel(api, owner.token);
    const inApp = await channel({ kind: 'in_app' });
    const reader = await open(owner.token);
    await listening();
    const byMail = await newRule(api, owner.userId, { channelIds: [mail] });
    const both = await newRule(api, owner.userId, { channelIds: [mail, inApp] });
    await raise(api, [
      { userId: owner.userId, ruleId: byMail, productId, message: 'by mail' },
      { userId: owner.userId, ruleId: both, productId, message: 'by both' },
    ]);
    expect(await reader.first(1)).toEqual(['by both']);
  });

  it('should hear of alerts again after its line to the database was cut', async () => {
    const reader = await open(owner.token);
    await listening();
    await api.postgres.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'amazon-insights alert_made'
         AND datname = current_database()`,
    );
    await make(api, 'during');
    expect(await reader.first(1)).toEqual(['during']);
  });

  it('should refuse an id that is none', async () => {
    const answer = (await api.call('get', '/alerts/stream', owner.token).set('Last-Event-ID', 'x')) as Answer;
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: 'Last-Event-ID' }] } });
  });

  it('should refuse more than ten streams of a user', async () => {
    for (let count = 0; count < 10; count++) await open(owner.token);
    const answer = (await api.call('get', '/alerts/stream', owner.token)) as Answer;
    expect(answer.status).toBe(429);
  });

  it('should end its streams when the process ends', async () => {
    const third = await startTestApp({ sources: [new ScriptedSource()], databaseUrl: api.databaseUrl });
    const reader = await EventReader.open(third.url, owner.token);
    await third.close();
    expect(await eventually(() => Promise.resolve(!reader.isOpen), 'the end of the stream')).toBe(true);
  });
});
