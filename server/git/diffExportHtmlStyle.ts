/** The style of an exported page: colours by the reader's light or dark preference, nothing loaded from anywhere. */
export const pageStyle = `
:root{color-scheme:light dark;--fg:#1f2328;--bg:#fff;--line:#d1d9e0;--soft:#f6f8fa;--dim:#59636e;--link:#0969da;--del:#ffebe9;--delb:#ffc1bc;--ins:#dafbe1;--insb:#a0e8b0;--hunk:#ddf4ff;--plus:#1a7f37;--minus:#cf222e}
@media(prefers-color-scheme:dark){:root{--fg:#e6edf3;--bg:#0d1117;--line:#3d444d;--soft:#151b23;--dim:#9198a1;--link:#4493f8;--del:#3a1a1d;--delb:#7d2b30;--ins:#12331f;--insb:#1f6b37;--hunk:#12263f;--plus:#3fb950;--minus:#f85149}}
*{box-sizing:border-box}
body{margin:0;padding:16px;font:14px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg)}
h1{font-size:20px;margin:0;overflow-wrap:anywhere}
header p{margin:4px 0 12px;color:var(--dim)}
nav ul{list-style:none;margin:0 0 16px;padding:8px 12px;border:1px solid var(--line);border-radius:6px;columns:2 480px}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
abbr{display:inline-block;width:1.4em;text-align:center;text-decoration:none;font:bold 12px ui-monospace,monospace;color:var(--dim)}
.path{overflow-wrap:anywhere;unicode-bidi:isolate}
.plus{color:var(--plus)}.minus{color:var(--minus)}
details{margin:0 0 16px;border:1px solid var(--line);border-radius:6px;overflow:clip;content-visibility:auto;contain-intrinsic-size:auto 400px}
summary{padding:6px 12px;background:var(--soft);cursor:pointer;position:sticky;top:0}
details p{margin:8px 12px;color:var(--dim)}
.log{list-style:none;margin:8px 12px;padding:0;overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse;font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;tab-size:4;border-top:1px solid var(--line)}
.split table{table-layout:fixed}.g{width:5.5em}
td{padding:0 8px;vertical-align:top;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate}
.split td:nth-child(odd),.unified td:nth-child(-n+2){width:1%;text-align:right;color:var(--dim);user-select:none;white-space:nowrap}
.split td:nth-child(3){border-left:1px solid var(--line)}
.h td{background:var(--hunk);color:var(--dim)}.split .h td:nth-child(2){border:0}
.split .c td:nth-child(-n+2),.d td{background:var(--del)}.split .c td:nth-child(n+3),.i td{background:var(--ins)}
.split .d td:nth-child(n+3),.split .i td:nth-child(-n+2){background:var(--soft)}
.split td:nth-child(even)::before{display:inline-block;width:1.2em;content:""}.split .h td::before{content:none}
.split .c td:nth-child(2)::before,.split .d td:nth-child(2)::before{content:"-";color:var(--minus)}
.split .c td:nth-child(4)::before,.split .i td:nth-child(4)::before{content:"+";color:var(--plus)}
b{font-weight:inherit;border-radius:2px}.d b,.split .c td:nth-child(2) b{background:var(--delb)}.i b,.split .c td:nth-child(4) b{background:var(--insb)}
td i{margin-left:1em;color:var(--dim);user-select:none}
.images{display:flex;gap:16px;flex-wrap:wrap;padding:12px}figure{margin:0}img{max-width:100%;background:repeating-conic-gradient(#8883 0 25%,#0000 0 50%) 0 0/16px 16px}figcaption{color:var(--dim)}
@media print{details{break-inside:auto}summary{position:static}}
`;
