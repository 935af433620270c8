import '@vscode/codicons/dist/codicon.css';
import '../ui/base.css';
import '../ui/panel.css';
import './deployment.css';
import { render } from 'preact';
import { Bridge } from '../ui/bridge.ts';
import { App } from './app.tsx';
import type { DeploymentContract } from './messages.ts';
import { DeploymentModel, type Kept } from './model.ts';

const root = document.getElementById('root');
if (root !== null) {
  const bridge = new Bridge<DeploymentContract, Kept>();
  render(<App model={new DeploymentModel(bridge)} />, root);
  bridge.ready();
}
