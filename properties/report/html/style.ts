/** The look of the page: light, dark, paper; wide and narrow. */

const light = `
--paper:#fff;--text:#1b1f24;--muted:#555e68;--line:#d5dae0;--soft:#f4f6f8;--link:#0550ae;
--bad:#a8201a;--bad-soft:#fdecea;--warn:#7a4d00;--warn-soft:#fff3d6;--good:#136534;
--good-soft:#e3f5e9;--calm:#4b5560;--calm-soft:#eceff2;--focus:#0550ae;
--line-0:#0072b2;--line-1:#b84c00;--line-2:#7a3e78;
--t-empty:#fff;--t-held:#0072b2;--t-aside:#c9e7f8;--t-both:#e69f00;--t-blocked:#c9ced5;
--t-away:#e9ecef;--t-stale:#efdcee;--t-wrong:#e8702a;--t-ink:#1b1f24;--t-on-held:#fff;
--t-hatch:#5d6a76;--t-changed:#1b1f24;--cell:#b9c0c8;`;

const dark = `
--paper:#0f1318;--text:#e4e8ec;--muted:#a3adb8;--line:#343c46;--soft:#181e25;--link:#7ab8ff;
--bad:#ff9d94;--bad-soft:#3d1714;--warn:#f2c063;--warn-soft:#38290b;--good:#7fd69c;
--good-soft:#10301c;--calm:#b2bcc7;--calm-soft:#242c35;--focus:#7ab8ff;
--line-0:#5ab4ec;--line-1:#ff9a57;--line-2:#d79bd4;
--t-empty:#171d24;--t-held:#4aa8e6;--t-aside:#1d4257;--t-both:#e69f00;--t-blocked:#4d5661;
--t-away:#22282f;--t-stale:#553558;--t-wrong:#ff8c4a;--t-ink:#e4e8ec;--t-on-held:#0b0f13;
--t-hatch:#94a1ad;--t-changed:#fff;--cell:#414b56;`;

