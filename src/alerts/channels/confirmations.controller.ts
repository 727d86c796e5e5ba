import { Controller, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiConsumes, ApiExcludeEndpoint, ApiTags } from '@nestjs/swagger';
import { Public } from '../../common/access';
import { escapeHtml } from '../../common/text';
import { mailPage } from '../delivery/mail-page';
import { Confirmations } from './confirmations.service';

/** Links in mails that ask for a confirmation. Their signature is the permission. */
@ApiTags('alerts')
@Public()
@Controller('confirm-address')
export class ConfirmationsController {
  constructor(private readonly confirmations: Confirmations) {}

  /** For a person who follows the link: a button. Looking at it changes nothing, as scanners of mails look at every link. */
  @Get(':token')
  @Header('content-type', 'text/html; charset=utf-8')
  @ApiExcludeEndpoint()
  async showConfirmation(@Param('token') token: string): Promise<string> {
    const address = await this.confirmations.addressOf(token);
    return mailPage(`<form method="post"><button>Confirm ${escapeHtml(address)}</button></form>`);
  }

  /** Confirms the address that a mail was sent to. Needs no login: the token is signed, and expires. */
  @Post(':token')
  @HttpCode(200)
  @Header('content-type', 'text/html; charset=utf-8')
  @ApiConsumes('application/x-www-form-urlencoded', 'multipart/form-data', 'application/json')
  @ApiConflictResponse({ description: 'The link has expired' })
  async confirmAddress(@Param('token') token: string): Promise<string> {
    await this.confirmations.confirm(token);
    return mailPage('<p>The address is confirmed. Alerts will reach you here.</p>');
  }
}
