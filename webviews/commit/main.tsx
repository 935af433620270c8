import '@vscode/codicons/dist/codicon.css';
import '../ui/base.css';
import './commit.css';
import { render } from 'preact';
import { Bridge } from '../ui/bridge.ts';
import { App } from './app.tsx';
import type { CommitContract } from './messages.ts';
import { CommitModel, type Kept } from './model.ts';

const root = document.getElementById('root');
if (root !== null) {
  const bridge = new Bridge<CommitContract, Kept>();
  render(<App model={new CommitModel(bridge)} />, root);
  bridge.ready();
}
