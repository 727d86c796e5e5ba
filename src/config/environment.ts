import 'reflect-metadata';
import { plainToInstance, Transform, Type } from 'class-transformer';
import {
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Max,
  Min,
  MinLength,
  ValidateBy,
  validateSync,
  ValidationError,
} from 'class-validator';
import { validateCronExpression } from 'cron';
import { parseFirecrawlSettings } from './firecrawl-settings';
import { parsePorts, parseRanges } from './outbound-rules';
import { parseRetention } from './retention';
import { parseDailyLimits, SourceOrder } from './source-order';

const ALL_ROLES = ['api', 'worker', 'scheduler'] as const;
export type ProcessRole = (typeof ALL_ROLES)[number];

const toFlag = Transform(({ value }: { value: unknown }) =>
  value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value,
);
const toList = Transform(({ value }: { value: unknown }) =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
    : value,
);
/** An address of one of these protocols; host names need no dot, as in a compose file. */
function isAddress(protocols: string[], each = false): PropertyDecorator {
  const message = `$property must be an address like ${protocols[0]}://host`;
  return IsUrl({ protocols, require_tld: false, require_protocol: true, allow_underscores: true }, { each, message });
}
const FLAG = { message: '$property must be true or false' };
const isCron = ValidateBy({
  name: 'isCron',
  validator: {
    validate: (value) => typeof value === 'string' && validateCronExpression(value).valid,
    defaultMessage: () => '$property must be a cron expression of 5 fields, or 6 with seconds first',
  },
});

/** Text that `parse` understands; what it throws says what is allowed. */
const isReadBy = (name: string, parse: (text: string) => unknown) =>
  ValidateBy({
    name,
    validator: {
      validate: (value) => typeof value === 'string' && reasonAgainst(parse, value) === undefined,
      defaultMessage: (given) =>
        `$property is not usable: ${reasonAgainst(parse, String(given?.value)) ?? 'not a text'}`,
    },
  });

function reasonAgainst(parse: (text: string) => unknown, text: string): string | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'not readable';
  }
}

/**
 * Every variable the program reads, with what is allowed. `.env.example` documents the same list.
 * Types are written out even where TypeScript could infer them: conversion works on the emitted type.
 */
export class Environment {
  @IsIn(['development', 'production', 'test'])
  NODE_ENV: 'development' | 'production' | 'test' = 'development';

  @IsOptional()
  @IsString()
  HOST?: string;

  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  PORT: number = 3000;

  @toList
  @IsIn(ALL_ROLES, { each: true })
  @IsNotEmpty({ message: '$property must name at least one of: api, worker, scheduler' })
  ROLES: ProcessRole[] = [...ALL_ROLES];

  @IsString()
  DATA_DIR: string = '.data';

  @IsOptional()
  @isAddress(['postgres', 'postgresql'])
  DATABASE_URL?: string;

  @Type(() => Number)
  @IsInt()
  @Min(2)
  @Max(200)
  DATABASE_POOL_SIZE: number = 10;

  @IsOptional()
  @toFlag
  @IsBoolean(FLAG)
  MIGRATE_ON_START?: boolean;

  @IsOptional()
  @isAddress(['redis', 'rediss'])
  REDIS_URL?: string;

  @IsOptional()
  @IsString()
  @MinLength(32)
  JWT_SECRET?: string;

  @Type(() => Number)
  @IsInt()
  @Min(60)
  @Max(86_400)
  ACCESS_TOKEN_SECONDS: number = 900;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(365)
  REFRESH_TOKEN_DAYS: number = 30;

  @toList
  @isAddress(['https', 'http'], true)
  CORS_ORIGINS: string[] = [];

  @toFlag
  @IsBoolean(FLAG)
  TRUST_PROXY: boolean = false;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  LIMIT_LOGIN_PER_MINUTE: number = 5;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  LIMIT_PRODUCT_READS_PER_MINUTE: number = 100;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  LIMIT_REQUESTS_PER_MINUTE: number = 300;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  MAX_PRODUCTS_PER_USER: number = 100;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  MAX_ALERT_RULES_PER_PRODUCT: number = 10;

  @Type(() => Number)
  @IsInt()
  @Min(15)
  @Max(10_080)
  REFRESH_INTERVAL_MINUTES: number = 360;

  @isCron
  REFRESH_CRON: string = '* * * * *';

  @isCron
  PACK_CRON: string = '30 3 * * *';

  @isCron
  DISCOVERY_CRON: string = '0 2 * * *';

  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(365)
  DISCOVERY_SEARCH_DAYS: number = 7;

  @isCron
  ANALYSIS_CRON: string = '0 3 * * *';

  @Type(() => Number)
  @IsInt()
  @Min(1)
  ANALYSIS_RETENTION_DAYS: number = 730;

  @isCron
  ANALYTICS_CRON: string = '15 3 * * *';

