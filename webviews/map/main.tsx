import '@vscode/codicons/dist/codicon.css';
import '../ui/base.css';
import '../ui/panel.css';
import './map.css';
import { render } from 'preact';
import { Bridge } from '../ui/bridge.ts';
import { App } from './app.tsx';
import type { MapContract } from './messages.ts';
import { type Kept, MapModel } from './model.ts';

const root = document.getElementById('root');
if (root !== null) {
  const bridge = new Bridge<MapContract, Kept>();
  const model = new MapModel(bridge);
  render(<App model={model} />, root);
  bridge.ready();
  model.start();
}
