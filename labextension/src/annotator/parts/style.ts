/** The look: JupyterLab's own variables, with fallbacks for Notebook, VS Code and plain pages. */

export const THEME = `
:host {
  --bg: var(--jp-layout-color1, var(--vscode-editor-background, Canvas));
  --ink: var(--jp-ui-font-color1, var(--vscode-editor-foreground, CanvasText));
  --quiet: var(--jp-ui-font-color2, color-mix(in srgb, var(--ink) 68%, var(--bg)));
  --line: var(--jp-border-color2, color-mix(in srgb, var(--ink) 16%, var(--bg)));
  --accent: var(--jp-brand-color1, var(--vscode-focusBorder, #2979c8));
  --good: var(--jp-success-color1, #2e9e5b);
  --warn: var(--jp-warn-color1, #d97b16);
  --bad: var(--jp-error-color1, #d4403a);
  --soft: color-mix(in srgb, var(--ink) 6%, var(--bg));
  --hover: color-mix(in srgb, var(--ink) 10%, transparent);
  --on: color-mix(in srgb, var(--accent) 18%, transparent);
  display: block;
  color: var(--ink);
  background: var(--bg);
  font: 13px/1.4 var(--jp-ui-font-family, system-ui, -apple-system, 'Segoe UI', sans-serif);
  box-sizing: border-box;
}
*, *::before, *::after { box-sizing: inherit; }
[hidden] { display: none !important; }
button, input { font: inherit; color: inherit; }
button { background: none; border: 1px solid transparent; border-radius: 4px; cursor: pointer; padding: 0; }
button:disabled { opacity: 0.38; cursor: default; }
button:hover:not(:disabled) { background: var(--hover); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
h2 { font-size: 12px; font-weight: 600; margin: 0; display: flex; align-items: baseline; gap: 6px; }
kbd { font: 11px/1 var(--jp-code-font-family, ui-monospace, monospace); color: var(--quiet);
  border: 1px solid var(--line); border-radius: 3px; padding: 2px 4px; background: var(--bg); white-space: nowrap; }
.quiet, .count, .hint { color: var(--quiet); font-weight: 400; }
.count { font-size: 12px; font-variant-numeric: tabular-nums; }
.icon { width: 16px; height: 16px; fill: none; stroke: currentColor; stroke-width: 1.5;
  stroke-linecap: round; stroke-linejoin: round; display: block; flex: none; }
.action { display: inline-flex; align-items: center; justify-content: center; gap: 5px; padding: 3px 9px;
  border-color: var(--line); background: var(--bg); white-space: nowrap; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;

export const STYLE = `
${THEME}
:host { height: 560px; min-height: 340px; resize: vertical; overflow: hidden; border: 1px solid var(--line);
  border-radius: 6px; container-type: size; }
:host(.fill) { height: 100%; resize: none; border: 0; border-radius: 0; }
.app { height: 100%; display: grid; grid-template: auto 1fr auto / 1fr 224px;
  grid-template-areas: 'bar bar' 'stage side' 'film film'; position: relative; }

.bar { grid-area: bar; display: flex; align-items: center; gap: 2px; padding: 4px 8px; min-width: 0;
  border-bottom: 1px solid var(--line); }
.tool { width: 28px; height: 28px; display: grid; place-items: center; flex: none; }
.tool[aria-pressed='true'] { background: var(--on); }
.rule { width: 1px; height: 18px; background: var(--line); margin: 0 5px; flex: none; }
.gap { flex: 1; }
.position { display: flex; align-items: center; gap: 4px; white-space: nowrap; font-variant-numeric: tabular-nums; }
.number { width: auto; text-align: right; border: 1px solid transparent; border-radius: 3px; background: none; padding: 2px 3px; }
.number:hover, .number:focus { border-color: var(--line); }
.name { margin-left: 8px; color: var(--quiet); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; }
.save { display: flex; align-items: center; gap: 6px; padding: 4px 8px; color: var(--quiet); white-space: nowrap; }
.dot { width: 8px; height: 8px; border-radius: 50%; background: var(--good); }
.save[data-slow] .dot { background: var(--accent); }
.save[data-state='offline'] { color: var(--ink); }
.save[data-state='offline'] .dot { background: var(--warn); }

.stage { grid-area: stage; position: relative; overflow: hidden; background: var(--soft); touch-action: none;
  user-select: none; outline-offset: -2px; }
