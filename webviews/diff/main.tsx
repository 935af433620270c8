import '@vscode/codicons/dist/codicon.css';
import '../ui/base.css';
import './diff.css';
import { render } from 'preact';
import { Bridge } from '../ui/bridge.ts';
import { App } from './app.tsx';
import type { DiffContract } from './messages.ts';
import { DiffModel, type Kept } from './model.ts';

const root = document.getElementById('root');
if (root !== null) {
  const bridge = new Bridge<DiffContract, Kept>();
  render(<App model={new DiffModel(bridge)} />, root);
  bridge.ready();
}
