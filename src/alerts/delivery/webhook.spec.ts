import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { sign, toCloudEvent } from './webhook';

/** Of the specification's repository: the vector that its libraries share. */
const VECTOR = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  at: new Date(1_614_265_330_000),
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

describe('sign', () => {
  it('should give the signature of the published vector', () => {
    expect(sign(VECTOR.id, VECTOR.at, VECTOR.body, [VECTOR.secret]).headers).toMatchObject({
      'webhook-id': VECTOR.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': VECTOR.signature,
    });
  });

  it('should sign any text as the official library does', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.uuid(),
        fc.uint8Array({ minLength: 24, maxLength: 64 }),
        (body, id, key) => {
          const secret = `whsec_${Buffer.from(key).toString('base64')}`;
          const { headers } = sign(id, VECTOR.at, body, [secret]);
          expect(headers['webhook-signature']).toBe(new Webhook(secret).sign(id, VECTOR.at, body));
        },
      ),
    );
  });

  it('should put a signature by each secret beside the other', () => {
    const second = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
    const { headers } = sign(VECTOR.id, VECTOR.at, VECTOR.body, [second, VECTOR.secret]);
    const expected = [new Webhook(second).sign(VECTOR.id, VECTOR.at, VECTOR.body), VECTOR.signature];
    expect(headers['webhook-signature']).toBe(expected.join(' '));
  });
});

describe('toCloudEvent', () => {
  it('should hold the attributes that CloudEvents 1.0 asks for, and no subject where there is none', () => {
    const facts = { id: '1', source: 'https://a.example/alerts', type: 't', subject: null, time: VECTOR.at };
    expect(JSON.parse(toCloudEvent(facts, { a: 1 }))).toEqual({
      specversion: '1.0',
      id: '1',
      source: 'https://a.example/alerts',
      type: 't',
      time: '2021-02-25T15:02:10.000Z',
      datacontenttype: 'application/json',
      data: { a: 1 },
    });
  });
});