.layer { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
.message { position: absolute; inset: 0; display: grid; place-items: center; text-align: center; padding: 24px;
  color: var(--quiet); pointer-events: none; }

.side { grid-area: side; border-left: 1px solid var(--line); display: flex; flex-direction: column; min-height: 0; }
.panel { padding: 10px; display: flex; flex-direction: column; gap: 8px; min-height: 0; }
.panel + .panel { border-top: 1px solid var(--line); }
.panel.grow { flex: 1; }
.search { width: 100%; padding: 5px 8px; border: 1px solid var(--line); border-radius: 4px; background: var(--bg); }
.hint { margin: 0; font-size: 12px; }
.classes { list-style: none; margin: 0 -4px; padding: 0 4px; overflow-y: auto; flex: 1; min-height: 0; scrollbar-width: thin; }
.class { width: 100%; display: flex; align-items: center; gap: 8px; padding: 4px 6px; text-align: left; }
.class[aria-pressed='true'] { background: var(--on); }
.class .label { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.create { color: var(--accent); }
.swatch { width: 12px; height: 12px; border-radius: 3px; flex: none; box-shadow: inset 0 0 0 1px rgba(0, 0, 0, 0.25); }
.slide { display: grid; grid-template-columns: 1fr auto; gap: 2px 8px; font-size: 12px; }
.slide input { grid-column: 1 / -1; grid-row: 2; width: 100%; margin: 0; accent-color: var(--accent); }
.value { font-variant-numeric: tabular-nums; }
.actions { display: flex; gap: 6px; }
.actions .action { flex: 1; padding: 3px 6px; }
.accept .icon { color: var(--good); }
.reject .icon { color: var(--bad); }

.film { grid-area: film; overflow-x: auto; overflow-y: hidden; border-top: 1px solid var(--line); scrollbar-width: thin; }
.track { position: relative; height: 62px; min-width: 100%; }
.frame { position: absolute; top: 5px; width: 64px; height: 52px; margin-left: 4px; overflow: hidden; background: var(--soft);
  border: 2px solid transparent; border-radius: 5px; }
.frame img { width: 100%; height: 100%; object-fit: cover; display: block; }
.frame:hover:not(:disabled) { border-color: var(--line); }
.frame[aria-current='true'] { border-color: var(--accent); }
.frame::after { content: ''; position: absolute; right: 4px; bottom: 4px; width: 9px; height: 9px; border-radius: 50%;
  box-shadow: 0 0 0 1.5px rgba(255, 255, 255, 0.9); display: none; }
.frame[data-state='labelled']::after { display: block; background: #2e9e5b; }
.frame[data-state='suggested']::after { display: block; background: #f0a020; }

.notices { position: absolute; top: 10px; right: 10px; display: grid; gap: 8px; width: min(320px, 80%); }
.notice { display: grid; gap: 6px; padding: 10px 12px; background: var(--bg); border: 1px solid var(--line);
  border-left: 3px solid var(--warn); border-radius: 5px; box-shadow: 0 2px 10px rgba(0, 0, 0, 0.18); overflow-wrap: anywhere; }
.help { position: absolute; inset: 0; padding: 16px; background: rgba(0, 0, 0, 0.35); overflow: auto; cursor: default; }
.sheet { background: var(--bg); border-radius: 8px; padding: 14px 18px 18px; max-width: 860px; margin: auto;
  box-shadow: 0 6px 30px rgba(0, 0, 0, 0.3); }
.sheet header { display: flex; justify-content: space-between; align-items: center; }
.sheet h2 { font-size: 15px; }
.sheet h3 { font-size: 12px; margin: 12px 0 6px; color: var(--quiet); font-weight: 600; }
.columns { columns: 300px; column-gap: 28px; }
.columns section { break-inside: avoid; }
.columns dl { display: grid; grid-template-columns: 152px 1fr; gap: 5px 10px; margin: 0; align-items: baseline; }
.columns dt { text-align: right; }
.columns dd { margin: 0; }

@container (max-width: 620px) {
  .app { grid-template: auto 1fr 150px auto / 1fr; grid-template-areas: 'bar' 'stage' 'side' 'film'; }
  .side { border-left: 0; border-top: 1px solid var(--line); flex-direction: row; }
  .panel + .panel { border-top: 0; border-left: 1px solid var(--line); }
  .name, .save:not([data-state='offline']) span:last-child, .bar .rule { display: none; }
  .bar { flex-wrap: wrap; }
}
@media (prefers-reduced-motion: no-preference) {
  .save[data-slow] .dot { animation: breathe 1s ease-in-out infinite alternate; }
  @keyframes breathe { to { opacity: 0.35; } }
}
`;
