/** `server.js` is the window's server; `server.js hub` is the hub. Each loads only its own half of the bundle. */
if (process.argv[2] === 'hub') import('./hub/main.ts').then(({ main }) => main(process.argv.slice(3)));
else import('./window.ts');
