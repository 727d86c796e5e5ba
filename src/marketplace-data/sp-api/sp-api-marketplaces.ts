import { Marketplace } from '../../common/marketplace';

/** One set of servers, and one refresh token, for each. */
export type SpApiRegion = 'na' | 'eu' | 'fe';

/** Ids as in "Marketplace IDs" of Amazon's Selling Partner API documentation. */
export const SP_API_MARKETPLACES: Readonly<Record<Marketplace, { id: string; region: SpApiRegion }>> = {
  US: { id: 'ATVPDKIKX0DER', region: 'na' },
  CA: { id: 'A2EUQ1WTGCTBG2', region: 'na' },
  MX: { id: 'A1AM78C64UM0Y8', region: 'na' },
  BR: { id: 'A2Q3Y263D00KWC', region: 'na' },
  GB: { id: 'A1F83G8C2ARO7P', region: 'eu' },
  DE: { id: 'A1PA6795UKMFR9', region: 'eu' },
  FR: { id: 'A13V1IB3VIYZZH', region: 'eu' },
  ES: { id: 'A1RKKUPIHCS9HS', region: 'eu' },
  IT: { id: 'APJ6JRA9NG5V4', region: 'eu' },
  NL: { id: 'A1805IZSGTT6HS', region: 'eu' },
  BE: { id: 'AMEN7PMS3EDWL', region: 'eu' },
  IE: { id: 'A28R8C7NBKEWEA', region: 'eu' },
  SE: { id: 'A2NODRKZP88ZB9', region: 'eu' },
  PL: { id: 'A1C3SOZRARQ6R3', region: 'eu' },
  TR: { id: 'A33AVAJ2PDY3EX', region: 'eu' },
  AE: { id: 'A2VIGQ35RCS4UG', region: 'eu' },
  SA: { id: 'A17E79C6D8DWNP', region: 'eu' },
  EG: { id: 'ARBP9OOSHTCHU', region: 'eu' },
  ZA: { id: 'AE08WJ6YKNBMC', region: 'eu' },
  IN: { id: 'A21TJRUUN4KGV', region: 'eu' },
  JP: { id: 'A1VC38T7YXB528', region: 'fe' },
  AU: { id: 'A39IBJ37TRP1C6', region: 'fe' },
  SG: { id: 'A19VAU5U5O7RUS', region: 'fe' },
};

const BY_ID = new Map(Object.entries(SP_API_MARKETPLACES).map(([code, { id }]) => [id, code as Marketplace]));

export function marketplaceOfId(id: string | undefined): Marketplace | undefined {
  return id === undefined ? undefined : BY_ID.get(id);
}
