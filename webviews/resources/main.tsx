import '@vscode/codicons/dist/codicon.css';
import '../ui/base.css';
import '../ui/panel.css';
import './resources.css';
import { render } from 'preact';
import { Bridge } from '../ui/bridge.ts';
import { App } from './app.tsx';
import type { ResourcesContract } from './messages.ts';
import { type Kept, ResourcesModel } from './model.ts';

const root = document.getElementById('root');
if (root !== null) {
  const bridge = new Bridge<ResourcesContract, Kept>();
  const model = new ResourcesModel(bridge);
  render(<App model={model} />, root);
  bridge.ready();
}