const base = `
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;background:var(--paper);color:var(--text);
font:15px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
header.top,nav,main,footer{padding-inline:max(24px,calc(50% - 596px))}
code,pre{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;
font-size:13px}
code{overflow-wrap:anywhere}
pre{margin:6px 0;white-space:pre-wrap;overflow-wrap:anywhere}
pre.lines{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:8px 10px;
max-height:24em;overflow:auto}
a{color:var(--link)}
h1,h2,h3,p{overflow-wrap:anywhere}
h1{font-size:24px;line-height:1.3;margin:2px 0 12px;font-weight:650}
h1 .badge{font-size:17px;vertical-align:3px;margin-right:6px;padding:2px 12px}
h2{font-size:19px;margin:34px 0 10px;padding-top:4px}
h3{font-size:15px;margin:18px 0 6px}
.muted{color:var(--muted)}.small{font-size:13px}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.skip{position:absolute;left:-9999px;background:var(--paper);padding:8px 14px;z-index:2}
.skip:focus{left:8px;top:8px}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:3px}
main:focus{outline:none}
header.top{padding-block:22px 14px;border-top:6px solid var(--calm)}
header.bad{border-top-color:var(--bad)}header.warn{border-top-color:var(--warn)}
header.good{border-top-color:var(--good)}
.overline{margin:0;color:var(--muted);font-size:13px}
.badge{display:inline-block;white-space:nowrap;font-weight:600;font-size:13px;line-height:1.5;
border-radius:10px;padding:0 8px;border:1px solid currentColor}
.badge .sign{margin-right:5px;font-weight:700}
.badge.bad{color:var(--bad);background:var(--bad-soft)}
.badge.warn{color:var(--warn);background:var(--warn-soft)}
.badge.good{color:var(--good);background:var(--good-soft)}
.badge.calm{color:var(--calm);background:var(--calm-soft)}
.badges{display:inline-flex;flex-wrap:wrap;gap:4px 8px}
dl.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:3px 14px;margin:8px 0;
font-size:14px}
dl.facts dt{color:var(--muted)}dl.facts dd{margin:0;overflow-wrap:anywhere}
.counts{display:flex;flex-wrap:wrap;gap:8px;list-style:none;margin:14px 0 0;padding:0}
.counts li{border:1px solid var(--line);border-radius:8px;padding:5px 12px;display:flex;
gap:8px;align-items:center;background:var(--soft)}
.counts b{font-size:18px;line-height:1.3}
.counts .none{color:var(--muted);background:none}.counts .none b{font-weight:400}
nav{display:flex;flex-wrap:wrap;gap:4px 18px;padding-block:8px;
border-block:1px solid var(--line);font-size:14px}
section{scroll-margin-top:8px}
.blockers,.warnings{margin:0;padding:0;list-style:none;display:grid;gap:10px}
.blockers>li{border:1px solid var(--line);border-left:5px solid var(--bad);border-radius:6px;
padding:9px 14px;background:var(--soft)}
.blockers p{margin:2px 0}
.warnings>li{border:1px solid var(--line);border-left:5px solid var(--warn);border-radius:6px;
padding:7px 14px;background:var(--warn-soft);overflow-wrap:anywhere}
.table{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;vertical-align:top;padding:6px 10px 6px 0;border-bottom:1px solid var(--line);
overflow-wrap:break-word}
td.wide{overflow-wrap:anywhere}
th{font-size:13px;color:var(--muted);font-weight:600;border-bottom:2px solid var(--line);
overflow-wrap:normal}
td:has(>.badge:only-child),td:first-child>b:only-child{white-space:nowrap}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
th.number,td.number{padding-right:16px}
.wide{width:34%;min-width:13em}
th button{all:unset;cursor:pointer;color:inherit;font:inherit}
th button::after{content:"↕";opacity:.45;margin-left:4px}
th[aria-sort=ascending] button::after{content:"↑";opacity:1}
th[aria-sort=descending] button::after{content:"↓";opacity:1}
th button:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
tr.loud td{background:var(--warn-soft)}tr.current td{background:var(--soft)}
tr.current td:first-child{box-shadow:inset 4px 0 var(--focus);padding-left:10px}
details.violation,details.area{border:1px solid var(--line);border-radius:8px;padding:0 16px;
margin:10px 0}
details[open].violation,details[open].area{padding-bottom:14px}
summary{cursor:pointer;padding:10px 0;overflow-wrap:anywhere}
details.more{margin:6px 0;font-size:14px}
.steps td{padding-top:7px;padding-bottom:7px}
.steps td.number{text-align:left;width:34px;color:var(--muted)}
.steps tr.first td,.steps tr.last td,.steps tr.first+.state td,
.steps tr.last+.state td{background:var(--bad-soft)}
.steps tr.shown td:first-child,
.steps tr.shown+.state td:first-child{box-shadow:inset 4px 0 var(--focus);padding-left:10px}
.steps td:first-child{padding-left:10px}
.steps thead td{border-bottom:2px solid var(--line)}
.steps th:first-child,.steps thead td{width:1%}.steps th:nth-child(2){width:40%}
.steps th:nth-child(3){width:20%}
.steps th:nth-child(n+4){width:13%}
.badges>span{white-space:nowrap}
.steps tr.step{cursor:pointer}
.steps td.marks{white-space:nowrap;width:1%}
.steps td.marks .mark{display:block}
.steps .mark{color:var(--bad);font-size:13px}
.steps .left-out td{color:var(--muted);text-align:center}
.steps tr.first .other code,.steps tr.last .other code{font-weight:700}
.steps tr.step:has(+.state) td{border-bottom:0;padding-bottom:3px}
.steps tr.step td:first-child{padding-left:10px}
.steps tr.state td{padding-top:0}
.changes{list-style:none;margin:0;padding:0;font-size:12.5px}
.changes li{display:inline-block;margin-right:16px}
.changes .field{color:var(--muted)}
.changes .field::after{content:":"}
.differs{color:var(--bad)}
.command{display:flex;gap:8px;align-items:start;margin:4px 0}
.command pre{flex:1;min-width:0;margin:0;background:var(--soft);border:1px solid var(--line);
border-radius:6px;padding:6px 10px}
button.copy,.player button,.filters input,.filters select{font:inherit;font-size:14px;
color:var(--text);background:var(--soft);border:1px solid var(--muted);border-radius:6px;
padding:4px 12px}
button.copy,.player button{cursor:pointer;min-width:74px}
button:hover{border-color:var(--focus)}
.filters{display:flex;flex-wrap:wrap;gap:10px 20px;align-items:center;margin:0 0 8px}
.filters output{color:var(--muted);font-size:14px}
.meter{display:inline-block;min-width:90px}
.meter .bar{display:block;height:4px;background:var(--line);border-radius:2px;margin-top:3px;
overflow:hidden}
.meter .bar span{display:block;height:100%;background:var(--line-0)}
.meter.short b{color:var(--bad)}.meter.short .bar{outline:1px solid var(--bad)}
.note{color:var(--warn)}
.pills{list-style:none;margin:6px 0;padding:0;display:flex;flex-wrap:wrap;gap:5px 7px}
.pills li{border:1px solid var(--line);border-radius:10px;padding:0 9px;font-size:13px}
figure.picture{margin:16px 0 8px;border:1px solid var(--line);border-radius:8px;padding:10px 14px}
.player{display:flex;align-items:center;gap:12px;margin:8px 0}
.player input{flex:1;min-width:80px;max-width:520px;accent-color:var(--line-0);height:28px}
.player output{white-space:nowrap;font-variant-numeric:tabular-nums}
.canvas{overflow-x:auto;padding:2px 0}
.canvas svg{display:block;width:100%;height:auto}
.told{min-height:1.5em;margin:4px 0}
.key{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;margin:6px 0 0;padding:0;
font-size:13px}
.key li{display:flex;align-items:center;gap:6px}
.swatch{width:24px;height:18px;flex:none}
svg text{font:12px ui-monospace,Consolas,"DejaVu Sans Mono",monospace;fill:var(--text)}
svg .tick{font-size:10px;fill:var(--muted)}svg .label{font-size:12px}
svg .mark{font-size:11px;font-weight:700;fill:var(--t-ink)}
svg .mark{paint-order:stroke;stroke-width:3.5px;stroke-linejoin:round}
svg .m-aside{stroke:var(--t-aside)}
svg .m-both{stroke:var(--t-both)}
svg .m-blocked{stroke:var(--t-blocked)}
svg .m-stale{stroke:var(--t-stale)}
svg .m-wrong{stroke:var(--t-wrong)}
svg .m-held{fill:var(--t-on-held)}svg .m-both,svg .m-wrong{fill:#0b0f13}
svg rect{stroke:var(--cell);stroke-width:.6}
svg .rule{stroke:var(--cell);stroke-width:.6;fill:none}
svg .changed{fill:none;stroke:var(--t-changed);stroke-width:2.2}
.t-empty{fill:var(--t-empty)}.t-held{fill:var(--t-held)}.t-aside{fill:url(#p-aside)}
.t-both{fill:url(#p-both)}.t-blocked{fill:url(#p-blocked)}.t-away{fill:url(#p-away)}
.t-stale{fill:url(#p-stale)}.t-wrong{fill:url(#p-wrong)}
.patterns{position:absolute;width:0;height:0}
.patterns rect{stroke:none}.patterns path{stroke:var(--t-hatch);stroke-width:.8;fill:none}
.f-aside{fill:var(--t-aside)}.f-both{fill:var(--t-both)}.f-blocked{fill:var(--t-blocked)}
.f-away{fill:var(--t-away)}.f-stale{fill:var(--t-stale)}.f-wrong{fill:var(--t-wrong)}
.patterns .p-dark path{stroke:#0b0f13;stroke-width:1.1;stroke-opacity:.4}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:12px}
.charts>div{min-width:0;overflow:hidden}
.uplot,.u-legend{color:var(--text)}.u-title{font-size:14px}.u-legend{font-size:12px}
.uplot th,.uplot td{border:0;padding:2px 4px}.uplot table{width:auto;margin:0 auto}
footer{padding-block:24px;color:var(--muted);font-size:13px}`;

