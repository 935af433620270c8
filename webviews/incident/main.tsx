import '@vscode/codicons/dist/codicon.css';
import '../ui/base.css';
import '../ui/panel.css';
import './incident.css';
import { render } from 'preact';
import { Bridge } from '../ui/bridge.ts';
import { App } from './app.tsx';
import type { IncidentContract } from './messages.ts';
import { IncidentModel, type Kept } from './model.ts';

const root = document.getElementById('root');
if (root !== null) {
  const bridge = new Bridge<IncidentContract, Kept>();
  const model = new IncidentModel(bridge);
  render(<App model={model} />, root);
  bridge.ready();
  model.start();
}
