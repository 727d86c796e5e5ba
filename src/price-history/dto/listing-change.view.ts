import { ApiProperty } from '@nestjs/swagger';
import { PageView } from '../../common/pagination';
import { SourceName } from '../../marketplace-data/marketplace-data';
import { LISTING_FIELD_NAMES, type FieldValue, type ListingField } from '../listing-field';

const VALUE = {
  oneOf: [
    { type: 'string' as const },
    { type: 'integer' as const },
    { type: 'array' as const, items: { type: 'string' as const } },
  ],
  nullable: true,
};

export class ListingChangeView {
  /** @example "title" */
  @ApiProperty({ type: String, enum: LISTING_FIELD_NAMES })
  field: ListingField;
  /**
   * What the source said before: a list for `category_path` (root to leaf) and `bullets`, a number for `image_count`, else text.
   * Null: known to be absent, as the seller of a buy box that nobody has. @example "Insulated bottle, 750 ml"
   */
  @ApiProperty(VALUE)
  before: FieldValue;
  /** What it said then. @example "Insulated bottle, 750 ml, steel" */
  @ApiProperty(VALUE)
  after: FieldValue;
  /** When the source said it; it changed at some time since the reading before. @example "2026-01-01T06:00:00.000Z" */
  observedAt: string;
  /** When this program came to know it. @example "2026-01-01T06:01:00.000Z" */
  recordedAt: string;
  /** Who said both. `sandbox` is simulated. @example "keepa" */
  @ApiProperty({ type: String })
  source: SourceName;
  simulated: boolean;
}

export class ListingChangePage {
  data: ListingChangeView[];
  page: PageView;
}
