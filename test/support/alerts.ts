import { v7 as uuidv7 } from 'uuid';
import { Deliveries } from '../../src/alerts/delivery/deliveries.service';
import { Answer, TestApp } from './app';

let asins = 0;
let addresses = 0;

export async function newProduct(api: TestApp, token: string, facts: object = {}): Promise<string> {
  const asin = `B0${String(++asins).padStart(8, '0')}`;
  const { body } = (await api.call('post', '/products', token).send({ asin, ...facts })) as Answer;
  return (body as { id: string }).id;
}

/** A rule as it lies in the table, for tests that are not about evaluation. */
export async function newRule(
  api: TestApp,
  userId: string,
  { name = null, channelIds = null }: { name?: string | null; channelIds?: string[] | null } = {},
): Promise<string> {
  const id = uuidv7();
  await api.postgres.query(
    `INSERT INTO alert_rule (id, user_id, name, conditions, cooldown_minutes, rearm, channel_ids, created_at, updated_at)
     VALUES ($1, $2, $3, '[]', 0, 'cooldown', $4, now(), now())`,
    [id, userId, name, channelIds],
  );
  return id;
}

/** A channel to an address that is confirmed, each of another one. */
export async function newMailChannel(
  api: TestApp,
  token: string,
  more: object = {},
): Promise<{ id: string; address: string }> {
  const address = `seller${++addresses}@shop.example`;
  const { body } = (await api.call('post', '/channels', token).send({ kind: 'email', address, ...more })) as Answer;
  const { id } = body as { id: string };
  await api.postgres.query('DELETE FROM delivery WHERE channel_id = $1', [id]);
  await api.postgres.query('UPDATE channel SET confirmed_at = now() WHERE id = $1', [id]);
  return { id, address };
}

export interface TestAlert {
  userId: string;
  ruleId: string;
  productId: string;
  message?: string;
  evidence?: object[];
}

/** Makes alerts and plans their deliveries in one transaction, as the engine does. */
export async function raise(api: TestApp, alerts: TestAlert[]): Promise<string[]> {
  const ids = alerts.map(() => uuidv7());
  await api.postgres.transaction(async (sql) => {
    await sql.query(
      `INSERT INTO alert (id, user_id, rule_id, product_id, severity, message, evidence, occurred_at, created_at)
       SELECT id, user_id, rule_id, product_id, 'warning', message, evidence::jsonb, '2026-11-24T10:00:00Z'::timestamptz + number * interval '1 second'
         + (SELECT count(*) FROM alert) * interval '1 second', now()
       FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[])
         WITH ORDINALITY AS t(id, user_id, rule_id, product_id, message, evidence, number)`,
      [
        ids,
        alerts.map(({ userId }) => userId),
        alerts.map(({ ruleId }) => ruleId),
        alerts.map(({ productId }) => productId),
        alerts.map(({ message }, index) => message ?? `message ${index}`),
        alerts.map(({ evidence = [] }) => JSON.stringify(evidence)),
      ],
    );
    await api.app.get(Deliveries).plan(sql, ids);
  });
  return ids;
}
