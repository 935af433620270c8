/** esbuild writes imported stylesheets beside the bundle. */
declare module '*.css';
