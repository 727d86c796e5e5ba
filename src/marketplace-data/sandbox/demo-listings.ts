import { Marketplace } from '../../common/marketplace';

/** What the demo account tracks: two rivals, stock-outs, promotions, a currency without minor units. */
export const DEMO_LISTINGS: { marketplace: Marketplace; asin: string }[] = [
  { marketplace: 'US', asin: 'B0SIMA0001' },
  { marketplace: 'US', asin: 'B0SIMA0002' },
  { marketplace: 'US', asin: 'B0SIMB0003' },
  { marketplace: 'US', asin: 'B0SIMH0004' },
  { marketplace: 'DE', asin: 'B0SIMC0005' },
  { marketplace: 'JP', asin: 'B0SIMG0006' },
];
