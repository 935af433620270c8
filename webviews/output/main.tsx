import '@vscode/codicons/dist/codicon.css';
import '../ui/base.css';
import '../ui/panel.css';
import './output.css';
import { render } from 'preact';
import { Bridge } from '../ui/bridge.ts';
import { App } from './app.tsx';
import type { OutputContract } from './messages.ts';
import { type Kept, OutputModel } from './model.ts';

const root = document.getElementById('root');
if (root !== null) {
  const bridge = new Bridge<OutputContract, Kept>();
  const model = new OutputModel(bridge);
  render(<App model={model} />, root);
  bridge.ready();
}
