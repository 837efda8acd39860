import { THEME } from '../../annotator/parts/style';

export const STYLE = `
${THEME}
:host { border: 1px solid var(--line); border-radius: 6px; padding: 14px 16px; max-width: 980px; container-type: inline-size; }
h2 { font-size: 14px; }
h3 { font-size: 12px; margin: 0 0 4px; font-weight: 600; }
p { margin: 0; }
a.action { color: inherit; text-decoration: none; border: 1px solid var(--line); border-radius: 4px; justify-self: start; }
.card, .parts:not([hidden]) { display: grid; gap: 14px; min-width: 0; }
.status { display: grid; gap: 7px; }
.status header { display: flex; align-items: center; gap: 8px; min-height: 28px; }
.gap { flex: 1; }
.badge { font-size: 11px; padding: 1px 8px; border-radius: 9px; background: var(--soft); color: var(--quiet); white-space: nowrap; }
[data-status='running'] .badge { background: var(--on); color: var(--ink); }
[data-status='succeeded'] .badge { background: color-mix(in srgb, var(--good) 20%, transparent); color: var(--ink); }
[data-status='failed'] .badge, [data-status='lost'] .badge { background: color-mix(in srgb, var(--bad) 20%, transparent); color: var(--ink); }
.meter { height: 6px; border-radius: 3px; background: var(--soft); overflow: hidden; box-shadow: inset 0 0 0 1px var(--line); }
.fill-bar { height: 100%; border-radius: 3px; background: var(--accent); transition: width 0.4s ease-out; }
[data-status='succeeded'] .fill-bar { background: var(--good); }
[data-status='failed'] .fill-bar, [data-status='lost'] .fill-bar { background: var(--bad); }
[data-status='cancelled'] .fill-bar { background: var(--quiet); }
.under { display: flex; justify-content: space-between; gap: 12px; font-size: 12px; }
.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.trouble { color: var(--bad); overflow-wrap: anywhere; }
.note { font-size: 12px; color: var(--quiet); }

.charts { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 20px; }
.chart { margin: 0; min-width: 0; }
.plot { position: relative; }
.plot svg { display: block; width: 100%; height: 168px; overflow: visible; }
.plot text { font-size: 10.5px; fill: var(--quiet); font-variant-numeric: tabular-nums; }
.grid { stroke: var(--line); }
.line { fill: none; stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
.cursor { stroke: var(--quiet); stroke-dasharray: 2 2; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; padding-left: 38px; font-size: 12px; color: var(--quiet); }
.entry { display: flex; align-items: center; gap: 6px; white-space: nowrap; }
.mark { width: 14px; border-top: 2px solid; }
.mark.dashed { border-top-style: dashed; }
.tip { position: absolute; top: 6px; background: var(--bg); border: 1px solid var(--line); border-radius: 4px; padding: 4px 8px;
  font-size: 12px; box-shadow: 0 2px 8px rgba(0, 0, 0, 0.16); pointer-events: none; }
.tip b { margin-left: auto; padding-left: 10px; font-weight: 600; font-variant-numeric: tabular-nums; }

.facts { display: flex; flex-wrap: wrap; gap: 10px 28px; margin: 0; }
.facts div { display: grid; }
.facts dt { font-size: 11px; color: var(--quiet); }
.facts dd { margin: 0; font-size: 17px; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.facts dd.long { font-size: 13px; line-height: 24px; }
.table { max-height: 240px; overflow: auto; border: 1px solid var(--line); border-radius: 4px; scrollbar-width: thin; }
table { width: 100%; border-collapse: collapse; font-size: 12px; }
th { text-align: left; font-weight: 600; color: var(--quiet); position: sticky; top: 0; background: var(--bg); }
th, td { padding: 4px 8px; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
td:first-child { min-width: 9em; }
td.quiet { white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.log summary { cursor: pointer; font-size: 12px; color: var(--quiet); }
.log pre { margin: 6px 0 0; max-height: 200px; overflow: auto; padding: 8px 10px; background: var(--soft); border-radius: 4px;
  font: 11.5px/1.5 var(--jp-code-font-family, ui-monospace, monospace); white-space: pre-wrap; overflow-wrap: anywhere; }

.bars { display: grid; grid-template-columns: minmax(60px, max-content) 1fr max-content; gap: 4px 10px; align-items: center; font-size: 12px; }
.bar { height: 10px; border-radius: 2px; background: var(--soft); overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--accent); }
.wide { overflow-x: auto; }
.matrix { border-collapse: separate; border-spacing: 2px; width: auto; font-size: 11px; }
.matrix td, .matrix th { border: 0; padding: 4px 6px; position: static; }
.matrix td { min-width: 34px; text-align: center; border-radius: 3px; font-variant-numeric: tabular-nums; }
@container (max-width: 600px) { .charts { grid-template-columns: 1fr; } }
`;
