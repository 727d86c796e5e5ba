import { ArrayMaxSize, IsArray, IsIn, IsInt, IsOptional, Max, Min, ValidateBy } from 'class-validator';
import { IsAsin, UpperCased } from '../../../common/asin-field';
import { MAX_ROWS } from '../../../common/csv-rows';
import { parseIsoTime } from '../../../common/iso-time';
import { Marketplace, MARKETPLACE_CODES } from '../../../common/marketplace';

const DAY_LENGTH = '2026-01-31'.length;
/** Amazon's first year. */
const FIRST_DAY = '1995-01-01';

const isDay = ValidateBy({
  name: 'isDay',
  validator: {
    validate: (value) =>
      typeof value === 'string' && value.length === DAY_LENGTH && value >= FIRST_DAY && parseIsoTime(value) !== null,
    defaultMessage: () => `$property must be a day in ISO 8601, from ${FIRST_DAY} on`,
  },
});

/** Units of an ASIN in a period. */
export class OwnSalesRowDto {
  /** Of a product that you track. Any case. @example "B0SIMA0001" */
  @UpperCased()
  @IsAsin()
  asin: string;

  /** @example "US" */
  @IsOptional()
  @UpperCased()
  @IsIn(MARKETPLACE_CODES)
  marketplace?: Marketplace;

  /** First day, UTC. @example "2026-01-01" */
  @isDay
  from: string;

  /** Last day, UTC, inclusive; before today. @example "2026-01-31" */
  @isDay
  to: string;

  /** What was sold in the period; 0 is a number too. @example 310 */
  @IsInt()
  @Min(0)
  @Max(10_000_000)
  units: number;
}

/** Rows are checked one by one, so that a bad one is a result and not a refusal of all. */
export class ImportOwnSalesDto {
  /** Up to 1000 rows. @example [{ "asin": "B0SIMA0001", "marketplace": "US", "from": "2026-01-01", "to": "2026-01-31", "units": 310 }] */
  @IsArray()
  @ArrayMaxSize(MAX_ROWS)
  sales: unknown[];
}
