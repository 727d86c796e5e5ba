import { ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { Metric, METRIC_NAMES } from '../../common/metric';
import { PlainText } from '../../common/text';
import { Baseline, BASELINES, CONDITION_KINDS, ConditionKind, Rearm, REARMS } from '../rules/condition';

export const MOST_REPLAYED_DAYS = 365;

/** Most who write a point mean dollars or stars. */
const IS_NO_AMOUNT =
  'must be a whole number of the smallest unit: 1599 for 15.99, 35 for 3.5 stars, 2530 for yen, ranks and counts as they are';

export class ConditionDto {
  /**
   * `rises`, `falls`, `changes`: moves away from its baseline. `at_most`, `at_least`: reaches a value. `gone`, `back`: no value any more, as
   * of a price without an offer, or one again. `undercut`: your price is above that of the cheapest confirmed competitor; the price is that of the
   * buy box, or where there is none the lowest new one, and one that was last seen more than a week ago does not count.
   * `new_competitor`: a discovery suggests listings that it never suggested before. `content_changed`: title, brand, category, bullets, number of
   * pictures or main picture. `seller_changed`: another seller has the buy box. `buy_box_lost`, `buy_box_won`: by one of your own seller ids. `source_failing`: no
   * good reading for `hours`, though checks were made.
   * @example "falls"
   */
  @IsIn(CONDITION_KINDS)
  kind: ConditionKind;

  /**
   * Of the kinds up to `back`, which need one: `price` gone is out of stock, `buy_box_price` gone is a buy box that nobody holds.
   * @example "price"
   */
  @IsOptional()
  @IsIn(METRIC_NAMES)
  metric?: Metric;

  /** What a move is compared with: the good reading before it, the value `hours` ago, or the median of the 30 days before. */
  @ApiPropertyOptional({ enum: BASELINES, default: 'previous' })
  @IsOptional()
  @IsIn(BASELINES)
  baseline?: Baseline;

  /** Of the baseline `hours_ago`, and of `source_failing`; 24 without it. @example 24 */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(720)
  hours?: number;

  /**
   * Of `rises` and `falls`, from 0.1; without it or `amount`: 10 for money, 30 for ranks, 5 for the rest. Of `undercut`, by how much of the
   * competitor's price yours is above it; 0, by anything, without it.
   * @example 10
   */
  @IsOptional()
  @IsNumber({ maxDecimalPlaces: 2 })
  @Min(0)
  @Max(10_000)
  percent?: number;

  /** Of `rises` and `falls`, instead of `percent`: minor units of money, ranks, tenths of a star, or a count. @example 200 */
  @IsOptional()
  @IsInt({ message: IS_NO_AMOUNT })
  @Min(1)
  @Max(2_000_000_000)
  amount?: number;

  /** Only moves that stand out of the series' own noise: so many false alarms a week it may cause. @example 0.5 */
  @IsOptional()
  @IsNumber({ maxDecimalPlaces: 3 })
  @Min(0.01)
  @Max(50)
  falseAlarmsPerWeek?: number;

  /** Of `at_most` and `at_least`, in the same units as `amount`. @example 1500 */
  @IsOptional()
  @IsInt({ message: IS_NO_AMOUNT })
  @Min(0)
  @Max(2_000_000_000)
  value?: number;

  /**
   * Before it can be reached again: of `at_most` and `at_least` how far it has to go back, in percent of the value; of `undercut` how far the
   * distance has to shrink below `percent`, in percentage points, or to nothing.
   */
  @ApiPropertyOptional({ default: 2, minimum: 0, maximum: 50 })
  @IsOptional()
  @IsNumber({ maxDecimalPlaces: 2 })
  @Min(0)
  @Max(50)
  hysteresisPercent?: number;

  /** Of what happens at a time (`new_competitor`, `content_changed`, `seller_changed`, `buy_box_*`): beside other conditions it holds for so long after. */
  @ApiPropertyOptional({ default: 24, minimum: 1, maximum: 720 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(720)
  withinHours?: number;
}

export class CreateAlertRuleDto {
  /** @example "Price falls" */
  @IsOptional()
  @PlainText()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  name?: string | null;

  /** All of them have to hold. @example [{"kind": "undercut", "percent": 5}] */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(5)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ConditionDto)
  conditions: ConditionDto[];

  /**
   * After an alert there is none of the same product for so long; the last that it holds back is told when it is over, unless that is undone by
   * then. Without it a day; for rules of `new_competitor` alone 0, and of
   * `content_changed` an hour.
   */
  @ApiPropertyOptional({ minimum: 0, maximum: 43200, example: 1440 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(43_200)
  cooldownMinutes?: number;

  /**
   * When it may fire again: after the cooldown, once what it told is over, or when both are so. A move from the previous reading is over with
   * the next one, a level once it is left by its hysteresis, what happened at once.
   */
  @ApiPropertyOptional({ enum: REARMS, default: 'cooldown_and_return', example: 'cooldown_and_return' })
  @IsOptional()
  @IsIn(REARMS)
  rearm?: Rearm;

  /** Channels that are told; null or left out: every channel of yours. @example ["0195f9a0-0000-7000-8000-000000000000"] */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @ArrayUnique()
  @IsUUID(undefined, { each: true })
  channelIds?: string[] | null;

  /** @example true */
  @IsOptional()
  @IsBoolean()
  isActive?: boolean;
}

export class CreateScopedAlertRuleDto extends CreateAlertRuleDto {
  /** Products with this tag; without it all of yours. @example "kitchen" */
  @IsOptional()
  @PlainText()
  @IsString()
  @MinLength(1)
  @MaxLength(50)
  tag?: string | null;
}

export class UpdateAlertRuleDto extends PartialType(CreateAlertRuleDto, { skipNullProperties: false }) {}

export class ReplayDto {
  /** A rule that is saved; or `rule`. @example "0195f9a0-0000-7000-8000-000000000000" */
  @IsOptional()
  @IsUUID()
  ruleId?: string;

  /** One that is not. @example {"conditions": [{"kind": "falls", "metric": "price"}]} */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => CreateScopedAlertRuleDto)
  rule?: CreateScopedAlertRuleDto;

  /** With `rule`: of one product. @example "0195f9a0-0000-7000-8000-000000000000" */
  @IsOptional()
  @IsUUID()
  productId?: string;

  /** @example 90 */
  @IsOptional()
  @IsInt()
  @Min(30)
  @Max(MOST_REPLAYED_DAYS)
  days?: number;

  /** The percentage of its moves, or of `undercut`, is looked for that would give so many alerts a week. @example 1 */
  @IsOptional()
  @IsNumber({ maxDecimalPlaces: 2 })
  @Min(0.05)
  @Max(100)
  alertsPerWeek?: number;
}
