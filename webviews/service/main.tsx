import '@vscode/codicons/dist/codicon.css';
import '../ui/base.css';
import '../ui/panel.css';
import './service.css';
import { render } from 'preact';
import { Bridge } from '../ui/bridge.ts';
import { App } from './app.tsx';
import type { ServiceContract } from './messages.ts';
import { type Kept, ServiceModel } from './model.ts';

const root = document.getElementById('root');
if (root !== null) {
  performance.mark('hearth:ready');
  const bridge = new Bridge<ServiceContract, Kept>();
  const model = new ServiceModel(bridge);
  render(<App model={model} />, root);
  bridge.ready();
  model.start();
}
