import { ChatModel } from './chat-model';
import { ModelWriter } from './model-writer';
import { TokenBudget } from './token-budget';
import { WordingScheduler } from './wording.scheduler';
import { Writer } from './writer';
import { WrittenTexts } from './written-texts';

/** For the room's module; of them only `Writer` is used beyond this folder. */
export const WORDING_PROVIDERS = [ChatModel, ModelWriter, TokenBudget, WordingScheduler, Writer, WrittenTexts];