  @isCron
  INSIGHTS_CRON: string = '30 3 * * *';

  @isCron
  INSIGHTS_REQUEUE_CRON: string = '*/5 * * * *';

  @Type(() => Number)
  @IsInt()
  @Min(1)
  INSIGHT_RETENTION_DAYS: number = 180;

  @isCron
  SALES_FIT_CRON: string = '0 5 * * *';

  @isCron
  CLEANUP_CRON: string = '0 4 * * 0';

  @Type(() => Number)
  @IsInt()
  @Min(60)
  HISTORY_RETENTION_DAYS: number = 3650;

  @isReadBy('isRetention', parseRetention)
  HISTORY_RETENTION: string = '';

  @Type(() => Number)
  @IsInt()
  @Min(1)
  CHECK_RETENTION_DAYS: number = 30;

  @Type(() => Number)
  @IsInt()
  @Min(60)
  LISTING_CHANGE_RETENTION_DAYS: number = 3650;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(64)
  WORKER_CONCURRENCY: number = 4;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  RETRY_DELAY_SECONDS: number = 60;

  @IsOptional()
  @isAddress(['https', 'http'])
  PUBLIC_URL?: string;

  @IsOptional()
  @isAddress(['smtp', 'smtps'])
  SMTP_URL?: string;

  @IsOptional()
  @IsEmail()
  SMTP_FROM?: string;

  @IsOptional()
  @IsString()
  @MinLength(32)
  CHANNEL_SECRET_KEY?: string;

  @isReadBy('isPorts', parsePorts)
  OUTBOUND_PORTS: string = '80,443,8080,8443';

  @isReadBy('isRanges', parseRanges)
  ALLOWED_PRIVATE_RANGES: string = '';

  @isCron
  DELIVERY_CRON: string = '* * * * *';

  @Type(() => Number)
  @IsInt()
  @Min(1)
  DELIVERY_RETENTION_DAYS: number = 90;

  @IsOptional()
  @isAddress(['https', 'http'])
  LLM_BASE_URL?: string;

  @IsOptional()
  @IsString()
  LLM_MODEL?: string;

  @IsOptional()
  @IsString()
  LLM_API_KEY?: string;

  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(2)
  LLM_TEMPERATURE?: number;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(600)
  LLM_TIMEOUT_SECONDS: number = 60;

  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_000_000_000)
  LLM_DAILY_TOKENS_PER_USER: number = 100_000;

  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  LLM_INPUT_PRICE?: number;

  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  LLM_OUTPUT_PRICE?: number;

  @IsOptional()
  @IsString()
  KEEPA_API_KEY?: string;

  @isAddress(['https', 'http'])
  KEEPA_BASE_URL: string = 'https://api.keepa.com';

  @IsOptional()
  @IsString()
  FIRECRAWL_API_KEY?: string;

  @IsOptional()
  @isAddress(['https', 'http'])
  FIRECRAWL_BASE_URL?: string;

  @isReadBy('isFirecrawlSettings', parseFirecrawlSettings)
  FIRECRAWL_SETTINGS: string = '';

  @IsOptional()
  @IsString()
  SP_API_CLIENT_ID?: string;

  @IsOptional()
  @IsString()
  SP_API_CLIENT_SECRET?: string;

  @IsOptional()
  @IsString()
  SP_API_REFRESH_TOKEN_NA?: string;

  @IsOptional()
  @IsString()
  SP_API_REFRESH_TOKEN_EU?: string;

  @IsOptional()
  @IsString()
  SP_API_REFRESH_TOKEN_FE?: string;

  @toFlag
  @IsBoolean(FLAG)
  SP_API_SANDBOX: boolean = false;

  @IsOptional()
  @isAddress(['https', 'http'])
  SP_API_BASE_URL?: string;

  @isAddress(['https', 'http'])
  SP_API_LWA_URL: string = 'https://api.amazon.com/auth/o2/token';

  @isReadBy('isSourceOrder', (text) => SourceOrder.parse(text))
  SOURCE_ORDER: string = '';

  @isReadBy('isDailyBudget', parseDailyLimits)
  SOURCE_DAILY_BUDGET: string = '';

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  FAILING_AFTER_CHECKS: number = 1;

  @IsOptional()
  @toFlag
  @IsBoolean(FLAG)
  SANDBOX?: boolean;

  @IsString()
  SANDBOX_SEED: string = 'amazon-insights';

  @IsOptional()
  @toFlag
  @IsBoolean(FLAG)
  DEMO?: boolean;

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  LOG_LEVEL: string = 'info';

  @Type(() => Number)
  @IsInt()
  @Min(1)
  SLOW_QUERY_MS: number = 500;
}

