import type { CodeLens, CodeLensParams } from 'vscode-languageserver/node';
import { throwIfCancelled } from '../rpc/failure.ts';
import type { Services } from '../services.ts';
import { documentBlamesOf } from './blameDocuments.ts';
import { blameLens } from './blameLens.ts';

/** What the git domain answers through LSP itself. */
export interface LanguageFeatures {
  codeLens(params: CodeLensParams, signal: AbortSignal): Promise<CodeLens[]>;
}

/** How lines are followed for a lens when no editor has asked with options of its own. */
const plain = { ignoreWhitespace: false, moves: false, copies: 0, ignoreRevs: true } as const;

export function gitLanguageFeatures(services: Services): LanguageFeatures {
  return {
    /** One lens above the file: who changed it last, when, and how many people wrote what is there. */
    codeLens: async ({ textDocument: { uri } }, signal) => {
      const documents = documentBlamesOf(services);
      if (services.documents.get(uri) === undefined) return [];
      // The blame that the editor shows; an editor asks for lenses of visible documents only.
      const blame = documents.of(uri)[0] ?? documents.at(uri, plain);
      if ((await blame.load().catch(() => 'unavailable' as const)) !== undefined) return [];
      throwIfCancelled(signal);
      const { ready } = blame;
      if (ready === undefined) return [];
      // Held by the document itself: leaving here gives nothing up.
      await ready.base?.finish(signal);
      const lens = blame.ready === undefined ? undefined : blameLens(blame);
      return lens === undefined ? [] : [lens];
    },
  };
}
