import { Body, Controller, Headers, HttpCode, Post, Query, StreamableFile } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiOkResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { Readable } from 'node:stream';
import { CurrentUser, Identity } from '../common/access';
import { AppError } from '../common/app-error';
import { FileImportQuery } from './dto/price-history.dto';
import { FileImportView } from './dto/price-history.view';
import { FileImportService, lastLine, RowReport } from './file-import.service';

@ApiTags('price-history')
@ApiBearerAuth()
@Controller('price-history')
export class FileImportController {
  constructor(private readonly files: FileImportService) {}

  /**
   * Adds a file about many listings to your own history: a CSV that Keepa's web site exported, or our own CSV or NDJSON. Of any
   * size, and safe to repeat.
   */
  @Post('import')
  @HttpCode(200)
  @ApiConsumes('text/csv', 'application/x-ndjson')
  @ApiExtraModels(FileImportView)
  @ApiBody({
    schema: { type: 'string', example: 'asin,metric,time,value\nB0SIMA0001,price,2026-01-01T00:00:00Z,15.99\n' },
  })
  @ApiOkResponse({
    content: {
      'application/json': { schema: { $ref: getSchemaPath(FileImportView) } },
      'application/x-ndjson': { schema: { type: 'string' } },
    },
  })
  async importFile(
    @CurrentUser() user: Identity,
    @Headers('content-type') contentType: string | undefined,
    @Query() query: FileImportQuery,
    @Body() body: unknown,
  ): Promise<FileImportView | StreamableFile> {
    if (!(body instanceof Readable)) {
      throw new AppError('unsupported_media_type', 'The body is text/csv or application/x-ndjson');
    }
    const format = contentType?.toLowerCase().startsWith('text/csv') ? 'csv' : 'ndjson';
    const reports = this.files.import(user.userId, format, query, body);
    if (query.report === 'rows') {
      return new StreamableFile(Readable.from(toLines(reports)), { type: 'application/x-ndjson' });
    }
    for (;;) {
      const { done, value } = await reports.next();
      if (done) return value;
    }
  }
}

/** Once a line is on its way the status is too: a fault after it is the last line. */
async function* toLines(reports: AsyncGenerator<RowReport, FileImportView>): AsyncGenerator<string> {
  try {
    for (;;) {
      const { done, value } = await reports.next();
      yield `${JSON.stringify(done ? lastLine(value) : value)}\n`;
      if (done) return;
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    yield `${JSON.stringify(lastLine(error))}\n`;
  }
}