/** Variables whose value is a secret and must not be a sample one in production. */
const SECRETS = [
  'JWT_SECRET',
  'CHANNEL_SECRET_KEY',
  'LLM_API_KEY',
  'KEEPA_API_KEY',
  'FIRECRAWL_API_KEY',
  'SP_API_CLIENT_SECRET',
  'SP_API_REFRESH_TOKEN_NA',
  'SP_API_REFRESH_TOKEN_EU',
  'SP_API_REFRESH_TOKEN_FE',
] as const;
const PLACEHOLDER = /change.?me|placeholder|example|your[-_ ]|secret-?key|^secret|^(.)\1+$|x{6,}/i;

/** Those without a default. */
const OPTIONAL_NAMES = [
  'HOST',
  'DATABASE_URL',
  'MIGRATE_ON_START',
  'REDIS_URL',
  'JWT_SECRET',
  'PUBLIC_URL',
  'SMTP_URL',
  'SMTP_FROM',
  'CHANNEL_SECRET_KEY',
  'LLM_BASE_URL',
  'LLM_MODEL',
  'LLM_API_KEY',
  'LLM_TEMPERATURE',
  'LLM_INPUT_PRICE',
  'LLM_OUTPUT_PRICE',
  'KEEPA_API_KEY',
  'FIRECRAWL_API_KEY',
  'FIRECRAWL_BASE_URL',
  'SP_API_CLIENT_ID',
  'SP_API_CLIENT_SECRET',
  'SP_API_REFRESH_TOKEN_NA',
  'SP_API_REFRESH_TOKEN_EU',
  'SP_API_REFRESH_TOKEN_FE',
  'SP_API_BASE_URL',
  'SANDBOX',
  'DEMO',
];

export const VARIABLE_NAMES: ReadonlySet<string> = new Set([...Object.keys(new Environment()), ...OPTIONAL_NAMES]);

export class ConfigurationError extends Error {}

/**
 * Reads and checks the environment; an empty variable counts as not set.
 * @throws ConfigurationError naming each wrong variable and what is allowed, never its value
 */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const given = Object.fromEntries(
    Object.entries(env).filter(
      ([name, value]) => VARIABLE_NAMES.has(name) && value !== undefined && value.trim() !== '',
    ),
  );
  const environment = plainToInstance(Environment, given);
  const problems = validateSync(environment).map(toProblem);
  problems.push(...spApiProblems(environment));
  if (environment.SMTP_URL !== undefined && environment.SMTP_FROM === undefined) {
    problems.push('SMTP_FROM must be set together with SMTP_URL');
  }
  problems.push(...modelProblems(environment));
  if (environment.NODE_ENV === 'production') problems.push(...productionProblems(environment));
  if (problems.length > 0) {
    throw new ConfigurationError(
      `The configuration is not usable:\n${problems.map((line) => `  - ${line}`).join('\n')}`,
    );
  }
  return environment;
}

function toProblem(error: ValidationError): string {
  return Object.values(error.constraints ?? {}).join(', ');
}

/** The credentials of SP-API make sense together only. */
function spApiProblems(environment: Environment): string[] {
  const tokens = [
    environment.SP_API_REFRESH_TOKEN_NA,
    environment.SP_API_REFRESH_TOKEN_EU,
    environment.SP_API_REFRESH_TOKEN_FE,
  ];
  const given = [
    environment.SP_API_CLIENT_ID !== undefined,
    environment.SP_API_CLIENT_SECRET !== undefined,
    tokens.some((token) => token !== undefined),
  ];
  if (given.every(Boolean) || !given.some(Boolean)) return [];
  return ['SP_API_CLIENT_ID, SP_API_CLIENT_SECRET and at least one SP_API_REFRESH_TOKEN_… must be set together'];
}

/** A model is an address and a name; a price is one of both directions. */
function modelProblems(environment: Environment): string[] {
  const { LLM_BASE_URL, LLM_MODEL, LLM_API_KEY, LLM_INPUT_PRICE, LLM_OUTPUT_PRICE } = environment;
  const problems: string[] = [];
  const isWanted = [LLM_BASE_URL, LLM_MODEL, LLM_API_KEY].some((value) => value !== undefined);
  if (isWanted && (LLM_BASE_URL === undefined || LLM_MODEL === undefined)) {
    problems.push('LLM_BASE_URL and LLM_MODEL must be set together, and LLM_API_KEY only with them');
  }
  if ((LLM_INPUT_PRICE === undefined) !== (LLM_OUTPUT_PRICE === undefined)) {
    problems.push('LLM_INPUT_PRICE and LLM_OUTPUT_PRICE must be set together');
  }
  return problems;
}

function productionProblems(environment: Environment): string[] {
  const problems: string[] = [];
  if (!environment.JWT_SECRET) problems.push('JWT_SECRET must be set in production (32 characters or more)');
  if (!environment.DATABASE_URL) problems.push('DATABASE_URL must be set in production');
  for (const name of SECRETS) {
    const value = environment[name];
    if (value !== undefined && PLACEHOLDER.test(value))
      problems.push(`${name} must not be a placeholder in production`);
  }
  return problems;
}