const narrow = `
@media (max-width:760px){
header.top,nav,main,footer{padding-inline:14px}
h1{font-size:20px}
dl.facts{grid-template-columns:minmax(0,1fr);gap:0}
dl.facts dd{margin-bottom:5px}
details.violation,details.area,figure.picture{padding-left:10px;padding-right:10px}
table.data,table.data tbody,table.data tr,table.data td,
table.steps,table.steps tbody,table.steps tr,table.steps td{display:block;width:auto;border:0;
text-align:left}
table.data thead,table.steps thead{display:none}
table.data tr,table.steps tr{border-bottom:1px solid var(--line);padding:8px 0}
table.data td,table.steps td,table.steps td:first-child{padding:2px 8px;white-space:normal}
td[data-title]::before{content:attr(data-title) " ";color:var(--muted);font-size:12px}
table.steps td.number,table.steps td.marks{width:auto;text-align:left}
table.data td{display:inline-block;padding-right:14px;vertical-align:top}
table.data td.wide{display:block;min-width:0}
.meter .bar{display:none}table.steps tr.step:has(+.state){border-bottom:0;padding-bottom:0}
table.steps tr.state{padding-top:0}
table.steps td:empty,table.data td:empty{display:none}
.command{flex-direction:column}.command pre{width:100%}
}`;

