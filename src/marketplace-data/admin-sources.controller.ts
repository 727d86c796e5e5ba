import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Roles } from '../common/access';
import { SourceView } from './dto/source.view';
import { SourceStatus } from './source-status.service';

@ApiTags('platform')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin/sources')
export class AdminSourcesController {
  constructor(private readonly status: SourceStatus) {}

  /** The configured sources: whether each is asked, its last fault, and its budget of the day. */
  @Get()
  listSources(): Promise<SourceView[]> {
    return this.status.list();
  }
}
