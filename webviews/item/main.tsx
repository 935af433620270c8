import '@vscode/codicons/dist/codicon.css';
import '../ui/base.css';
import './item.css';
import { render } from 'preact';
import { Bridge } from '../ui/bridge.ts';
import { App } from './app.tsx';
import type { ItemContract } from './messages.ts';
import { ItemModel, type Kept } from './model.ts';

const root = document.getElementById('root');
if (root !== null) {
  const bridge = new Bridge<ItemContract, Kept>();
  render(<App model={new ItemModel(bridge)} />, root);
  bridge.ready();
}