const paper = `
@page{margin:14mm}
@media print{
:root{color-scheme:light;${light}}
body{font-size:10pt}
table,dl.facts{font-size:8.5pt}code,pre,.small,.badge,.changes,th{font-size:8pt}
.pills li{font-size:8pt}
th,td{padding-right:6px}
th.number{white-space:normal}.meter{min-width:0}.wide{min-width:15em}
header.top,nav,main,footer{padding-inline:0}
nav,.skip,.player,.filters,button.copy{display:none!important}
th button::after{content:none!important}
header.top{border-top-width:4px;padding-top:6px}
details::details-content{display:block;content-visibility:visible;height:auto}
summary{list-style:none}
.table,.canvas,pre.lines{overflow:visible;max-height:none}
.canvas svg{min-width:0!important}
tr,figure.picture,.blockers>li,.counts li{break-inside:avoid}
h2,h3,summary{break-after:avoid}
thead{display:table-header-group}
*{print-color-adjust:exact}
a{color:inherit;text-decoration:none}
}`;

export const style = `
:root{color-scheme:light dark;${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
${base}
${narrow}
${paper}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}
.meter .bar span{transition:width .2s}}
@media (forced-colors:active){svg rect{stroke:CanvasText}.badge{border-color:CanvasText}}
`;

const pattern = (tone: string, lines: string, dark = false): string =>
  `<pattern id="p-${tone}" width="8" height="8" patternUnits="userSpaceOnUse"` +
  `${dark ? ' class="p-dark"' : ""}><rect class="f-${tone}" width="8" height="8"/>` +
  `<path d="${lines}"/></pattern>`;

/** A pattern a tone, so that no cell is told by colour alone. */
export const patterns =
  '<svg class="patterns" aria-hidden="true"><defs>' +
  pattern("aside", "M-2 2L2-2M0 8L8 0M6 10L10 6") +
  pattern("both", "M0 2H8M0 6H8", true) +
  pattern("blocked", "M0 0L8 8M8 0L0 8") +
  pattern("away", "M-2 6L2 10M0 0L8 8M6-2L10 2") +
  pattern("stale", "M2 2h1.2M6 6h1.2M6 2h1.2M2 6h1.2") +
  pattern("wrong", "M2 0V8M6 0V8", true) +
  "</defs></svg>";
