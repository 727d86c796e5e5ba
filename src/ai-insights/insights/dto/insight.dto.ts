import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';

export class ReportQuery {
  /** @example "html" */
  @ApiPropertyOptional()
  @IsOptional()
  @IsIn(['json', 'markdown', 'html'])
  format: 'json' | 'markdown' | 'html' = 'json';
}
