import { Controller, Get, Headers, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { validate as isUuid } from 'uuid';
import { CurrentUser, Identity } from '../../common/access';
import { ValidationError } from '../../common/app-error';
import { AlertStreams } from './alert-stream';

@ApiTags('alerts')
@ApiBearerAuth()
@Controller('alerts/stream')
export class AlertStreamController {
  constructor(private readonly streams: AlertStreams) {}

  /**
   * New alerts as server-sent events named `alert`, as they are made. Goes on after `Last-Event-ID`; an alert of the last
   * seconds before that may come once more, with the same id. It ends when an access token would, and begins anew.
   */
  @Get()
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Id of the last alert that was read' })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  async streamAlerts(
    @CurrentUser() user: Identity,
    @Headers('last-event-id') lastId: string | undefined,
  ): Promise<StreamableFile> {
    if (lastId !== undefined && lastId !== '' && !isUuid(lastId)) {
      throw new ValidationError([{ field: 'Last-Event-ID', message: 'must be the id of an alert' }]);
    }
    const stream = await this.streams.start(
      user.userId,
      lastId === undefined || lastId === '' ? null : lastId.toLowerCase(),
    );
    return new StreamableFile(stream, { type: 'text/event-stream' });
  }
}
