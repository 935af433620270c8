import type { CodeLens, CodeLensParams } from 'vscode-languageserver/node';
import type { Services } from '../services.ts';

/** What the git domain answers through LSP itself. */
export interface LanguageFeatures {
  codeLens(params: CodeLensParams, signal: AbortSignal): Promise<CodeLens[]>;
}

export function gitLanguageFeatures(_services: Services): LanguageFeatures {
  return { codeLens: async () => [] };
}
